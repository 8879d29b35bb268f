internal import Columnar

/// Columns of which some rows wait, in order of time.
final class WaitingBlock {
    let columns: [Column]
    let timeColumn: Int
    let capacity: Int
    /// Rows in the columns, waiting or not.
    private(set) var rowCount: Int
    /// Rows with a number below are in a snapshot of changes.
    var savedRowCount = 0
    /// What waits: positions `cursor..<end`, sorted but for what was added last. `block` is without meaning.
    private let waiting: UnsafeMutablePointer<WaitingRow>
    private(set) var cursor = 0
    private(set) var end = 0
    private var isSorted = true

    /// All selected rows of a batch, whose columns are kept.
    init(_ batch: RecordBatch, timeColumn: Int) {
        columns = batch.columns
        self.timeColumn = timeColumn
        capacity = batch.selectedCount
        rowCount = batch.rowCount
        waiting = .allocate(capacity: Swift.max(1, batch.selectedCount))
        let times = batch.columns[timeColumn].int64s
        batch.forEachRow { row in add(row, times[row]) }
    }

    /// An empty block that rows are copied into.
    init(_ schema: Schema, capacity: Int, timeColumn: Int) {
        columns = schema.fields.map { Column(type: $0.type, capacity: capacity) }
        self.timeColumn = timeColumn
        self.capacity = capacity
        rowCount = 0
        waiting = .allocate(capacity: capacity)
    }

    deinit {
        waiting.deallocate()
    }

    var waitingCount: Int { end - cursor }
    var room: Int { capacity - rowCount }

    /// In order of time once `sort` was called.
    var waitingRows: UnsafeBufferPointer<WaitingRow> {
        UnsafeBufferPointer(start: waiting + cursor, count: end - cursor)
    }

    var firstTime: Int64 { cursor < end ? waiting[cursor].time : .max }

    @inline(__always)
    private func add(_ row: Int, _ time: Int64) {
        waiting[end] = WaitingRow(time: time, block: 0, row: Int32(truncatingIfNeeded: row))
        end &+= 1
        isSorted = false
    }

    /// Copies rows of a batch to the end.
    ///
    /// - Parameter rows: their numbers in `batch`, in order of arrival, as many as there is room for.
    func append(_ batch: RecordBatch, _ rows: UnsafeBufferPointer<WaitingRow>) {
        precondition(rows.count <= room, "\(rows.count) rows into room for \(room)")
        guard let first = rows.baseAddress else { return }
        let gather = RowGather([WaitingBlock(viewing: batch, timeColumn: timeColumn)], used: [0])
        defer { gather.deallocate() }
        for index in columns.indices {
            gather.copy(column: index, first, rows.count, into: columns[index], at: rowCount)
        }
        if cursor == end {
            cursor = 0
            end = 0
        }
        for row in rowCount..<(rowCount + rows.count) { add(row, columns[timeColumn].int64s[row]) }
        rowCount += rows.count
    }

    /// A batch's columns without any waiting row.
    private init(viewing batch: RecordBatch, timeColumn: Int) {
        columns = batch.columns
        self.timeColumn = timeColumn
        capacity = 0
        rowCount = batch.rowCount
        waiting = .allocate(capacity: 1)
    }

    func sort(spare: UnsafeMutablePointer<WaitingRow>) {
        if isSorted { return }
        TimeOrder.sort(waiting + cursor, end - cursor, spare: spare)
        isSorted = true
    }

    /// Takes the first `count` waiting rows out.
    func advance(_ count: Int) {
        cursor += count
    }

    /// Keeps only the waiting rows that pass; `passes` gets positions in `waitingRows`.
    func keep(_ passes: (Int) -> Bool) {
        var kept = cursor
        for position in cursor..<end where passes(position - cursor) {
            waiting[kept] = waiting[position]
            kept += 1
        }
        end = kept
    }
}
