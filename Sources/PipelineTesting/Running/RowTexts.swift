internal import Columnar
internal import Dataflow
internal import Formats

/// Turns rows of a table into texts, one for each column, that are equal where the values are: rows that came out, and rows as somebody
/// wrote them. Used by one thread.
final class RowTexts {
    /// Why a row as somebody wrote it is none of the table.
    struct Failure: Error {
        var message: String
    }

    /// The text of NULL.
    static let null = "null"
    /// `{"v":` before each value, `}` behind it.
    private static let prefixCount = 5

    let fields: [TableField]
    private let encoders: [any RowEncoder]
    private let decoder: any RowDecoder
    private let builder: BatchBuilder
    private let buffer = MessageBuffer(byteCapacity: 1024, messageCapacity: 16)

    init(_ fields: [TableField]) throws {
        self.fields = fields
        // Whether a column may be null is not the concern of what is expected.
        let schema = Schema(fields.map { Field($0.name, $0.type) })
        var options = JSONOptions()
        options.encodeDecimalAsPlainNumber = true
        let format = Format.json(options)
        encoders = try fields.indices.map { column in
            try format.makeEncoder(schema: schema, fields: [WriteField(path: ["v"], column: column)])
        }
        decoder = try format.makeDecoder(
            fields: fields.enumerated().map { column, field in
                ScanField(path: field.path, type: field.type, column: column)
            })
        builder = BatchBuilder(schema: schema, capacity: 1)
    }

    /// Calls `body` for every selected row, in order.
    func forEach(_ batch: RecordBatch, _ body: (RowKind, [String]) -> Void) {
        var columns: [[String]] = []
        for encoder in encoders {
            buffer.removeAll()
            encoder.encode(batch, into: buffer)
            columns.append(
                (0..<buffer.messageCount).map { index in
                    let text = unsafe String(decoding: buffer.message(index), as: UTF8.self)
                    return String(text.utf8.dropFirst(Self.prefixCount).dropLast()) ?? text
                })
        }
        var index = 0
        batch.forEachRow { row in
            body(batch.rowKind(row), columns.map { $0[index] })
            index += 1
        }
    }

    /// The texts of a row that is written as a JSON object.
    func texts(ofJSON json: String) -> Result<[String], Failure> {
        var json = json
        let status = json.withUTF8 { unsafe decoder.decode(UnsafeRawBufferPointer($0), into: builder) }
        guard status.isSuccess else { return .failure(Failure(message: message(status))) }
        builder.commitRow()
        var result: [String] = []
        forEach(builder.finish()) { result = $1 }
        return .success(result)
    }

    /// Without the position in a text that nobody has written so.
    private func message(_ status: DecodeStatus) -> String {
        let text = status.message(fields: decoder.fields)
        guard status.isConversionFailure, let colon = text.firstIndex(of: ":") else { return text }
        return String(text[text.index(after: colon)...].drop { $0 == " " })
    }
}

extension TableField {
    /// Names from the outermost object inwards by which rows give the column.
    var path: [String] {
        if case .payload(let path) = origin { return path }
        return [name]
    }
}
