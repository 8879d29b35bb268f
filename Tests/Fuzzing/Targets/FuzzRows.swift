import Columnar

/// Rows as text that tells every two values apart.
enum FuzzRows {
    static func texts(_ batch: RecordBatch) -> [String] {
        var texts: [String] = []
        batch.forEachRow { row in
            texts.append(
                "\(batch.rowKind(row)) " + batch.columns.map { value($0, row) }.joined(separator: ", "))
        }
        return texts
    }

    static func value(_ column: Column, _ row: Int) -> String {
        guard column.isValid(row) else { return "null" }
        switch column.type.physical {
        case .bool: return String(column.bools[row])
        case .int32: return String(column.int32s[row])
        case .int64: return String(column.int64s[row])
        case .int128: return String(column.int128s[row])
        case .double: return "\(column.doubles[row])"
        case .bytes:
            return "'" + column.bytes(row).map { String($0, radix: 16) }.joined(separator: " ") + "'"
        }
    }
}
