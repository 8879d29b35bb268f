package import Columnar

/// A table that is asked by key, for one subtask; calls come from one worker thread and may block for the length of a query.
package protocol LookupTable: AnyObject {
    /// Finds the rows for the keys of every selected row of `batch`.
    ///
    /// - Parameter keys: positions in `batch` of the columns that equal `LookupSpec.keys`, in that order. A null key matches nothing.
    func lookup(_ batch: RecordBatch, keys: [Int]) throws -> LookupMatches

    func close()
}

/// The answer of a lookup: `rows[i]` belongs to row `leftRows[i]` of the batch asked for.
package struct LookupMatches {
    /// Rows of `LookupSpec.schema`, without a selection, grouped by left row in ascending order.
    package var rows: RecordBatch
    package var leftRows: [Int32]

    package init(rows: RecordBatch, leftRows: [Int32]) {
        self.rows = rows
        self.leftRows = leftRows
    }
}
