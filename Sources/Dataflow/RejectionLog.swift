package import Columnar
internal import Synchronization

/// Why rows of one subtask were put aside: counts by reason, and the last few. Touched only where rows are rejected.
package final class RejectionLog: Sendable {
    /// One rejected row, without its content.
    package struct Sample: Hashable, Sendable {
        package var reason: String
        package var message: String
        package var topic: String?
        package var partition: Int32?
        package var offset: Int64?
        package var failedAt: Timestamp?
    }

    private struct State {
        var counts: [String: Int] = [:]
        var samples: [Sample] = []
    }

    /// Rows that are remembered.
    package static let maximumSampleCount = 20
    /// Reasons that are told apart; what comes beyond counts as `other`.
    package static let maximumReasonCount = 100
    private static let maximumMessageLength = 500

    private let state = Mutex(State())

    package init() {}

    package var counts: [String: Int] { state.withLock { $0.counts } }
    /// Oldest first.
    package var samples: [Sample] { state.withLock { $0.samples } }

    /// - Parameter letters: rows of `DeadLetter.schema`; of another one they count as `other`.
    package func add(_ letters: RecordBatch) {
        guard letters.schema == DeadLetter.schema else {
            let count = letters.selectedCount
            return state.withLock { $0.counts["other", default: 0] += count }
        }
        var counts: [String: Int] = [:]
        var last: [Int] = []
        letters.forEachRow { row in
            counts[Self.text(letters, DeadLetter.reasonColumn, row) ?? "", default: 0] += 1
            last.append(row)
        }
        let samples = last.suffix(Self.maximumSampleCount).map { Self.sample(letters, $0) }
        state.withLock { state in
            for (reason, count) in counts {
                let isKnown = state.counts[reason] != nil || state.counts.count < Self.maximumReasonCount
                state.counts[isKnown ? reason : "other", default: 0] += count
            }
            state.samples = Array((state.samples + samples).suffix(Self.maximumSampleCount))
        }
    }

    private static func sample(_ letters: RecordBatch, _ row: Int) -> Sample {
        let columns = letters.columns
        let first = DeadLetter.originColumns.lowerBound
        let partition = columns[first + DeadLetter.originPartition]
        let offset = columns[first + DeadLetter.originOffset]
        let failedAt = columns[DeadLetter.schema.count - 1]
        return Sample(
            reason: text(letters, DeadLetter.reasonColumn, row) ?? "",
            message: String((text(letters, DeadLetter.reasonColumn + 1, row) ?? "").prefix(maximumMessageLength)),
            topic: text(letters, first + DeadLetter.originTopic, row),
            partition: partition.isValid(row) ? partition.int32s[row] : nil,
            offset: offset.isValid(row) ? offset.int64s[row] : nil,
            failedAt: failedAt.isValid(row) ? Timestamp(microseconds: failedAt.int64s[row]) : nil)
    }

    private static func text(_ letters: RecordBatch, _ column: Int, _ row: Int) -> String? {
        letters.columns[column].isValid(row) ? String(decoding: letters.columns[column].bytes(row), as: UTF8.self) : nil
    }
}
