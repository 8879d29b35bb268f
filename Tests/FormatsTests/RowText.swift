import Columnar
import Testing

@testable import Formats

/// Rows as text, for comparison in tests.
enum RowText {
    /// One value: `null`, or the value as it lies in the column.
    static func value(_ column: Column, _ row: Int) -> String {
        guard column.isValid(row) else { return "null" }
        switch column.type {
        case .boolean: return column.bools[row] == 1 ? "true" : "false"
        case .int, .date: return String(column.int32s[row])
        case .bigint, .timestamp, .timestampLTZ: return String(column.int64s[row])
        case .double: return String(column.doubles[row])
        case .decimal(let precision, _):
            return precision <= 18 ? String(column.int64s[row]) : String(column.int128s[row])
        case .string: return String(decoding: column.bytes(row), as: UTF8.self)
        case .bytes: return column.bytes(row).map { String($0, radix: 16) }.joined(separator: " ")
        }
    }

    static func row(_ batch: RecordBatch, _ row: Int) -> [String] {
        batch.columns.map { value($0, row) }
    }
}

/// A JSON decoder with its builder.
final class Reader {
    let decoder: any RowDecoder
    let builder: BatchBuilder

    init(_ fields: [(String, LogicalType)], options: [String: String] = [:]) throws {
        let scanFields = fields.enumerated().map { index, field in
            let isRequired = field.0.hasSuffix("!")
            let name = isRequired ? String(field.0.dropLast()) : field.0
            return ScanField(
                path: name.split(separator: ".").map(String.init), type: field.1, isNullable: !isRequired,
                column: index)
        }
        decoder = try Format(identifier: "json", options: options).makeDecoder(fields: scanFields)
        builder = BatchBuilder(schema: Schema(fields.map { Field($0.0, $0.1) }))
    }

    /// Decodes from memory of exactly the payload's size, so that a sanitizer sees reads past it.
    func decode(_ bytes: some Collection<UInt8>) -> DecodeStatus {
        let exact = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { exact.deallocate() }
        exact.copyBytes(from: bytes)
        let status = decoder.decode(UnsafeRawBufferPointer(exact), into: builder)
        if status.isSuccess { builder.commitRow() }
        return status
    }

    func decode(_ json: String) -> DecodeStatus { decode(Array(json.utf8)) }

    /// The rows decoded since the last call.
    func rows() -> [[String]] {
        let batch = builder.finish()
        return (0..<batch.rowCount).map { RowText.row(batch, $0) }
    }
}

/// The one row that a document decodes to.
func decoded(
    _ json: String, _ fields: [(String, LogicalType)], options: [String: String] = [:]
) throws -> [String] {
    let reader = try Reader(fields, options: options)
    let status = reader.decode(json)
    #expect(status.isSuccess, "\(status.message(fields: reader.decoder.fields)): \(json)")
    return reader.rows().first ?? []
}

/// The status that a document decodes to.
func status(
    _ json: String, _ fields: [(String, LogicalType)], options: [String: String] = [:]
) throws -> DecodeStatus {
    try Reader(fields, options: options).decode(json)
}

/// The messages of a batch as text.
func encoded(
    _ batch: RecordBatch, options: [String: String] = [:], fields: [WriteField]? = nil
) throws -> [String] {
    let encoder = try Format(identifier: "json", options: options)
        .makeEncoder(schema: batch.schema, fields: fields ?? WriteField.all(of: batch.schema))
    let buffer = MessageBuffer(byteCapacity: 64, messageCapacity: 16)
    encoder.encode(batch, into: buffer)
    return (0..<buffer.messageCount).map { String(decoding: buffer.message($0), as: UTF8.self) }
}
