package import Columnar

/// Writes one STRING or BYTES column as the whole message; null becomes an empty one.
package final class RawEncoder: RowEncoder {
    private let column: Int

    package init(schema: Schema, fields: [WriteField]) throws(FormatsError) {
        guard fields.count == 1, let field = fields.first, schema[field.column].type.isVariableLength else {
            throw FormatsError(.invalidFields, "format 'raw' writes exactly one STRING or BYTES column")
        }
        column = field.column
    }

    package func encode(_ batch: RecordBatch, into buffer: MessageBuffer, tombstones: Tombstones) {
        let values = batch.columns[column]
        batch.forEachRow { row in
            let isEmpty = !values.isValid(row) || (tombstones == .forDeletes && batch.rowKind(row) == .delete)
            buffer.append(isEmpty ? UnsafeRawBufferPointer(start: nil, count: 0) : values.bytes(row))
        }
    }
}
