/// The outcome of decoding one record; trivially copied.
@usableFromInline
package struct DecodeStatus: Hashable, Sendable {
    /// What was wrong with a payload, if anything was.
    @usableFromInline
    package enum Code: UInt8, Sendable, CaseIterable {
        case success
        /// The payload has no byte.
        case empty
        /// The payload ends inside a value.
        case truncated
        /// The document's outermost value is not an object.
        case rootIsNotObject
        case unexpectedByte
        /// Something other than white space follows the document.
        case trailingBytes
        case controlCharacter
        case invalidEscape
        /// A \u escape names half of a surrogate pair.
        case loneSurrogate
        case invalidUTF8
        case tooDeep
        case malformedNumber
        case payloadTooLarge
        /// The last of the codes that say that the document itself is broken; from here on a value does not fit its
        /// column.
        case notAnObject
        case notANumber
        case numberOutOfRange
        case notABoolean
        case notAString
        case invalidBase64
        case invalidDate
        case invalidTimestamp
        /// A TIMESTAMP_LTZ text names no zone.
        case zoneMissing
        /// A TIMESTAMP text names a zone.
        case zoneUnexpected
        case missingField
        case nullInNotNullField
    }

    @usableFromInline
    package var code: Code
    /// The field's position in the list given to the decoder; -1 where no field is concerned.
    @usableFromInline
    package var field: Int16
    /// Bytes from the start of the payload.
    @usableFromInline
    package var byteOffset: UInt32

    @inlinable
    package init(_ code: Code, field: Int16 = -1, byteOffset: UInt32 = 0) {
        self.code = code
        self.field = field
        self.byteOffset = byteOffset
    }

    @inlinable
    package static var success: DecodeStatus { DecodeStatus(.success) }

    @inlinable
    package var isSuccess: Bool { code == .success }

    /// Whether the document is well formed and only the value of one field does not fit.
    @inlinable
    package var isConversionFailure: Bool { code.rawValue >= Code.notAnObject.rawValue }
}

extension DecodeStatus {
    /// What went wrong and where, without any value of the record.
    ///
    /// - Parameter fields: those the decoder was made with.
    package func message(fields: [ScanField]) -> String {
        var text = "byte \(byteOffset): \(reason)"
        if field >= 0, Int(field) < fields.count {
            let field = fields[Int(field)]
            text += " (field \(field.path.joined(separator: ".")) \(field.type)\(field.isNullable ? "" : " NOT NULL"))"
        }
        return text
    }

    private var reason: String {
        switch code {
        case .success: "decoded"
        case .empty: "the payload is empty"
        case .truncated: "the document ends inside a value"
        case .rootIsNotObject: "the document is not a JSON object"
        case .unexpectedByte: "unexpected character"
        case .trailingBytes: "characters after the end of the document"
        case .controlCharacter: "control character inside a string; it must be escaped"
        case .invalidEscape: "invalid escape sequence"
        case .loneSurrogate: "escape sequence of half a surrogate pair"
        case .invalidUTF8: "invalid UTF-8"
        case .tooDeep: "nested deeper than \(JSONScanner.maximumDepth) levels"
        case .malformedNumber: "malformed number"
        case .payloadTooLarge: "the payload is larger than \(JSONScanner.maximumPayloadByteCount) bytes"
        case .notAnObject: "an object was expected, since columns are read from inside it"
        case .notANumber: "not a number"
        case .numberOutOfRange: "number out of the column's range"
        case .notABoolean: "not a boolean; true, false, \"true\" and \"false\" are"
        case .notAString: "a string was expected"
        case .invalidBase64: "not a base64 string"
        case .invalidDate: "not a date of the form yyyy-MM-dd"
        case .invalidTimestamp:
            "not a timestamp of the form yyyy-MM-dd HH:mm:ss[.fraction] (or with a T), nor epoch milliseconds"
        case .zoneMissing: "the timestamp names no zone; end it with Z, or declare the column TIMESTAMP"
        case .zoneUnexpected: "the timestamp names a zone; declare the column TIMESTAMP_LTZ"
        case .missingField: "the field is missing and json.fail-on-missing-field is set"
        case .nullInNotNullField: "null or missing"
        }
    }
}
