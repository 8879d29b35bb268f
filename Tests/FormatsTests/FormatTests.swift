import Columnar
import Testing

@testable import Formats

struct FormatTests {
    static func error(_ identifier: String, _ options: [String: String]) -> FormatsError? {
        do throws(FormatsError) {
            _ = try Format(identifier: identifier, options: options)
            return nil
        } catch {
            return error
        }
    }

    @Test func flinkOptionsAreUnderstood() throws {
        let format = try Format(
            identifier: "json",
            options: [
                "fail-on-missing-field": "true", "timestamp-format.standard": "iso-8601",
                "encode.decimal-as-plain-number": "TRUE", "encode.ignore-null-fields": "false",
                "decode.json-parser.enabled": "true", "encode.timestamp": "epoch-millis",
            ])
        var expected = JSONOptions()
        expected.failOnMissingField = true
        expected.timestampStandard = .iso8601
        expected.encodeDecimalAsPlainNumber = true
        expected.timestampEncoding = .epochMilliseconds
        #expect(format == .json(expected))
    }

    @Test func wrongOptionsAreNamed() {
        let unknown = Self.error("json", ["ignore-parse-error": "true"])
        #expect(unknown?.code == .unknownOption)
        #expect(unknown?.message.contains("'json.ignore-parse-errors'") == true)
        let value = Self.error("json", ["timestamp-format.standard": "RFC"])
        #expect(value?.code == .invalidOptionValue)
        #expect(value?.message.contains("'SQL', 'ISO-8601'") == true)
        #expect(Self.error("json", ["fail-on-missing-field": "yes"])?.code == .invalidOptionValue)
        #expect(Self.error("json", ["map-null-key.mode": "DROP"])?.code == .unsupportedOption)
        #expect(
            Self.error("json", ["fail-on-missing-field": "true", "ignore-parse-errors": "true"])?.code
                == .invalidOptionValue)
        #expect(Self.error("jsn", [:])?.message.contains("did you mean 'json'") == true)
        #expect(Self.error("raw", ["charset": "UTF-16"])?.code == .invalidOptionValue)
    }

    @Test func prefixesFollowTheOptionThatChoseTheFormat() {
        #expect(Format.optionPrefix(of: "format", identifier: "json") == "json.")
        #expect(Format.optionPrefix(of: "key.format", identifier: "json") == "key.json.")
        #expect(Format.optionPrefix(of: "value.format", identifier: "raw") == "value.raw.")
    }

    @Test func contradictoryFieldsAreRefused() {
        for paths in [["a", "a"], ["a", "a.b"], ["a.b", "a"]] {
            #expect(throws: FormatsError.self) { try Reader(paths.map { ($0, .int) }) }
            let schema = Schema(paths.map { Field($0, .int) })
            let fields = paths.enumerated().map {
                WriteField(path: $1.split(separator: ".").map(String.init), column: $0)
            }
            #expect(throws: FormatsError.self) {
                try Format.json(JSONOptions()).makeEncoder(schema: schema, fields: fields)
            }
        }
        #expect(throws: FormatsError.self) {
            try Format.json(JSONOptions()).makeDecoder(fields: [ScanField(path: [], type: .int, column: 0)])
        }
    }

    @Test func rawTakesTheWholePayload() throws {
        for type in [LogicalType.string, .bytes] {
            let schema = Schema([Field("n", .bigint), Field("v", type)])
            let fields = [ScanField(path: ["v"], type: type, column: 1)]
            let decoder = try Format.raw.makeDecoder(fields: fields)
            let builder = BatchBuilder(schema: schema)
            for text in ["", "any {text", "é😀 and more than eight bytes"] {
                let status = Array(text.utf8).withUnsafeBytes { decoder.decode($0, into: builder) }
                #expect(status.isSuccess)
                builder.commitRow()
            }
            let invalid: [UInt8] = Array("12345678".utf8) + [0xc3]
            let status = invalid.withUnsafeBytes { decoder.decode($0, into: builder) }
            #expect(status.isSuccess == (type == .bytes))
            if !status.isSuccess { #expect(status == DecodeStatus(.invalidUTF8, field: 0, byteOffset: 8)) }
            let batch = builder.finish()
            let encoder = try Format.raw.makeEncoder(schema: schema, fields: [WriteField(path: ["v"], column: 1)])
            let buffer = MessageBuffer()
            encoder.encode(batch, into: buffer)
            #expect(buffer.messageCount == 3)
            #expect(String(decoding: buffer.message(2), as: UTF8.self) == "é😀 and more than eight bytes")
        }
        #expect(throws: FormatsError.self) {
            try Format.raw.makeDecoder(fields: [ScanField(path: ["v"], type: .int, column: 0)])
        }
    }

    @Test func deletesBecomeTombstonesWhereAsked() throws {
        let builder = BatchBuilder(schema: Schema([Field("a", .int)]), writesRowKinds: true)
        for value in 0..<3 {
            builder.setInt32(0, Int32(value))
            builder.setRowKind(value == 1 ? .delete : .insert)
            builder.commitRow()
        }
        let batch = builder.finish()
        let encoder = try Format.json(JSONOptions()).makeEncoder(
            schema: batch.schema, fields: WriteField.all(of: batch.schema))
        let buffer = MessageBuffer()
        encoder.encode(batch, into: buffer, tombstones: .forDeletes)
        #expect((0..<3).map { String(decoding: buffer.message($0), as: UTF8.self) } == [#"{"a":0}"#, "", #"{"a":2}"#])
        buffer.removeAll()
        encoder.encode(batch, into: buffer)
        #expect(String(decoding: buffer.message(1), as: UTF8.self) == #"{"a":1}"#)
    }

    @Test func keyAndValueFillOneRow() throws {
        let schema = Schema([Field("id", .bigint), Field("name", .string), Field("offset", .bigint)])
        let key = try Format.json(JSONOptions()).makeDecoder(fields: [ScanField(path: ["id"], type: .bigint, column: 0)]
        )
        let value = try Format.json(JSONOptions()).makeDecoder(fields: [
            ScanField(path: ["name"], type: .string, column: 1)
        ])
        let builder = BatchBuilder(schema: schema)
        func record(_ keyText: String, _ valueText: String, _ offset: Int64) -> Bool {
            builder.setInt64(2, offset)
            guard Array(keyText.utf8).withUnsafeBytes({ key.decode($0, into: builder) }).isSuccess,
                Array(valueText.utf8).withUnsafeBytes({ value.decode($0, into: builder) }).isSuccess
            else { return false }
            builder.commitRow()
            return true
        }
        #expect(record(#"{"id":1}"#, #"{"name":"a"}"#, 10))
        #expect(!record(#"{"id":2}"#, #"{"name":"b""#, 11))
        #expect(record(#"{}"#, #"{"name":"c"}"#, 12))
        let batch = builder.finish()
        #expect((0..<2).map { RowText.row(batch, $0) } == [["1", "a", "10"], ["null", "c", "12"]])
    }
}
