internal import Dataflow
internal import Synchronization

/// What operators and participants meet at their systems while they go on by themselves: counts of this process, and what is wrong now.
final class SystemBoard: Sendable {
    /// Something that has failed again and again and not come through yet.
    struct Trouble: Hashable, Sendable {
        /// Milliseconds since 1970.
        var since: Int64
        var attemptCount: Int
        var error: String
    }

    struct Entry: Hashable, Sendable {
        var retryCount = 0
        var lastError: String?
        var trouble: Trouble?
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let committers = Mutex<[Int: String]>([:])

    /// By the names of operators and participants.
    var current: [String: Entry] { entries.withLock { $0 } }

    /// The participants that sinks commit with, by vertex; none for a sink whose rows are visible as they are written.
    var participants: [Int: String] { committers.withLock { $0 } }

    func put(participants: [Int: String]) { committers.withLock { $0 = participants } }

    /// - Parameter now: in milliseconds since 1970.
    func take(_ name: String, _ news: SystemNews, now: Int64) {
        entries.withLock { entries in
            var entry = entries[name] ?? Entry()
            switch news {
            case .retried(let error):
                entry.retryCount += 1
                entry.lastError = error
                let known = entry.trouble ?? Trouble(since: now, attemptCount: 0, error: error)
                entry.trouble = Trouble(since: known.since, attemptCount: known.attemptCount + 1, error: error)
            case .answered: entry.trouble = nil
            }
            entries[name] = entry
        }
    }

    /// The parts that were in trouble are gone with their attempt; what they counted stays.
    func endAttempt() {
        entries.withLock { entries in
            for name in entries.keys { entries[name]?.trouble = nil }
        }
    }
}
