/// The unit of work: up to `maximumRowCount` rows in columns.
///
/// Rows are numbered 0..<rowCount. Where there is a selection, only the rows it names exist; the others are left-overs
/// that nobody may look at the meaning of. Columns may be shared with other batches and are read-only once a batch has
/// been emitted. Safe because a batch is built by one thread and then only read, whichever thread holds it.
@usableFromInline
package final class RecordBatch: @unchecked Sendable {
    /// What sources fill; a compromise between cache size and per-batch cost.
    @usableFromInline
    package static let preferredRowCount = 2048
    @usableFromInline
    package static let maximumRowCount = 4096

    @usableFromInline
    package let schema: Schema
    @usableFromInline
    package let columns: [Column]
    /// Rows in memory, selected or not.
    @usableFromInline
    package let rowCount: Int
    @usableFromInline
    package let selection: SelectionVector?
    /// Nil: every row is an insert.
    @usableFromInline
    package let rowKinds: RowKindColumn?
    /// The records that the rows were made of, by the same row numbers and without a selection; nil where nobody keeps
    /// track.
    @usableFromInline
    package let origins: RecordBatch?

    @usableFromInline
    package init(
        schema: Schema, columns: [Column], rowCount: Int, selection: SelectionVector? = nil,
        rowKinds: RowKindColumn? = nil, origins: RecordBatch? = nil
    ) {
        precondition(columns.count == schema.count, "\(columns.count) columns for the schema \(schema)")
        self.schema = schema
        self.columns = columns
        self.rowCount = rowCount
        self.selection = selection
        self.rowKinds = rowKinds
        self.origins = origins
    }

    /// Rows that exist.
    @inlinable
    package var selectedCount: Int { selection?.count ?? rowCount }

    /// The same rows with other columns, which must be filled at every selected row number.
    @usableFromInline
    package func replacing(schema: Schema, columns: [Column]) -> RecordBatch {
        RecordBatch(
            schema: schema, columns: columns, rowCount: rowCount, selection: selection, rowKinds: rowKinds,
            origins: origins)
    }

    /// Fewer rows of the same columns; `selection` holds row numbers of this batch, not positions in its selection.
    @usableFromInline
    package func selecting(_ selection: SelectionVector) -> RecordBatch {
        RecordBatch(
            schema: schema, columns: columns, rowCount: rowCount, selection: selection, rowKinds: rowKinds,
            origins: origins)
    }

    /// The same rows, made of the records that `origins` has under the same row numbers.
    package func tracking(origins: RecordBatch?) -> RecordBatch {
        precondition((origins?.rowCount ?? rowCount) >= rowCount, "origins of \(rowCount) rows")
        return RecordBatch(
            schema: schema, columns: columns, rowCount: rowCount, selection: selection, rowKinds: rowKinds,
            origins: origins)
    }

    /// Calls `body` with each selected row number, ascending.
    @inlinable @inline(__always)
    package func forEachRow<E: Error>(_ body: (Int) throws(E) -> Void) throws(E) {
        if let selection {
            for position in 0..<selection.count { try body(Int(selection.indices[position])) }
        } else {
            for row in 0..<rowCount { try body(row) }
        }
    }

    /// What became of a row; insert where the batch carries no row kinds.
    @inlinable
    package func rowKind(_ row: Int) -> RowKind {
        guard let rowKinds else { return .insert }
        return RowKind(rawValue: rowKinds.values[row]) ?? .insert
    }
}
