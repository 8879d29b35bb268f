internal import Columnar
internal import Synchronization

/// Counts what one operator or table rejects, over all its subtasks, and says when it is too much: a change of the schema
/// upstream must stop the job, not empty a topic into the dead letters. From any thread.
package final class DeadLetterBudget: Sendable {
    /// One rejected row or record.
    package struct Rejection: Sendable {
        /// A stable code.
        package var reason: String
        package var message: String
        /// `topic-partition@offset`; nil where that is not known.
        package var place: String?

        package init(reason: String, message: String, place: String?) {
            self.reason = reason
            self.message = message
            self.place = place
        }
    }

    /// The most reasons that are told apart; the rest are counted together.
    private static let maximumReasonCount = 32
    private static let minuteNanoseconds: UInt64 = 60_000_000_000

    private struct Reason {
        var count: Int
        var example: Rejection
    }

    private struct Minute {
        var start: UInt64 = 0
        var rows = 0
        var rejected = 0
        var reasons: [String: Reason] = [:]
    }

    package let limit: DeadLetterLimit
    private let clock: ProcessingClock
    private let minute = Mutex(Minute())

    package init(_ limit: DeadLetterLimit = DeadLetterLimit(), clock: ProcessingClock) {
        self.limit = limit
        self.clock = clock
    }

    /// Counts rows that were processed, rejected ones included; once a batch.
    package func count(rows: Int) {
        let now = clock.monotonicNanoseconds()
        minute.withLock { minute in
            if now &- minute.start > Self.minuteNanoseconds { minute = Minute(start: now) }
            minute.rows += rows
        }
    }

    /// Counts a rejected row, after its batch has been counted.
    ///
    /// - Returns: nil while there are not too many; else what there were, most often, for example where.
    package func reject(_ rejection: Rejection) -> String? {
        minute.withLock { minute in
            minute.rejected += 1
            if minute.reasons[rejection.reason] != nil || minute.reasons.count < Self.maximumReasonCount {
                minute.reasons[rejection.reason, default: Reason(count: 0, example: rejection)].count += 1
            }
            let isTooMany =
                minute.rejected > limit.countPerMinute
                && Double(minute.rejected) * 100 > Double(minute.rows) * limit.percent
            return isTooMany ? describe(minute) : nil
        }
    }

    private func describe(_ minute: Minute) -> String {
        let percent = limit.percent == limit.percent.rounded() ? String(Int(limit.percent)) : String(limit.percent)
        var text =
            "\(minute.rejected) of \(minute.rows) rows were rejected within a minute, more than \(limit.countPerMinute) "
            + "and \(percent) %"
        let commonest = minute.reasons.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        guard let commonest else { return text }
        text += "; most often (\(commonest.value.count) times) \(commonest.key)"
        if let place = commonest.value.example.place { text += ", for example at \(place)" }
        return text + ": \(commonest.value.example.message)"
    }
}
