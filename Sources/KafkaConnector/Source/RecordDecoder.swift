internal import Columnar
internal import Dataflow
internal import Failpoints
internal import Formats

/// Turns messages into rows: value, key and metadata columns. Used by one thread.
final class RecordDecoder {
    /// Why a record was left out.
    enum Rejection {
        case value(DecodeStatus)
        case key(DecodeStatus)
        /// A record without a key in a table whose key columns may not be null.
        case missingKey
    }

    /// How far `decode` came.
    struct Progress {
        /// The first message that was not looked at.
        var next: Int
        /// Records without a value in an append-only table: nothing to show.
        var emptyCount = 0
        /// Why the message before `next` is no row; nil where all are.
        var rejection: Rejection?
    }

    private let builder: BatchBuilder
    /// Takes where each row came from; nil where nobody asks.
    private let origins: BatchBuilder?
    private let valueDecoder: (any RowDecoder)?
    private let keyDecoder: (any RowDecoder)?
    private let metadata: [MetadataField]
    private let hasMetadata: Bool
    private let isUpsert: Bool
    private let requiresKey: Bool
    private let topic: [UInt8]
    private let partition: Int32

    /// - Parameters:
    ///   - builder: shared by the decoders of a reader; empty between batches.
    ///   - origins: likewise, of `DeadLetter.originSchema`.
    init(
        _ spec: SourceSpec, _ options: KafkaOptions, split: SplitID, builder: BatchBuilder,
        origins: BatchBuilder? = nil
    ) throws(KafkaConnectorError) {
        self.builder = builder
        self.origins = origins
        topic = Array(split.topic.utf8)
        partition = split.partition
        isUpsert = options.isUpsert
        // Both may hold the key's columns. An upsert table's key is the record's; an append table's is in the value, where there.
        let readsKey = options.isUpsert || !options.isKeyInValue
        let keyNames = Set(readsKey ? options.keyColumns.map { spec.table.fields[$0].name } : [])
        var keys: [ScanField] = []
        var values: [ScanField] = []
        var metadata: [MetadataField] = []
        for (column, field) in spec.fields.enumerated() {
            switch field.origin {
            case .metadata(let key):
                metadata.append(try MetadataField(key, column: column, name: field.name))
            case .payload(let path):
                let isKey = keyNames.contains(field.name)
                let scan = ScanField(
                    path: isKey ? options.keyPath(field) : path, type: field.type, isNullable: field.isNullable,
                    column: column)
                if isKey { keys.append(scan) } else { values.append(scan) }
            }
        }
        do {
            // Even where no column is wanted, a record that is not of the format is one that cannot be decoded.
            valueDecoder = try Self.decoder(options.valueFormat, values)
            keyDecoder = try keys.isEmpty ? nil : options.keyFormat.flatMap { format in try Self.decoder(format, keys) }
        } catch let error as FormatsError {
            throw KafkaConnectorError(.configuration, error.message, cause: error)
        } catch {
            throw KafkaConnectorError(.internal, "the format could not be set up", cause: error)
        }
        self.metadata = metadata
        hasMetadata = !metadata.isEmpty
        requiresKey = isUpsert || keys.contains { !$0.isNullable }
    }

    private static func decoder(_ format: Format, _ fields: [ScanField]) throws -> (any RowDecoder)? {
        if case .raw = format, fields.isEmpty { return nil }
        return try format.makeDecoder(fields: fields)
    }

    /// Appends the rows of messages to the builder, from `first` on, up to the first one that is rejected or not before `stopOffset`.
    func decode(_ batch: MessageBatch, from first: Int, stopOffset: Int64) -> Progress {
        var progress = Progress(next: first)
        let count = batch.count
        let builder = builder
        let valueDecoder = valueDecoder
        let keyDecoder = keyDecoder
        while progress.next < count, batch.offset(progress.next) < stopOffset {
            let index = progress.next
            progress.next += 1
            Failpoint.kafkaRecord.hit(key: batch.offset(index))
            if let keyDecoder {
                if let key = batch.key(index) {
                    let status = keyDecoder.decode(key, into: builder)
                    guard status.isSuccess else {
                        progress.rejection = .key(status)
                        return progress
                    }
                } else if requiresKey {
                    progress.rejection = .missingKey
                    return progress
                }
            }
            if let value = batch.value(index) {
                if let valueDecoder {
                    let status = valueDecoder.decode(value, into: builder)
                    guard status.isSuccess else {
                        progress.rejection = .value(status)
                        return progress
                    }
                }
            } else if isUpsert {
                builder.setRowKind(.delete)
            } else {
                builder.discardRow()
                progress.emptyCount += 1
                continue
            }
            if hasMetadata { setMetadata(batch, index) }
            if let origins { setOrigin(origins, batch, index) }
            builder.commitRow()
        }
        return progress
    }

    private func setMetadata(_ batch: MessageBatch, _ index: Int) {
        for field in metadata { set(field, batch, index) }
    }

    private func setOrigin(_ origins: BatchBuilder, _ batch: MessageBatch, _ index: Int) {
        topic.withUnsafeBytes { origins.setBytes(0, $0) }
        origins.setInt32(1, partition)
        origins.setInt64(2, batch.offset(index))
        let milliseconds = batch.timestamp(index)
        if milliseconds >= 0 { origins.setInt64(3, Timestamp(milliseconds: milliseconds).microseconds) }
        if let key = batch.key(index) { origins.setBytes(4, key) }
        if let value = batch.value(index) { origins.setBytes(5, value) }
        if batch.hasHeaders(index) {
            var text = HeaderText.json(batch, index)
            text.withUTF8 { origins.setBytes(6, UnsafeRawBufferPointer($0)) }
        }
        origins.commitRow()
    }

    private func set(_ field: MetadataField, _ batch: MessageBatch, _ index: Int) {
        switch field.kind {
        case .offset: builder.setInt64(field.column, batch.offset(index))
        case .partition: builder.setInt32(field.column, partition)
        case .topic: topic.withUnsafeBytes { builder.setBytes(field.column, $0) }
        case .timestamp:
            let milliseconds = batch.timestamp(index)
            if milliseconds >= 0 {
                builder.setInt64(field.column, Timestamp(milliseconds: milliseconds).microseconds)
            }
        case .timestampType:
            let text = MetadataField.timestampTypes[batch.timestampType(index)]
            text.withUnsafeBytes { builder.setBytes(field.column, $0) }
        case .headers:
            var text = HeaderText.json(batch, index)
            text.withUTF8 { builder.setBytes(field.column, UnsafeRawBufferPointer($0)) }
        }
    }

    /// Says what is wrong with a record, without its contents.
    func explain(_ rejection: Rejection) -> (code: String, message: String) {
        switch rejection {
        case .missingKey: ("kafka.missing-key", "the record has no key, but the table's key columns may not be null")
        case .key(let status):
            (Self.code("key", status), "key: " + status.message(fields: keyDecoder?.fields ?? []))
        case .value(let status):
            (Self.code("value", status), status.message(fields: valueDecoder?.fields ?? []))
        }
    }

    /// A stable code, such as `value.number-out-of-range`.
    private static func code(_ part: String, _ status: DecodeStatus) -> String {
        var code = part + "."
        for character in "\(status.code)" {
            if character.isUppercase { code += "-" }
            code += character.lowercased()
        }
        return code
    }
}
