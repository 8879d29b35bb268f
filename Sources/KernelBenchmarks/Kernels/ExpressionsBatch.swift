internal import Columnar
internal import Foundation
internal import TestKit

/// Rows for the expressions: numbers below 1000, texts of twelve bytes, and some columns whose names say what else they hold.
enum ExpressionsBatch {
    static func make(_ schema: Schema, nullEvery: Int?, selectEvery: Int?) -> RecordBatch {
        let count = RecordBatch.preferredRowCount
        var random = SeededRandom(seed: 1)
        let columns = schema.fields.map { field in
            let column = Column(type: field.type, capacity: count)
            column.setAllValid(count)
            for row in 0..<count {
                let value = Int64(random.next() % 999) + 1
                fill(column, field.name, row, value)
                if let nullEvery, random.next() % UInt64(nullEvery) == 0 { column.setNull(row) }
            }
            return column
        }
        let selection = selectEvery.map { step in
            SelectionVector((0..<count / step).map { Int32($0 * step) })
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: count, selection: selection)
    }

    private static func fill(_ column: Column, _ name: String, _ row: Int, _ value: Int64) {
        switch column.type.physical {
        case .bool: column.bools[row] = UInt8(value & 1)
        case .int32: column.int32s[row] = Int32(value)
        case .int64: column.int64s[row] = column.type.isTimestamp ? 1_700_000_000_000_000 + value * 1_000_000 : value
        case .int128: column.int128s[row] = Int128(value) * 1_000_000_000_000
        case .double: column.doubles[row] = name == "fraction" ? Double(value) / 1000 : Double(value) / 8
        case .bytes:
            let text = Array(text(name, value).utf8)
            if let slice = text.withUnsafeBytes({ column.arena?.append($0) }) { column.slices[row] = slice }
        }
    }

    private static func text(_ name: String, _ value: Int64) -> String {
        let digits = String(value)
        let item = "item-" + String(repeating: "0", count: 7 - digits.count) + digits
        switch name {
        case "digits": return digits
        case "number": return "\(digits).25"
        case "day": return "2023-11-\(10 + value % 20)"
        case "moment": return "2023-11-\(10 + value % 20) 22:13:\(10 + value % 50)"
        case "base64": return Data(item.utf8).base64EncodedString()
        case "fields": return "a,\(item),b,\(digits)"
        default: return item
        }
    }
}
