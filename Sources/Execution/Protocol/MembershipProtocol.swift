package import Dataflow

/// What a member of the group that assigns the input may do: who holds the input, and until when.
///
/// A pure value, part of `CommitProtocol`. Assigned: fence, read, restore, and only then read the first record, which is what every attempt
/// begins with. Revoked: finish the epoch under the present generation, or drop it when the time that the group gives is over, and only
/// then give up the input. Lost: somebody else may have it already; nothing is committed any more.
package struct MembershipProtocol: Hashable, Sendable {
    /// What follows.
    package enum Decision: Hashable, Sendable {
        case nothing
        /// Commit what is being processed, without more input than needed.
        case finishEpoch
        /// Drop what is undecided, then let the input go.
        case abort
        /// The same; and another instance works under this one's name.
        case yield
        /// Nothing is open: let the input go.
        case giveUp
    }

    enum Phase: Hashable, Sendable {
        case held, finishing, lost
    }

    var phase = Phase.held

    package init() {}

    package mutating func handle(_ news: MembershipNews) -> Decision {
        switch (phase, news) {
        case (.held, .revoked):
            phase = .finishing
            return .finishEpoch
        case (.held, .replaced), (.finishing, .replaced):
            phase = .lost
            return .yield
        case (.finishing, .budgetSpent), (.held, .lost), (.finishing, .lost):
            phase = .lost
            return .abort
        default:
            return .nothing
        }
    }
    /// The epoch under way is committed.
    package mutating func epochEnded() -> Decision {
        guard phase == .finishing else { return .nothing }
        phase = .lost
        return .giveUp
    }
}
