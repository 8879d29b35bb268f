import Columnar
import Testing

@testable import Formats

struct JSONWriterTests {
    static let everyType: [(String, LogicalType)] = [
        ("flag", .boolean), ("i", .int), ("l", .bigint), ("d", .double), ("n", .decimal(precision: 10, scale: 2)),
        ("w", .decimal(precision: 38, scale: 4)), ("s", .string), ("b", .bytes), ("day", .date),
        ("t", .timestamp(precision: 6)), ("z", .timestampLTZ(precision: 3)),
    ]

    static let everyValue =
        #"{"flag":true,"i":-2147483648,"l":9223372036854775807,"d":4.5,"n":-12.30,"w":123456789012345678901234567890.1234,"#
        + #""s":"a\"b\\c\n\u0001é😀","b":"AQL/","day":"2024-02-29","t":"2024-02-29 23:59:59.123456","z":"2024-02-29 23:59:59.5Z"}"#

    static func batch(_ json: [String], _ fields: [(String, LogicalType)]) throws -> RecordBatch {
        let reader = try Reader(fields)
        for document in json {
            let status = reader.decode(document)
            #expect(status.isSuccess, "\(status.message(fields: reader.decoder.fields)): \(document)")
        }
        return reader.builder.finish()
    }

    @Test func everyTypeIsReadAndWrittenAlike() throws {
        let batch = try Self.batch([Self.everyValue], Self.everyType)
        #expect(try encoded(batch) == [Self.everyValue])
    }

    @Test func nullsAreWrittenOrLeftOut() throws {
        let fields: [(String, LogicalType)] = [("a", .int), ("o.b", .int), ("o.p.c", .int), ("d", .string)]
        let batch = try Self.batch(["{}", #"{"o":{"b":1},"d":"x{"}"#, #"{"o":{"p":{"c":2}}}"#, #"{"a":1}"#], fields)
        let writeFields = fields.enumerated().map {
            WriteField(path: $1.0.split(separator: ".").map(String.init), column: $0)
        }
        #expect(
            try encoded(batch, fields: writeFields) == [
                #"{"a":null,"o":{"b":null,"p":{"c":null}},"d":null}"#,
                #"{"a":null,"o":{"b":1,"p":{"c":null}},"d":"x{"}"#,
                #"{"a":null,"o":{"b":null,"p":{"c":2}},"d":null}"#,
                #"{"a":1,"o":{"b":null,"p":{"c":null}},"d":null}"#,
            ])
        #expect(
            try encoded(batch, options: ["encode.ignore-null-fields": "true"], fields: writeFields) == [
                "{}", #"{"o":{"b":1},"d":"x{"}"#, #"{"o":{"p":{"c":2}}}"#, #"{"a":1}"#,
            ])
    }

    @Test func timestampsFollowTheStandard() throws {
        let fields: [(String, LogicalType)] = [("t", .timestamp(precision: 3)), ("z", .timestampLTZ(precision: 6))]
        let batch = try Self.batch([#"{"t":1700000000123,"z":-1}"#, #"{"t":0,"z":1700000000000}"#], fields)
        #expect(
            try encoded(batch) == [
                #"{"t":"2023-11-14 22:13:20.123","z":"1969-12-31 23:59:59.999Z"}"#,
                #"{"t":"1970-01-01 00:00:00","z":"2023-11-14 22:13:20Z"}"#,
            ])
        #expect(
            try encoded(batch, options: ["timestamp-format.standard": "ISO-8601"]).first
                == #"{"t":"2023-11-14T22:13:20.123","z":"1969-12-31T23:59:59.999Z"}"#)
        #expect(
            try encoded(batch, options: ["encode.timestamp": "epoch-millis"]).first
                == #"{"t":1700000000123,"z":-1}"#)
    }

    /// The text of the last day is kept: days in turns, repeated, with signs, and in two columns.
    @Test func daysFollowEachOtherInAnyOrder() throws {
        let fields: [(String, LogicalType)] = [("t", .timestampLTZ(precision: 3)), ("day", .date)]
        let days: [(milliseconds: Int, text: String)] = [
            (0, "1970-01-01"), (-1, "1969-12-31"), (86_399_999, "1970-01-01"), (86_400_000, "1970-01-02"),
            (86_400_001, "1970-01-02"), (1_709_164_800_000, "2024-02-29"), (1_709_251_200_000, "2024-03-01"),
            (253_402_300_800_000, "+10000-01-01"), (253_402_300_799_999, "9999-12-31"), (0, "1970-01-01"),
        ]
        let dates = ["1970-01-01", "2024-02-29", "1970-01-01", "1970-01-02", "2024-02-29"]
        let rows = days.enumerated().map { #"{"t":\#($1.milliseconds),"day":"\#(dates[$0 % dates.count])"}"# }
        let found = try encoded(try Self.batch(rows, fields))
        for (index, text) in found.enumerated() {
            #expect(text.hasPrefix(#"{"t":"\#(days[index].text) "#), "\(text)")
            #expect(text.hasSuffix(#""day":"\#(dates[index % dates.count])"}"#), "\(text)")
        }
    }

    @Test func onlySelectedRowsAndColumnsAreWritten() throws {
        let batch = try Self.batch((0..<5).map { #"{"a":\#($0),"b":"v\#($0)"}"# }, [("a", .int), ("b", .string)])
        let selected = batch.selecting(SelectionVector([1, 4]))
        #expect(
            try encoded(selected, fields: [WriteField(path: ["k"], column: 1)]) == [#"{"k":"v1"}"#, #"{"k":"v4"}"#])
    }

    @Test func numbersThatJSONHasNotAreStrings() throws {
        let batch = try Self.batch(
            [#"{"d":"NaN"}"#, #"{"d":"Infinity"}"#, #"{"d":"-Infinity"}"#, #"{"d":-0.0}"#], [("d", .double)])
        #expect(try encoded(batch) == [#"{"d":"NaN"}"#, #"{"d":"Infinity"}"#, #"{"d":"-Infinity"}"#, #"{"d":-0.0}"#])
    }
}
