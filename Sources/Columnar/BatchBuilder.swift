/// Fills one `RecordBatch` after another, a row at a time.
///
/// A row is written into `slots` at `rowCount` by as many writers as there are (key, value, metadata), then either
/// `commitRow` or `discardRow` ends it; a column that nobody wrote is null. All STRING and BYTES columns share one
/// arena a batch. Owned by one thread; the finished batches may go to any.
@usableFromInline
package final class BatchBuilder {
    @usableFromInline
    struct State {
        @usableFromInline var rowCount: Int
        @usableFromInline var arena: ArenaWriter
        /// Where the arena ended when the row was started.
        @usableFromInline var rowStart: Int
        @usableFromInline var rowKinds: UnsafeMutablePointer<UInt8>?
    }

    /// A batch whose strings pass this is full, however few rows it has.
    @usableFromInline
    package static let maximumArenaByteCount = 16 << 20

    @usableFromInline
    package let schema: Schema
    /// Rows of a full batch.
    @usableFromInline
    package let capacity: Int
    /// One a column; what they hold changes with `finish`.
    @usableFromInline
    package let slots: UnsafeMutablePointer<ColumnSlot>
    @usableFromInline let state: UnsafeMutablePointer<State>
    @usableFromInline let columnCount: Int
    private let writesRowKinds: Bool
    private var columns: [Column]
    private var arena: Arena
    private var rowKinds: RowKindColumn?

    /// - Parameter writesRowKinds: whether the batches are changelogs (see `setRowKind`).
    @usableFromInline
    package init(schema: Schema, capacity: Int = RecordBatch.preferredRowCount, writesRowKinds: Bool = false) {
        precondition(
            capacity > 0 && capacity <= RecordBatch.maximumRowCount,
            "batch of \(capacity) rows, allowed 1...\(RecordBatch.maximumRowCount)")
        self.schema = schema
        self.capacity = capacity
        self.writesRowKinds = writesRowKinds
        columnCount = schema.count
        slots = .allocate(capacity: max(schema.count, 1))
        state = .allocate(capacity: 1)
        columns = []
        let arena = Arena()
        self.arena = arena
        state.initialize(to: State(rowCount: 0, arena: ArenaWriter(arena), rowStart: 0, rowKinds: nil))
        renew()
    }

    deinit {
        slots.deallocate()
        state.deallocate()
    }

    /// Rows committed; the number of the row that is being written.
    @inlinable
    package var rowCount: Int { state.pointee.rowCount }

    @inlinable
    package var isEmpty: Bool { state.pointee.rowCount == 0 }

    /// Whether `finish` must be called before the next row.
    @inlinable
    package var isFull: Bool {
        state.pointee.rowCount == capacity || state.pointee.arena.count >= Self.maximumArenaByteCount
    }

    /// The arena of all variable-length columns; valid until `finish`.
    @inlinable
    package var arenaWriter: ArenaWriter { state.pointee.arena }

    /// Sets the kind of the row that is being written; without it, it is an insert.
    @inlinable
    package func setRowKind(_ kind: RowKind) {
        guard let rowKinds = state.pointee.rowKinds else { preconditionFailure("the batch has no row kinds") }
        rowKinds[state.pointee.rowCount] = kind.rawValue
    }

    /// Sets STRING or BYTES column `column` of the row that is being written.
    @inlinable
    package func setBytes(_ column: Int, _ bytes: UnsafeRawBufferPointer) {
        let row = state.pointee.rowCount
        var slice = ByteSlice(offset: 0, length: 0)
        if let start = bytes.baseAddress, bytes.count > 0 {
            slice = state.pointee.arena.append(start.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
        slots[column].storage.assumingMemoryBound(to: ByteSlice.self)[row] = slice
        slots[column].setValid(row)
    }

    /// Sets BIGINT, timestamp or short DECIMAL column `column` of the row that is being written.
    @inlinable
    package func setInt64(_ column: Int, _ value: Int64) {
        let row = state.pointee.rowCount
        slots[column].storage.assumingMemoryBound(to: Int64.self)[row] = value
        slots[column].setValid(row)
    }

    /// Sets INT or DATE column `column` of the row that is being written.
    @inlinable
    package func setInt32(_ column: Int, _ value: Int32) {
        let row = state.pointee.rowCount
        slots[column].storage.assumingMemoryBound(to: Int32.self)[row] = value
        slots[column].setValid(row)
    }

    /// Ends the row that is being written and makes it part of the batch. The batch must not be full.
    @inlinable
    package func commitRow() {
        state.pointee.rowCount += 1
        state.pointee.rowStart = state.pointee.arena.count
    }

    /// Ends the row that is being written as if it had not been started.
    @inlinable
    package func discardRow() {
        let row = state.pointee.rowCount
        if row < capacity {
            for column in 0..<columnCount { slots[column].setNull(row) }
            if let rowKinds = state.pointee.rowKinds { rowKinds[row] = RowKind.insert.rawValue }
        }
        state.pointee.arena.truncate(to: state.pointee.rowStart)
    }

    /// The committed rows as a batch, which the caller owns; the builder is empty afterwards.
    @usableFromInline
    package func finish() -> RecordBatch {
        let batch = RecordBatch(schema: schema, columns: columns, rowCount: rowCount, rowKinds: rowKinds)
        let byteCount = arena.count
        arena = Arena(capacity: byteCount + byteCount / 4 + 1024)
        renew()
        return batch
    }

    private func renew() {
        let arena = arena
        columns = schema.fields.map { field in
            Column(type: field.type, capacity: capacity, arena: field.type.isVariableLength ? arena : nil)
        }
        for (index, column) in columns.enumerated() {
            (slots + index).initialize(to: ColumnSlot(column))
        }
        rowKinds = writesRowKinds ? RowKindColumn(capacity: capacity) : nil
        state.pointee = State(
            rowCount: 0, arena: ArenaWriter(arena), rowStart: 0, rowKinds: rowKinds?.values)
    }
}
