internal import Columnar

/// A value of a test's row.
enum Cell: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    case null
    case integer(Int64)
    case wide(Int128)
    case real(Double)
    case text(String)
    case flag(Bool)

    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }
    init(floatLiteral value: Double) { self = .real(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// Makes a batch of rows that are written down.
func makeBatch(_ schema: Schema, _ rows: [[Cell]], kinds: [RowKind]? = nil) -> RecordBatch {
    let columns = schema.fields.map { Column(type: $0.type, capacity: max(rows.count, 1)) }
    for (row, cells) in rows.enumerated() {
        for (column, cell) in zip(columns, cells) { set(cell, column, row) }
    }
    var kindColumn: RowKindColumn?
    if let kinds {
        let made = RowKindColumn(capacity: rows.count)
        for (row, kind) in kinds.enumerated() { made.values[row] = kind.rawValue }
        kindColumn = made
    }
    return RecordBatch(schema: schema, columns: columns, rowCount: rows.count, rowKinds: kindColumn)
}

private func set(_ cell: Cell, _ column: Column, _ row: Int) {
    switch cell {
    case .null: return
    case .integer(let value):
        switch column.type.physical {
        case .int32: column.int32s[row] = Int32(value)
        case .int128: column.int128s[row] = Int128(value)
        case .double: column.doubles[row] = Double(value)
        default: column.int64s[row] = value
        }
    case .wide(let value): column.int128s[row] = value
    case .real(let value): column.doubles[row] = value
    case .flag(let value): column.bools[row] = value ? 1 : 0
    case .text(let value):
        var value = value
        column.slices[row] = value.withUTF8 { column.arena!.append(UnsafeRawBufferPointer($0)) }
    }
    column.setValid(row)
}
