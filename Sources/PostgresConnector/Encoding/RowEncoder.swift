internal import Columnar

/// A column of a table as the sink writes it.
struct TargetColumn: Sendable, Equatable {
    let name: SQLIdentifier
    /// The position of the value's column in a batch.
    let field: Int
    let encoding: ColumnEncoding
    /// Whether the table's column is NOT NULL.
    let isRequired: Bool
    /// The server's number of the column's type.
    let typeId: UInt32
}

/// Turns the rows of batches into tuples of COPY BINARY, a column at a time. Owned by one thread.
///
/// A tuple is a count of fields, then each field's length and bytes; the key columns come first, so that two tuples have
/// the same key exactly when they begin alike.
final class RowEncoder {
    let columns: [TargetColumn]
    /// How many of the first columns make the key; 0 without one.
    let keyCount: Int
    /// Whether a tuple ends with a boolean that says that its row is deleted.
    let hasDeleteFlag: Bool
    private let origins: Origins

    /// Whether units note which batch each row came from.
    enum Origins {
        case kept, dropped
    }

    private var scratch = RowScratch(capacity: RecordBatch.maximumRowCount)
    /// By column: whether its fields have the same size in all rows of the batch at hand.
    private var isUniform: [Bool]

    init(columns: [TargetColumn], keyCount: Int, origins: Origins = .dropped) {
        self.origins = origins
        precondition(!columns.isEmpty && keyCount <= columns.count, "\(keyCount) key columns of \(columns.count)")
        self.columns = columns
        self.keyCount = keyCount
        hasDeleteFlag = keyCount > 0
        isUniform = [Bool](repeating: false, count: columns.count)
    }

    /// A row that was left out.
    struct Refusal: Equatable {
        let row: Int
        /// The position in `columns` of the column at fault.
        let column: Int
        let reason: RefusalReason
    }

    /// Appends the batch's rows to the unit and answers those that no tuple can be made of.
    ///
    /// With a key, rows of kind updateBefore are left out and a delete carries its key alone; without one, every row
    /// must be an insert.
    func encode(_ batch: RecordBatch, into unit: RowUnit) -> [Refusal] {
        // Joins with many matches make batches that are larger than a source's.
        if batch.rowCount > scratch.capacity { scratch = RowScratch(capacity: batch.rowCount) }
        let (sizes, reasons) = (scratch.sizes, scratch.reasons)
        var lists = RowLists(accepted: scratch.accepted, valued: scratch.valued, deleted: scratch.deleted)
        lists.fill(batch, takesDeletes: hasDeleteFlag)
        let overhead = fixedByteCount(batch, hasDeletes: !lists.deletedRows.isEmpty)
        lists.forEachAccepted { row in
            sizes[row] = overhead
            reasons[row] = 0
        }
        for (index, column) in columns.enumerated() {
            let source = batch.columns[column.field]
            measure(source, index, index < keyCount ? lists.acceptedRows : lists.valuedRows)
            if index >= keyCount { for row in lists.deletedRows { sizes[Int(row)] += 4 } }
        }
        let refusals = lists.takeRefusals(reasons, scratch.culprits)
        let total = layOut(lists, in: unit)
        for (index, column) in columns.enumerated() {
            let source = batch.columns[column.field]
            let rows = index < keyCount ? lists.acceptedRows : lists.valuedRows
            FieldWriter(cursors: scratch.cursors, rows: rows, column: source, isAllValid: isUniform[index]).write(
                column.encoding)
            if index >= keyCount { writeNulls(lists.deletedRows) }
        }
        if hasDeleteFlag { writeFlags(lists) }
        unit.arenaCommit(total)
        if hasDeleteFlag { collapse(lists, in: unit) }
        if origins == .kept { unit.appendOrigin(batch, rows: lists.acceptedRows) }
        return refusals
    }

    /// Where each tuple begins; answers the bytes of all.
    private func layOut(_ lists: RowLists, in unit: RowUnit) -> Int {
        let sizes = scratch.sizes
        let cursors = scratch.cursors
        let rows = lists.acceptedRows
        var total = 0
        for row in rows { total &+= sizes[Int(row)] }
        let base = UnsafeMutableRawPointer(unit.arenaReserve(total))
        let ends = unit.appendRows(rows.count)
        let before = unit.byteCount
        let fieldCount = Int16(columns.count + (hasDeleteFlag ? 1 : 0))
        var offset = 0
        for position in 0..<rows.count {
            let row = Int(rows[position])
            storeBigEndian(fieldCount, base + offset)
            cursors[row] = base + (offset &+ 2)
            offset &+= sizes[row]
            ends[position] = UInt32(truncatingIfNeeded: before &+ offset)
        }
        return total
    }

    private func writeNulls(_ rows: UnsafeBufferPointer<Int32>) {
        let cursors = scratch.cursors
        for row in rows {
            storeBigEndian(Int32(-1), cursors[Int(row)])
            cursors[Int(row)] += 4
        }
    }

    private func writeFlags(_ lists: RowLists) {
        let cursors = scratch.cursors
        for row in lists.valuedRows {
            storeBigEndian(Int32(1), cursors[Int(row)])
            (cursors[Int(row)] + 4).storeBytes(of: 0, as: UInt8.self)
        }
        for row in lists.deletedRows {
            storeBigEndian(Int32(1), cursors[Int(row)])
            (cursors[Int(row)] + 4).storeBytes(of: 1, as: UInt8.self)
        }
    }

    /// Lets the last row of each key stand.
    private func collapse(_ lists: RowLists, in unit: RowUnit) {
        for row in unit.rowCount - lists.acceptedRows.count..<unit.rowCount {
            unit.collapse(row, keyFieldCount: keyCount)
        }
        if !lists.deletedRows.isEmpty { unit.hasDeletes = true }
    }

    /// The bytes that every tuple of the batch has: what stands around its fields, and the fields of columns that have
    /// the same size in every row, which `measure` then leaves out.
    private func fixedByteCount(_ batch: RecordBatch, hasDeletes: Bool) -> Int {
        var count = 2 + (hasDeleteFlag ? 5 : 0)
        for (index, column) in columns.enumerated() {
            isUniform[index] = false
            guard let byteCount = column.encoding.fixedByteCount, !hasDeletes || index < keyCount,
                batch.columns[column.field].isAllValid(batch.rowCount)
            else { continue }
            isUniform[index] = true
            count += 4 + byteCount
        }
        return count
    }

    /// Adds the bytes of a column's fields to `sizes` and finds the values that cannot be sent.
    private func measure(_ column: Column, _ index: Int, _ rows: UnsafeBufferPointer<Int32>) {
        let target = columns[index]
        let checker = ValueChecker(scratch, column: index, isKey: index < keyCount)
        if target.isRequired && !isUniform[index] { checker.requireValues(column, rows) }
        if !isUniform[index] { checker.addSizes(column, target.encoding, rows) }
        checker.checkRange(column, target.encoding, rows)
    }
}
