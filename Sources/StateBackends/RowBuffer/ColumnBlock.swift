internal import Columnar

/// Rows in columns as bytes: the number of rows (32 bits), then for each column its validity words, its values, and for
/// STRING and BYTES the number of bytes (32 bits) and the bytes that the slices point into. Little-endian.
enum ColumnBlock {
    /// - Parameter batch: without a selection; each variable-length column with an arena of its own.
    static func write(_ batch: RecordBatch, into buffer: SnapshotBuffer) {
        buffer.append(UInt32(batch.rowCount))
        for column in batch.columns {
            let words = Column.wordCount(batch.rowCount)
            buffer.append(UnsafeRawBufferPointer(start: column.validity, count: words * 8))
            let byteCount = batch.rowCount * column.type.physical.stride
            buffer.append(UnsafeRawBufferPointer(start: column.storage, count: byteCount))
            guard let arena = column.arena else { continue }
            buffer.append(UInt32(arena.count))
            buffer.append(UnsafeRawBufferPointer(start: arena.base, count: arena.count))
        }
    }

    static func read(_ schema: Schema, _ reader: inout SnapshotReader) throws(StateError) -> RecordBatch {
        let rowCount = Int(try reader.read(UInt32.self))
        if rowCount > RecordBatch.maximumRowCount { throw reader.corrupted("a block of \(rowCount) rows") }
        var columns: [Column] = []
        for field in schema.fields {
            let column = Column(type: field.type, capacity: rowCount)
            let words = Column.wordCount(rowCount)
            UnsafeMutableRawPointer(column.validity).copyMemory(from: try reader.take(words * 8), byteCount: words * 8)
            let byteCount = rowCount * field.type.physical.stride
            column.storage.copyMemory(from: try reader.take(byteCount), byteCount: byteCount)
            // Nobody looks at rows that there are not, but whole words of flags are counted.
            if rowCount & 63 != 0 { column.validity[words - 1] &= (1 << UInt64(rowCount & 63)) - 1 }
            if let arena = column.arena { try readBytes(column, arena, rowCount, &reader) }
            if let flaw = SnapshotCheck.flaw(column, rowCount: rowCount) { throw reader.corrupted(flaw) }
            columns.append(column)
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: rowCount)
    }

    private static func readBytes(
        _ column: Column, _ arena: Arena, _ rowCount: Int, _ reader: inout SnapshotReader
    ) throws(StateError) {
        let byteCount = Int(try reader.read(UInt32.self))
        let bytes = try reader.take(byteCount)
        if byteCount > 0 { _ = arena.append(UnsafeRawBufferPointer(start: bytes, count: byteCount)) }
        for row in 0..<rowCount {
            if !column.isValid(row) {
                column.slices[row] = ByteSlice(offset: 0, length: 0)
                continue
            }
            let slice = column.slices[row]
            if Int(slice.offset) + Int(slice.length) > byteCount {
                throw reader.corrupted("a value that ends after the \(byteCount) bytes of its column")
            }
        }
    }
}
