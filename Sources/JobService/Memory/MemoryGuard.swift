/// Decides what is done about memory that nears its limit: first nothing is read any more, then, where a checkpoint has shown that it does
/// not become less, the job ends. A pure value.
package struct MemoryGuard: Sendable {
    /// What is to be done now.
    package enum Step: Hashable, Sendable {
        case nothing
        /// Stop reading, and ask for a checkpoint, which lets go of what waits for it.
        case hold
        /// Ask for another checkpoint, and give back what is free.
        case relieve
        /// Read again.
        case release
        /// End the job: it needs more.
        case stop
    }

    /// What the job is doing, as far as it matters here.
    package enum Phase: Hashable, Sendable {
        /// Connects, or puts state back.
        case starting
        /// Between attempts.
        case waiting
        case running
    }

    private struct Hold {
        /// The last commit before it began. The checkpoint after that one may have been under way already.
        var epoch: Int64
        var startedAt: UInt64
        var relievedAt: UInt64
    }

    /// In bytes.
    package let limit: Int
    /// From here on nothing is read.
    package let holdAt: Int
    /// Below this everything is read again.
    package let releaseAt: Int
    private var hold: Hold?
    /// Bytes at the last look.
    private var lastUsed: Int?

    private static let relieveNanoseconds: UInt64 = 1_000_000_000
    /// So long a hold lasts at least, for what is on its way to come to rest.
    private static let leastHoldNanoseconds: UInt64 = 200_000_000

    /// - Parameter limit: in bytes.
    package init(limit: Int) {
        self.limit = limit
        // A checkpoint and what is on its way need some when nothing more is read, and a busy machine looks late.
        let room = max(limit / 16, min(limit / 5 * 2, 64 << 20))
        holdAt = limit - room
        releaseAt = holdAt - room / 2
    }

    package var isHolding: Bool { hold != nil }

    /// - Parameters:
    ///   - used: bytes now.
    ///   - epoch: the last committed checkpoint.
    ///   - now: monotonic, in nanoseconds.
    package mutating func step(used: Int, epoch: Int64, _ phase: Phase, now: UInt64) -> Step {
        // Where the next look will find it if it goes on like this: looks are rare where memory fills fast and the machine is busy.
        let expected = used + max(0, used - (lastUsed ?? used))
        lastUsed = used
        if used >= limit { return .stop }
        // State that is put back comes from a checkpoint: no other one would make it less.
        if phase == .starting && used >= limit - (limit - holdAt) / 2 { return .stop }
        guard var current = hold else {
            guard expected >= holdAt, phase == .running else { return .nothing }
            hold = Hold(epoch: epoch, startedAt: now, relievedAt: now)
            return .hold
        }
        if phase != .running || used < releaseAt && now &- current.startedAt >= Self.leastHoldNanoseconds {
            hold = nil
            return .release
        }
        if epoch >= current.epoch + 2 {
            if used >= holdAt { return .stop }
            hold = nil
            return .release
        }
        guard now &- current.relievedAt >= Self.relieveNanoseconds else { return .nothing }
        current.relievedAt = now
        hold = current
        return .relieve
    }
}
