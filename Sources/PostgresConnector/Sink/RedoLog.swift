internal import Dataflow
internal import StateBackends

/// The rows of an epoch as bytes from which they can be executed again.
///
/// Layout, little-endian: a magic number; blocks of (1, signature, flag of deletes, row count, tuple lengths, tuples) or
/// (2, table, dead letter) or (3, table, dead letter, its record's columns); 0 and the number of blocks at the end. Checksums are the store's business. Owned by one
/// thread.
final class RedoLog {
    private static let magic: UInt64 = 0x314F_4445_5247_504D  // "MPGREDO1"

    private let buffer = SnapshotBuffer()
    private var blockCount: UInt32 = 0

    init() {
        buffer.append(Self.magic)
    }

    /// Bytes noted so far.
    var byteCount: Int { buffer.count }

    /// Adds what stands of some rows of a unit.
    func append(_ unit: RowUnit, rows: Range<Int>, signature: String) {
        let live = rows.filter { unit.isLive($0) }
        if live.isEmpty { return }
        buffer.append(UInt8(1))
        append(signature)
        buffer.append(UInt8(unit.hasDeletes ? 1 : 0))
        buffer.append(UInt32(live.count))
        for row in live { buffer.append(UInt32(unit.tuple(row).count)) }
        unit.forEachRun(rows) { buffer.append($0) }
        blockCount += 1
    }

    /// Adds a dead letter that goes to a table.
    func append(_ row: RefusedRow, table: QualifiedTableName) {
        buffer.append(UInt8(row.origin == nil ? 2 : 3))
        append(table.schema?.name ?? "")
        append(table.table.name)
        for text in [row.table, row.reason, row.message, row.json] { append(text) }
        for column in row.origin?.columns ?? [] {
            buffer.append(UInt8(column == nil ? 0 : 1))
            if let column { append(column) }
        }
        blockCount += 1
    }

    /// The whole log; nothing is added after that.
    func finish() -> SnapshotBuffer {
        buffer.append(UInt8(0))
        buffer.append(blockCount)
        return buffer
    }

    private func append(_ text: String) {
        buffer.append(UInt32(text.utf8.count))
        var text = text
        text.withUTF8 { buffer.append(UnsafeRawBufferPointer($0)) }
    }

    /// One piece of a log.
    enum Block {
        case rows(RowUnit)
        case deadLetter(RefusedRow, QualifiedTableName)
    }

    /// Reads a log block by block.
    ///
    /// - Parameter table: the number of the target that has a signature.
    /// - Throws: `.redoUnreadable` for bytes that are no log or rows of a table that is not a target any more.
    static func read(
        _ bytes: UnsafeRawBufferPointer, table: (String) -> Int?,
        _ body: (Block) throws(PostgresConnectorError) -> Void
    ) throws(PostgresConnectorError) {
        var reader = RedoReader(bytes)
        guard try reader.integer(UInt64.self) == magic else { throw RedoReader.unreadable }
        var blockCount: UInt32 = 0
        while true {
            switch try reader.integer(UInt8.self) {
            case 0:
                guard try reader.integer(UInt32.self) == blockCount, reader.isAtEnd else {
                    throw RedoReader.unreadable
                }
                return
            case 1:
                guard let number = table(try reader.text()) else {
                    throw PostgresConnectorError(
                        .redoUnreadable,
                        "the redo log holds rows of a table whose columns have changed; start once with the former "
                            + "query and table to apply it")
                }
                try body(.rows(try reader.unit(table: number)))
            case let kind where kind == 2 || kind == 3:
                let schema = try reader.text()
                let name = QualifiedTableName(
                    schema: schema.isEmpty ? nil : try SQLIdentifier(schema), table: try SQLIdentifier(reader.text()))
                var row = RefusedRow(
                    table: try reader.text(), reason: try reader.text(), message: try reader.text(),
                    json: try reader.text())
                if kind == 3 { row.origin = try reader.origin() }
                try body(.deadLetter(row, name))
            default: throw RedoReader.unreadable
            }
            blockCount += 1
        }
    }
}

/// Reads the values of a redo log one after the other and never past its end.
struct RedoReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    static var unreadable: PostgresConnectorError {
        PostgresConnectorError(
            .redoUnreadable, "the redo log is damaged; restore its file, or start from another checkpoint")
    }

    var isAtEnd: Bool { offset == bytes.count }

    private mutating func take(_ count: Int) throws(PostgresConnectorError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - offset else { throw Self.unreadable }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(PostgresConnectorError) -> T {
        T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    mutating func text() throws(PostgresConnectorError) -> String {
        let count = Int(try integer(UInt32.self))
        return String(decoding: try take(count), as: UTF8.self)
    }

    mutating func origin() throws(PostgresConnectorError) -> RefusedRow.Origin {
        var columns: [String?] = []
        for _ in DeadLetter.originColumns { columns.append(try integer(UInt8.self) == 0 ? nil : try text()) }
        return RefusedRow.Origin(columns: columns)
    }

    mutating func unit(table: Int) throws(PostgresConnectorError) -> RowUnit {
        let hasDeletes = try integer(UInt8.self) == 1
        let count = Int(try integer(UInt32.self))
        let lengths = try take(count * 4)
        let unit = RowUnit(table: table)
        unit.hasDeletes = hasDeletes
        for row in 0..<count {
            let length = UInt32(littleEndian: lengths.loadUnaligned(fromByteOffset: row * 4, as: UInt32.self))
            unit.append(tuple: try take(Int(length)))
        }
        return unit
    }
}
