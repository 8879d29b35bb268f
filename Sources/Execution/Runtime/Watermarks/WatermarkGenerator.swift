internal import Columnar
internal import Dataflow

/// The watermark of one split: the greatest event time seen, less the delay. Never goes back.
struct WatermarkGenerator: Sendable {
    private(set) var watermark: Timestamp
    /// Nil before the first row with an event time.
    private(set) var maximumTime: Timestamp?
    private let delay: Int64

    init(_ strategy: WatermarkStrategy, restored: SplitState? = nil) {
        delay = strategy.delayMicroseconds
        watermark = restored?.watermark.map(Timestamp.init(microseconds:)) ?? .min
        maximumTime = restored?.maximumTime.map(Timestamp.init(microseconds:))
    }

    mutating func observe(_ time: Timestamp) {
        maximumTime = max(maximumTime ?? time, time)
        watermark = max(watermark, time.movedBack(byMicroseconds: delay))
    }

    /// The split has been silent for longer than rows may be late: everything seen is complete.
    mutating func drain() {
        if let maximumTime { watermark = max(watermark, maximumTime) }
    }

    /// Whether `drain` would raise the watermark.
    var canDrain: Bool { maximumTime.map { $0 > watermark } ?? false }

    /// The greatest event time of a batch that is not after `limit`; nil where no row has one.
    static func maximumTime(of batch: RecordBatch, column: Int, notAfter limit: Timestamp = .max) -> Timestamp? {
        let greatest = greatestTime(of: batch, column: column)
        guard let greatest, greatest > limit else { return greatest }
        // Rare: a record from the future must not hide what the others say.
        let values = batch.columns[column].int64s
        var found: Timestamp?
        batch.forEachRow { row in
            guard batch.columns[column].isValid(row), values[row] <= limit.microseconds else { return }
            found = max(found ?? .min, Timestamp(microseconds: values[row]))
        }
        return found
    }

    private static func greatestTime(of batch: RecordBatch, column: Int) -> Timestamp? {
        let column = batch.columns[column]
        let values = column.int64s
        var greatest = Int64.min
        var found = false
        if batch.selection == nil && column.isAllValid(batch.rowCount) {
            for row in 0..<batch.rowCount { greatest = max(greatest, values[row]) }
            found = batch.rowCount > 0
        } else {
            batch.forEachRow { row in
                guard column.isValid(row) else { return }
                greatest = max(greatest, values[row])
                found = true
            }
        }
        return found ? Timestamp(microseconds: greatest) : nil
    }
}
