internal import Columnar
internal import Dataflow
internal import Formats

/// Encodes the rows of a sink into keys and values. Used by one thread.
final class RowMessages {
    private let valueEncoder: any RowEncoder
    private let keyEncoder: (any RowEncoder)?
    private let timestampColumn: Int?
    private let isUpsert: Bool
    let partitioner: KafkaOptions.SinkPartitioner

    init(_ spec: SinkSpec, _ options: KafkaOptions) throws(KafkaConnectorError) {
        var values: [WriteField] = []
        var timestamp: Int?
        let inValue = Set(options.valueColumns(spec.table).map { spec.table.fields[$0].name })
        for (column, field) in spec.fields.enumerated() {
            switch field.origin {
            case .payload(let path):
                if inValue.contains(field.name) { values.append(WriteField(path: path, column: column)) }
            case .metadata(let key):
                guard key == "timestamp" else {
                    throw KafkaConnectorError(
                        .configuration,
                        "the metadata column '\(field.name)' ('\(key)') is read-only: declare it VIRTUAL")
                }
                timestamp = column
            }
        }
        var keys: [WriteField] = []
        for index in options.keyColumns {
            let field = spec.table.fields[index]
            guard let column = spec.fields.firstIndex(where: { $0.name == field.name }) else {
                throw KafkaConnectorError(.configuration, "the key column '\(field.name)' is not written")
            }
            keys.append(WriteField(path: options.keyPath(field), column: column))
        }
        do {
            valueEncoder = try options.valueFormat.makeEncoder(schema: spec.schema, fields: values)
            keyEncoder = keys.isEmpty ? nil : try options.keyFormat?.makeEncoder(schema: spec.schema, fields: keys)
        } catch {
            throw KafkaConnectorError(.configuration, error.message, cause: error)
        }
        timestampColumn = timestamp
        isUpsert = options.isUpsert
        partitioner = options.partitioner
    }

    var hasKeys: Bool { keyEncoder != nil }
    var hasTimestamps: Bool { timestampColumn != nil }

    /// Appends a message for every selected row.
    func encode(_ batch: RecordBatch, into chunk: EncodedChunk) {
        valueEncoder.encode(batch, into: chunk.values, tombstones: isUpsert ? .forDeletes : .none)
        if let keyEncoder, let keys = chunk.keys { keyEncoder.encode(batch, into: keys) }
        guard let timestampColumn else { return }
        let column = batch.columns[timestampColumn]
        batch.forEachRow { row in
            // 0 lets the client take the present time.
            chunk.timestamps.append(column.isValid(row) ? max(column.int64s[row] / 1000, 1) : 0)
        }
    }
}
