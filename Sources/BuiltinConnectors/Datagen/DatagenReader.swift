internal import Columnar
internal import Dataflow

/// Makes the rows of some parts of a `datagen` table, no faster than asked for.
final class DatagenReader: SourceReader {
    struct Part {
        var state: SplitState
        var number: Int64
        /// Nil: for ever.
        var rowCount: Int64?
    }

    let splits: [SplitID]
    private var parts: [Part]
    private let maker: RowMaker
    private let stride: Int64
    /// Of each part.
    private let rowsPerSecond: Double
    private let clock: ProcessingClock
    private let startTime: UInt64
    private let startOffsets: [Int64]

    init(_ parts: [Part], _ maker: RowMaker, stride: Int64, rowsPerSecond: Double, _ clock: ProcessingClock) {
        self.parts = parts
        self.maker = maker
        self.stride = stride
        self.rowsPerSecond = rowsPerSecond
        self.clock = clock
        splits = parts.map(\.state.id)
        startTime = clock.monotonicNanoseconds()
        startOffsets = parts.map(\.state.nextOffset)
    }

    func read(split: Int, maximumRowCount: Int) throws -> SourceRead {
        let part = parts[split]
        let offset = part.state.nextOffset
        let left = part.rowCount.map { $0 - offset } ?? .max
        if left <= 0 { return SourceRead(status: .finished) }
        let elapsed = Double(clock.monotonicNanoseconds() - startTime) / 1e9
        // The first row is due at once.
        let due = min(elapsed * rowsPerSecond + 1, 1e15) - Double(offset - startOffsets[split])
        let count = min(Int64(maximumRowCount), left, Int64(due))
        guard count > 0 else { return SourceRead(status: .waiting) }
        let batch = maker.batch(first: part.number + offset * stride, stride: stride, count: Int(count))
        parts[split].state.nextOffset += count
        if count == left { return SourceRead(batch: batch, status: .finished) }
        return SourceRead(batch: batch, status: count == Int64(due) ? .waiting : .more)
    }

    func state(split: Int) -> SplitState { parts[split].state }

    /// What never ends has no end to be read to.
    func isCaughtUp(split: Int) -> Bool {
        parts[split].rowCount.map { parts[split].state.nextOffset >= $0 } ?? true
    }

    func close() {}
}
