internal import Synchronization

/// Lets the same message through at most once in `intervalNanoseconds`.
final class RepetitionLimiter: Sendable {
    static let intervalNanoseconds: UInt64 = 10_000_000_000

    private struct Seen {
        var time: UInt64
        var suppressed = 0
    }

    private let seen = Mutex<[String: Seen]>([:])

    /// - Returns: how often the message was held back since it was last let through; nil when it is held back now.
    func admit(_ message: String, now: UInt64) -> Int? {
        seen.withLock { seen in
            guard var known = seen[message], now < known.time + Self.intervalNanoseconds else {
                let suppressed = seen[message]?.suppressed ?? 0
                seen[message] = Seen(time: now)
                return suppressed
            }
            known.suppressed += 1
            seen[message] = known
            return nil
        }
    }
}
