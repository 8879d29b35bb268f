internal import Columnar
internal import Dataflow
internal import Formats

/// Writes rows as JSON, so that what was computed can be compared with what a sink holds. One thread.
///
/// Of dead letters the time of the failure is left out: a record that is refused again is refused at another time.
final class RowImages {
    /// One row.
    struct Image {
        /// The key as a JSON object; the whole row where there is no key.
        var key: String
        var row: String
        var kind: RowKind
    }

    private let encoder: any RowEncoder
    private let keyEncoder: (any RowEncoder)?
    private let rows = MessageBuffer()
    private let keys = MessageBuffer()

    /// - Parameter key: names of the key's columns; empty for none.
    init(schema: Schema, key: [String]) throws {
        var options = JSONOptions()
        options.encodeDecimalAsPlainNumber = true
        let format = Format.json(options)
        let compared = WriteField.all(of: schema).filter { field in
            field.column != DeadLetter.failureTimeColumn || !DeadLetter.isSchema(schema)
        }
        encoder = try format.makeEncoder(schema: schema, fields: compared)
        let fields = key.compactMap { name in
            schema.index(of: name).map { WriteField(path: [name], column: $0) }
        }
        keyEncoder = fields.isEmpty ? nil : try format.makeEncoder(schema: schema, fields: fields)
    }

    /// Calls `body` for every selected row, in order, with its number in the batch.
    func forEach(_ batch: RecordBatch, _ body: (Int, Image) throws -> Void) rethrows {
        rows.removeAll()
        encoder.encode(batch, into: rows)
        if let keyEncoder {
            keys.removeAll()
            keyEncoder.encode(batch, into: keys)
        }
        var index = 0
        try batch.forEachRow { row in
            let text = unsafe String(decoding: rows.message(index), as: UTF8.self)
            let key = keyEncoder == nil ? text : unsafe String(decoding: keys.message(index), as: UTF8.self)
            index += 1
            try body(row, Image(key: key, row: text, kind: batch.rowKind(row)))
        }
    }
}
