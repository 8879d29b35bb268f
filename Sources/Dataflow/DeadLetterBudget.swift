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
    private static let dayNanoseconds: UInt64 = 86_400_000_000_000

    private struct Reason {
        var count: Int
        var example: Rejection
    }

    /// See `DeadLetterLimit`.
    private struct Period {
        var start: UInt64 = 0
        var rows = 0
        var rejected = 0
        var reasons: [String: Reason] = [:]
    }

    package let limit: DeadLetterLimit
    private let clock: ProcessingClock
    private let period = Mutex(Period())

    package init(_ limit: DeadLetterLimit = DeadLetterLimit(), clock: ProcessingClock) {
        self.limit = limit
        self.clock = clock
    }

    /// Counts rows that were processed, rejected ones included; once a batch.
    package func count(rows: Int) {
        let now = clock.monotonicNanoseconds()
        period.withLock { period in
            let age = now &- period.start
            let isOver = age > Self.minuteNanoseconds && period.rows >= limit.rowCount || age > Self.dayNanoseconds
            if isOver || period.rows == 0 { period = Period(start: now) }
            period.rows += rows
        }
    }

    /// Counts a rejected row, after its batch has been counted.
    ///
    /// - Returns: nil while there are not too many; else what there were, most often, for example where.
    package func reject(_ rejection: Rejection) -> String? {
        let now = clock.monotonicNanoseconds()
        return period.withLock { period in
            period.rejected += 1
            if period.reasons[rejection.reason] != nil || period.reasons.count < Self.maximumReasonCount {
                period.reasons[rejection.reason, default: Reason(count: 0, example: rejection)].count += 1
            }
            let isTooMany =
                period.rejected > limit.count
                && Double(period.rejected) * 100 > Double(period.rows) * limit.percent
            return isTooMany ? describe(period, now) : nil
        }
    }

    private func describe(_ period: Period, _ now: UInt64) -> String {
        let percent = limit.percent == limit.percent.rounded() ? String(Int(limit.percent)) : String(limit.percent)
        var text =
            "\(period.rejected) of \(period.rows) rows were rejected within \(Self.text(now &- period.start)), more than "
            + "\(limit.count) and \(percent) %"
        let commonest = period.reasons.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        guard let commonest else { return text }
        text += "; most often (\(commonest.value.count) times) \(commonest.key)"
        if let place = commonest.value.example.place { text += ", for example at \(place)" }
        return text + ": \(commonest.value.example.message)"
    }

    private static func text(_ nanoseconds: UInt64) -> String {
        let minutes = (nanoseconds + minuteNanoseconds - 1) / minuteNanoseconds
        if minutes <= 1 { return "a minute" }
        return minutes < 120 ? "\(minutes) minutes" : "\((minutes + 59) / 60) hours"
    }
}
