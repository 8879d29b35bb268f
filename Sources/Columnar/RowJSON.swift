/// Writes one row of a batch as a JSON object. For rows that go wrong: it allocates as it likes.
package enum RowJSON {
    /// The row by its number in the batch; bytes as PostgreSQL writes them, times as ISO 8601.
    package static func text(_ batch: RecordBatch, row: Int) -> String {
        let fields = zip(batch.schema.fields, batch.columns).map { field, column in
            "\(JSONText.quoted(field.name)):\(value(column, row))"
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private static func value(_ column: Column, _ row: Int) -> String {
        guard column.isValid(row) else { return "null" }
        switch column.type {
        case .boolean: return column.bools[row] == 0 ? "false" : "true"
        case .int: return String(column.int32s[row])
        case .bigint: return String(column.int64s[row])
        case .double:
            let value = column.doubles[row]
            return value.isFinite ? "\(value)" : "\"\(value)\""
        case .decimal(let precision, let scale):
            let unscaled = precision <= 18 ? Int128(column.int64s[row]) : column.int128s[row]
            return DecimalText.text(unscaled, scale: scale)
        case .string: return JSONText.quoted(String(decoding: column.bytes(row), as: UTF8.self))
        case .bytes: return "\"\\\\x\(column.bytes(row).map { hexadecimal($0) }.joined())\""
        case .date: return "\"\(CivilDate(daysSinceEpoch: Int(column.int32s[row])).text)\""
        case .timestamp: return "\"\(CivilTime.text(column.int64s[row]))\""
        case .timestampLTZ: return "\"\(CivilTime.text(column.int64s[row]))Z\""
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
