package import Columnar

/// Takes the whole payload as the value of one STRING or BYTES column.
package final class RawDecoder: RowDecoder {
    package let fields: [ScanField]
    private let column: Int
    private let isText: Bool

    package init(fields: [ScanField]) throws(FormatsError) {
        guard fields.count == 1, let field = fields.first, field.type.isVariableLength else {
            throw FormatsError(.invalidFields, "format 'raw' reads exactly one STRING or BYTES column")
        }
        self.fields = fields
        column = field.column
        isText = field.type == .string
    }

    package func decode(_ payload: UnsafeRawBufferPointer, into builder: BatchBuilder) -> DecodeStatus {
        if payload.count > JSONScanner.maximumPayloadByteCount {
            builder.discardRow()
            return DecodeStatus(.payloadTooLarge)
        }
        if isText, let position = UTF8Text.firstInvalid(payload) {
            builder.discardRow()
            return DecodeStatus(.invalidUTF8, field: 0, byteOffset: UInt32(truncatingIfNeeded: position))
        }
        builder.setBytes(column, payload)
        return .success
    }
}
