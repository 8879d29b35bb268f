package import Columnar

/// Rows that wait until the watermark has passed their time. Owned by one thread.
///
/// Big batches are kept as they came, without a copy, until their last row has been released; of small and thinly
/// selected ones the rows are copied together.
package final class RowBuffer: CheckpointedState {
    /// A batch of which fewer rows wait is copied.
    private static let leastKeptRowCount = 512
    /// A batch of which fewer than one row in this many waits is copied, so that it does not hold memory for rows that
    /// are gone.
    private static let leastKeptShare = 4

    /// What the rows look like.
    package struct Shape: Sendable {
        package var schema: Schema
        /// Positions in `schema`; they decide the key group, and may be null.
        package var keyColumns: [Int]
        /// Position in `schema` of a timestamp.
        package var timeColumn: Int
        package var places: Places

        package init(schema: Schema, keyColumns: [Int], timeColumn: Int, places: Places = .dropped) {
            self.schema = schema
            self.keyColumns = keyColumns
            self.timeColumn = timeColumn
            self.places = places
        }
    }

    package let descriptor: StateDescriptor
    package let schema: Schema
    /// Of the blocks: the rows' columns, and those of their records' places where these are kept.
    let storedSchema: Schema
    package let placement: KeyGroupPlacement
    let keyColumns: [Int]
    let timeColumn: Int
    /// In order of arrival; with them, the least time that waits in each.
    var blocks: [WaitingBlock] = []
    var firstTimes: [Int64] = []
    /// The last block, while rows may be copied into it.
    private var openBlock: WaitingBlock?
    /// Rows up to here have been released.
    var releasedUpTo = Timestamp.min
    var waitingCount = 0
    /// Whether rows have come or gone since the last snapshot of changes.
    var isChanged = false
    var spare: UnsafeMutableBufferPointer<WaitingRow>

    package init(name: String, _ shape: Shape, placement: KeyGroupPlacement) {
        schema = shape.schema
        storedSchema = shape.places == .kept ? Self.withPlaces(shape.schema) : shape.schema
        self.placement = placement
        keyColumns = shape.keyColumns
        timeColumn = shape.timeColumn
        descriptor = StateDescriptor(
            name: name,
            layout: shape.places == .kept ? StateDescriptor.rowBufferWithPlaces : StateDescriptor.rowBuffer,
            keyFields: shape.keyColumns.map { shape.schema[$0] }, valueFields: shape.schema.fields)
        spare = .allocate(capacity: RecordBatch.maximumRowCount)
    }

    deinit {
        spare.deallocate()
    }

    /// Rows that wait.
    package var entryCount: Int { waitingCount }

    /// Memory of the batches that are held, as if nobody else held them.
    package var byteCount: Int {
        blocks.reduce(0) { total, block in
            block.columns.reduce(total + block.capacity * MemoryLayout<WaitingRow>.stride) {
                $0 + $1.capacity * $1.type.physical.stride + ($1.arena?.count ?? 0)
            }
        }
    }

    /// Lets the selected rows wait; none may have a null in its time.
    package func append(_ batch: RecordBatch) {
        let count = batch.selectedCount
        if count == 0 { return }
        let batch = stored(batch)
        isChanged = true
        waitingCount += count
        if count >= Self.leastKeptRowCount && count * Self.leastKeptShare >= batch.rowCount {
            openBlock = nil
            addBlock(WaitingBlock(batch, timeColumn: timeColumn))
        } else {
            copy(batch)
        }
    }

    func addBlock(_ block: WaitingBlock) {
        reserveSpare(block.waitingCount)
        block.sort(spare: spareStart)
        blocks.append(block)
        firstTimes.append(block.firstTime)
    }

    var spareStart: UnsafeMutablePointer<WaitingRow> {
        guard let start = spare.baseAddress else { preconditionFailure("a buffer without spare room") }
        return start
    }

    func reserveSpare(_ count: Int) {
        if count <= spare.count { return }
        spare.deallocate()
        spare = .allocate(capacity: Swift.max(count, spare.count * 2))
    }

    /// Forgets blocks of which nothing waits.
    func dropEmptyBlocks() {
        if !firstTimes.contains(.max) { return }
        var kept = 0
        for index in blocks.indices {
            if blocks[index].waitingCount == 0 {
                if blocks[index] === openBlock { openBlock = nil }
                continue
            }
            blocks[kept] = blocks[index]
            firstTimes[kept] = firstTimes[index]
            kept += 1
        }
        blocks.removeLast(blocks.count - kept)
        firstTimes.removeLast(firstTimes.count - kept)
    }

    private func copy(_ batch: RecordBatch) {
        var rows: [WaitingRow] = []
        rows.reserveCapacity(batch.selectedCount)
        batch.forEachRow { row in rows.append(WaitingRow(time: 0, block: 0, row: Int32(row))) }
        rows.withUnsafeBufferPointer { rows in
            var start = 0
            while start < rows.count {
                let block = blockWithRoom()
                let count = Swift.min(block.room, rows.count - start)
                block.append(batch, UnsafeBufferPointer(rebasing: rows[start..<(start + count)]))
                start += count
                // Not sorted yet: it is when something is taken out.
                firstTimes[firstTimes.count - 1] = block.waitingRows.lazy.map(\.time).min() ?? .max
            }
        }
    }

    private func blockWithRoom() -> WaitingBlock {
        if let openBlock, openBlock.room > 0 { return openBlock }
        let block = WaitingBlock(storedSchema, capacity: RecordBatch.preferredRowCount, timeColumn: timeColumn)
        openBlock = block
        blocks.append(block)
        firstTimes.append(.max)
        return block
    }
}
