import Columnar
import Testing

@testable import Formats

struct JSONTimestampTests {
    static let base: Int64 = 1_709_251_199_000_000  // 2024-02-29 23:59:59

    static func read(_ text: String, _ type: LogicalType, options: [String: String] = [:]) throws -> String {
        try decoded("{\"a\":\(text)}", [("a", type)], options: options)[0]
    }

    static func code(_ text: String, _ type: LogicalType) throws -> DecodeStatus.Code {
        try status("{\"a\":\(text)}", [("a", type)]).code
    }

    @Test(arguments: [
        ("2024-02-29 23:59:59", base), ("2024-02-29T23:59:59", base), ("2024-02-29 23:59:59.5", base + 500_000),
        ("2024-02-29 23:59:59.123456", base + 123_456), ("2024-02-29 23:59:59.123456789", base + 123_456),
        ("2024-02-29 23:59", base - 59_000_000), ("1970-01-01 00:00:00", 0), ("1969-12-31 23:59:59.999999", -1),
        ("0000-01-01 00:00:00", -62_167_219_200_000_000), ("9999-12-31 23:59:59.999999", 253_402_300_799_999_999),
        ("+10000-01-01 00:00:00", 253_402_300_800_000_000), ("-0001-12-31 00:00:00", -62_167_305_600_000_000),
    ])
    func timestampsWithoutZone(text: String, microseconds: Int64) throws {
        #expect(try Self.read("\"\(text)\"", .timestamp(precision: 6)) == String(microseconds))
        #expect(try Self.read("\"\(text)Z\"", .timestampLTZ(precision: 6)) == String(microseconds))
        #expect(try Self.code("\"\(text)Z\"", .timestamp(precision: 6)) == .zoneUnexpected)
        #expect(try Self.code("\"\(text)\"", .timestampLTZ(precision: 6)) == .zoneMissing)
    }

    @Test(arguments: [
        ("Z", 0), ("z", 0), ("+00:00", 0), ("+02:00", -7200), ("-05:30", 19_800), ("+0530", -19_800), ("+01", -3600),
        ("-18:00", 64_800),
    ])
    func offsetsAreTakenOff(zone: String, seconds: Int64) throws {
        #expect(
            try Self.read("\"2024-02-29T23:59:59\(zone)\"", .timestampLTZ(precision: 3))
                == String(Self.base + seconds * 1_000_000))
    }

    @Test func precisionCutsOff() throws {
        #expect(
            try Self.read("\"2024-02-29 23:59:59.123999\"", .timestamp(precision: 3)) == String(Self.base + 123_000))
        #expect(try Self.read("\"1969-12-31 23:59:59.999999\"", .timestamp(precision: 3)) == "-1000")
    }

    @Test(arguments: [
        ("1700000000123", 1_700_000_000_123_000), ("0", 0), ("-1", -1000), ("1700000000123.25", 1_700_000_000_123_250),
        ("1.7e12", 1_700_000_000_000_000), ("9223372036854775", 9_223_372_036_854_775_000),
    ])
    func numbersAreEpochMilliseconds(text: String, microseconds: Int64) throws {
        #expect(try Self.read(text, .timestamp(precision: 6)) == String(microseconds))
        #expect(try Self.read(text, .timestampLTZ(precision: 6)) == String(microseconds))
    }

    @Test func numbersOutOfRangeFail() throws {
        #expect(try Self.code("9223372036854776", .timestamp(precision: 3)) == .numberOutOfRange)
        #expect(try Self.code("1e30", .timestamp(precision: 3)) == .numberOutOfRange)
    }

    @Test(arguments: [
        "", "2024", "2024-02-29", "2024-02-30 00:00:00", "2024-02-29 24:00:00", "2024-02-29 23:60:00",
        "2024-02-29 23:59:60", "2024-02-29 23:59:59.", "2024-02-29 23:59:59.1234567890", "2024-2-29 23:59:59",
        "2024-02-29_23:59:59", "2024-02-29 23:59:59 ", " 2024-02-29 23:59:59", "2024-02-29 23:5a:59",
        "1700000000123", "24-02-29 23:59:59", "2024/02/29 23:59:59", "2024-02-29 23-59-59", "x",
    ])
    func malformedTimestampsFail(text: String) throws {
        #expect(try Self.code("\"\(text)\"", .timestamp(precision: 3)) == .invalidTimestamp)
        #expect(try Self.code("\"\(text)Z\"", .timestampLTZ(precision: 3)) == .invalidTimestamp)
    }

    @Test func otherValuesAreNoTimestamps() throws {
        for text in ["true", "{}", "[0]"] {
            #expect(try Self.code(text, .timestamp(precision: 3)) == .invalidTimestamp)
            #expect(try Self.code(text, .date) == .invalidDate)
        }
        #expect(try Self.code("5", .date) == .invalidDate)
    }

    @Test func escapedTimestampsAreRead() throws {
        #expect(try Self.read(#""2024\u002d02-29 23:59:59""#, .timestamp(precision: 3)) == String(Self.base))
        #expect(try Self.read(#""2024\u002d02-29""#, .date) == "19782")
    }

    @Test func datesAreDays() throws {
        for (text, days) in [("1970-01-01", 0), ("2024-02-29", 19_782), ("1969-12-31", -1), ("0000-01-01", -719_528)] {
            #expect(try Self.read("\"\(text)\"", .date) == String(days))
        }
        for text in [
            "2023-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-1", "2024-01-01x", "20240101", "",
        ] {
            #expect(try Self.code("\"\(text)\"", .date) == .invalidDate, "\(text)")
        }
    }

    @Test func zeroTimestampsBecomeNullWhenAsked() throws {
        let options = ["zero-timestamp.behavior": "CONVERT_TO_NULL"]
        #expect(try Self.read("\"0000-00-00 00:00:00\"", .timestamp(precision: 3), options: options) == "null")
        #expect(try Self.read("\"0000-00-00T00:00:00.000Z\"", .timestampLTZ(precision: 3), options: options) == "null")
        #expect(try Self.code("\"0000-00-00 00:00:00\"", .timestamp(precision: 3)) == .invalidTimestamp)
    }

    @Test func longYearsAreWrittenWithASign() throws {
        let batch = try JSONWriterTests.batch(
            [#"{"d":"+12345-06-07","t":"-0001-02-03 04:05:06"}"#], [("d", .date), ("t", .timestamp(precision: 3))])
        #expect(try encoded(batch) == [#"{"d":"+12345-06-07","t":"-0001-02-03 04:05:06"}"#])
    }
}
