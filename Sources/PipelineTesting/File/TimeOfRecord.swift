internal import Columnar
internal import Formats

/// Times as files give them.
enum TimeOfRecord {
    /// A timestamp with its zone, or epoch milliseconds; nil for anything else.
    static func parse(_ text: String) -> Timestamp? {
        let field = ScanField(path: ["t"], type: .timestampLTZ(precision: 6), isNullable: false, column: 0)
        guard let decoder = try? Format.json(JSONOptions()).makeDecoder(fields: [field]) else { return nil }
        let value = Int64(text) == nil ? JSONText.quoted(text) : text
        let builder = BatchBuilder(schema: Schema([Field("t", field.type)]), capacity: 1)
        var json = "{\"t\":\(value)}"
        let status = json.withUTF8 { unsafe decoder.decode(UnsafeRawBufferPointer($0), into: builder) }
        guard status.isSuccess else { return nil }
        builder.commitRow()
        let batch = builder.finish()
        // The column's memory is the batch's.
        return withExtendedLifetime(batch) { unsafe Timestamp(microseconds: batch.columns[0].int64s[0]) }
    }
}
