/// What a redo log holds, in numbers: for reports and checks that apply nothing.
package struct RedoSummary: Hashable, Sendable {
    /// Rows that are to be written or deleted.
    package private(set) var rowCount = 0
    /// Bytes of those rows.
    package private(set) var tupleByteCount = 0
    package private(set) var deadLetterCount = 0

    /// Reads a log to its end.
    ///
    /// - Throws: `.redoUnreadable` for bytes that are no log.
    package init(of bytes: UnsafeRawBufferPointer) throws(PostgresConnectorError) {
        var rowCount = 0
        var tupleByteCount = 0
        var deadLetterCount = 0
        try RedoLog.read(bytes, table: { _ in 0 }) { block throws(PostgresConnectorError) in
            switch block {
            case .rows(let unit):
                rowCount += unit.rowCount
                tupleByteCount += unit.byteCount
            case .deadLetter: deadLetterCount += 1
            }
        }
        self.rowCount = rowCount
        self.tupleByteCount = tupleByteCount
        self.deadLetterCount = deadLetterCount
    }
}
