internal import Dataflow
internal import Synchronization

/// How long a member holds what its group has assigned to it: from the fence until the group takes it back, for good.
///
/// What is assigned anew after that belongs to the next fence: a member that joined again by itself must not commit what it had read before.
/// Shared by the member's polling thread, which is asked to give up, and the control thread, which commits.
final class GroupTenure: Sendable {
    private struct State {
        var observer: (@Sendable (MembershipNews) -> Void)?
        var hasBegun = false
        var hasEnded = false
        var isReplaced = false
        var isReleased = false
    }

    private let state = Mutex(State())

    /// Whether what was read under this tenure may be committed.
    var holds: Bool { state.withLock { !$0.hasEnded } }

    /// Whether it ended because another instance has taken the member's place.
    var isReplaced: Bool { state.withLock { $0.isReplaced } }

    /// The group has assigned the input, and the fence goes on to read what is committed.
    func begin() {
        state.withLock { $0.hasBegun = true }
    }

    /// Begins to tell news; those that came before are told at once.
    func observe(_ observer: @escaping @Sendable (MembershipNews) -> Void) {
        let news = state.withLock { state -> MembershipNews? in
            state.observer = observer
            return state.hasEnded ? (state.isReplaced ? .replaced : .lost) : nil
        }
        if let news { observer(news) }
    }

    /// The group asks for its assignment. Returns when the job has let go of it, or when the time is over: commits are refused from then on.
    ///
    /// - Parameter wait: waits a moment; false when the time is over.
    func revoke(wait: () -> Bool) {
        let observer = state.withLock { $0.hasEnded || !$0.hasBegun ? nil : $0.observer }
        guard let observer else { return end(nil) }
        observer(.revoked)
        while !state.withLock({ $0.isReleased || $0.hasEnded }) {
            if !wait() { return end(.budgetSpent) }
        }
        end(nil)
    }

    /// The group has taken its assignment away, or another instance has.
    func end(_ news: MembershipNews?) {
        let observer = state.withLock { state -> (@Sendable (MembershipNews) -> Void)? in
            // While a member joins, assignments come and go before one stays.
            if state.hasEnded || !state.hasBegun { return nil }
            state.hasEnded = true
            state.isReplaced = news == .replaced
            return state.observer
        }
        if let news { observer?(news) }
    }

    /// Nothing is open any more: a group that waits gets what it has asked for.
    func release() {
        state.withLock { $0.isReleased = true }
    }
}
