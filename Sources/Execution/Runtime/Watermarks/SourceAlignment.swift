internal import Synchronization

/// Keeps the sources of a job close to each other in event time: how far the slowest active split of each source
/// subtask is, seen by all workers. Source subtasks without a watermark strategy do not take part.
final class SourceAlignment: Sendable {
    /// The entry of one source subtask.
    final class Member: Sendable {
        /// The least watermark of its splits that are neither idle nor finished, in microseconds; `Int64.max` where
        /// there are none.
        fileprivate let slowest = Atomic(Int64.max)
        /// The subtask is to be woken when the minimum reaches this; `Int64.max`: it does not wait.
        fileprivate let awaited = Atomic(Int64.max)
        fileprivate let signal: WorkerSignal

        init(signal: WorkerSignal) {
            self.signal = signal
        }
    }

    private let members: [Member]

    init(_ members: [Member]) {
        self.members = members
    }

    /// The least watermark of all active splits of the job; `Int64.max` where none is active.
    var minimum: Int64 {
        var least = Int64.max
        for member in members { least = min(least, member.slowest.load(ordering: .sequentiallyConsistent)) }
        return least
    }

    /// Publishes how far a member is and wakes those that waited for it.
    func publish(_ slowest: Int64, of member: Member) {
        guard member.slowest.exchange(slowest, ordering: .sequentiallyConsistent) != slowest else { return }
        let minimum = minimum
        for other in members where other.awaited.load(ordering: .sequentiallyConsistent) <= minimum {
            if other.awaited.exchange(.max, ordering: .sequentiallyConsistent) != .max { other.signal.wake() }
        }
    }

    /// Asks for a wake-up when the minimum reaches `threshold`.
    ///
    /// - Returns: false where it has been reached already, so that there is nothing to wait for.
    func wait(_ member: Member, until threshold: Int64) -> Bool {
        member.awaited.store(threshold, ordering: .sequentiallyConsistent)
        guard minimum >= threshold else { return true }
        member.awaited.store(.max, ordering: .sequentiallyConsistent)
        return false
    }

    /// The minimum from which on a split at `watermark` may be read; a drift of `Int64.max` allows all.
    static func threshold(_ watermark: Int64, drift: Int64) -> Int64 {
        // A source that has no watermark yet is behind by more than any number.
        if drift == .max { return .min }
        let (value, overflow) = watermark.subtractingReportingOverflow(drift)
        return overflow ? .min : value
    }
}
