import Columnar
import Expressions
import Testing

struct CastTests {
    typealias Harness = ExpressionHarness

    struct Example: Sendable, CustomTestStringConvertible {
        var source: ScalarExpression
        var target: ExpressionType
        /// The value, or the code of the failure.
        var expected: Result<ScalarValue, ExpressionError.Code>

        init(_ source: ScalarValue, _ target: ExpressionType, _ expected: ScalarValue) {
            self.source = Harness.literal(source)
            self.target = target
            self.expected = .success(expected)
        }

        init(_ source: ScalarValue, _ target: ExpressionType, fails code: ExpressionError.Code) {
            self.source = Harness.literal(source)
            self.target = target
            expected = .failure(code)
        }

        var testDescription: String { "CAST(\(source) AS \(target))" }
    }

    static let numbers: [Example] = [
        Example(.int(5), .bigint, .bigint(5)), Example(.int(5), .double, .double(5)),
        Example(.bigint(5), .int, .int(5)),
        Example(.bigint(1 << 31), .int, fails: .numericOutOfRange), Example(.double(2.9), .int, .int(2)),
        Example(.double(-2.9), .bigint, .bigint(-2)), Example(.double(.nan), .int, fails: .numericOutOfRange),
        Example(.double(9.3e18), .bigint, fails: .numericOutOfRange),
        Example(.double(-9_223_372_036_854_775_808), .bigint, .bigint(.min)),
        Example(.int(12), .decimal(5, 2), .decimal(1200)),
        Example(.int(1234), .decimal(5, 2), fails: .numericOutOfRange),
        Example(.double(1.005), .decimal(5, 2), .decimal(101)),
        Example(.double(-1.005), .decimal(5, 2), .decimal(-101)),
        Example(.double(1e30), .decimal(38, 2), .decimal(100_000_000_000_000_000_000_000_000_000_000)),
        Example(.double(1e30), .decimal(20, 2), fails: .numericOutOfRange),
        Example(.boolean(true), .int, .int(1)), Example(.boolean(false), .double, .double(0)),
        Example(.boolean(true), .decimal(3, 1), .decimal(10)), Example(.int(3), .boolean, .boolean(true)),
        Example(.double(0), .boolean, .boolean(false)), Example(.null, .int, .null),
    ]

    static let texts: [Example] = [
        Example(.string(" 42 "), .int, .int(42)), Example(.string("-42"), .bigint, .bigint(-42)),
        Example(.string("+7.9"), .int, .int(7)), Example(.string("4x"), .int, fails: .castFailure),
        Example(.string(""), .int, fails: .castFailure), Example(.string("."), .int, fails: .castFailure),
        Example(.string("2147483648"), .int, fails: .numericOutOfRange),
        Example(.string("-9223372036854775808"), .bigint, .bigint(.min)),
        Example(.string("9223372036854775808"), .bigint, fails: .numericOutOfRange),
        Example(.string("1.5e3"), .double, .double(1500)), Example(.string("0.1"), .double, .double(0.1)),
        Example(.string("1234567.890123456789"), .double, .double(1234567.890123456789)),
        Example(.string("NaN1"), .double, fails: .castFailure), Example(.string("0x10"), .double, fails: .castFailure),
        Example(.string("-Infinity"), .double, .double(-.infinity)),
        Example(.string("12.345"), .decimal(5, 2), .decimal(1235)),
        Example(.string("1e2"), .decimal(5, 2), .decimal(10000)),
        Example(.string("1234"), .decimal(5, 2), fails: .numericOutOfRange),
        Example(.string("12a"), .decimal(5, 2), fails: .castFailure),
        Example(.string("999.995"), .decimal(5, 2), fails: .numericOutOfRange),
        Example(.string("0.004"), .decimal(5, 2), .decimal(0)), Example(.string("0.005"), .decimal(5, 2), .decimal(1)),
        Example(.string("5e-3"), .decimal(5, 2), .decimal(1)), Example(.string("1e-30"), .decimal(5, 2), .decimal(0)),
        Example(.string("TRUE"), .boolean, .boolean(true)), Example(.string("n"), .boolean, .boolean(false)),
        Example(.string("maybe"), .boolean, fails: .castFailure),
        Example(.int(-42), .string, .string("-42")), Example(.bigint(.min), .string, .string("-9223372036854775808")),
        Example(.boolean(true), .string, .string("TRUE")), Example(.double(1.5), .string, .string("1.5")),
        Example(.double(1e10), .string, .string("1.0E10")), Example(.double(1.25e-5), .string, .string("1.25E-5")),
        Example(.double(12345678.9), .string, .string("1.23456789E7")),
        Example(.double(1234567), .string, .string("1234567.0")),
        Example(.double(-0.0), .string, .string("-0.0")), Example(.double(1e22), .string, .string("1.0E22")),
        Example(.double(0.001), .string, .string("0.001")), Example(.double(.infinity), .string, .string("Infinity")),
        Example(.string("héé"), .bytes, .bytes([0x68, 0xc3, 0xa9, 0xc3, 0xa9])),
        Example(.bytes([0x68, 0xff]), .string, .string("h\u{fffd}")),
    ]

    static let times: [Example] = [
        Example(.string("2024-02-29"), .date, .date(19782)), Example(.string("2023-02-29"), .date, fails: .castFailure),
        Example(.string("2024-2-9"), .date, .date(19762)), Example(.string("2024-02-29 10:00:00"), .date, .date(19782)),
        Example(.string("2024-02-29 01:02:03.456789"), .timestamp(3), .timestamp(1_709_168_523_456_000)),
        Example(.string("2024-02-29T01:02:03.456789"), .timestamp(6), .timestamp(1_709_168_523_456_789)),
        Example(.string("2024-02-29 24:00:00"), .timestamp(3), fails: .castFailure),
        Example(.string("1969-12-31 23:59:59.999"), .timestamp(3), .timestamp(-1000)),
        Example(.string("2024-02-29T01:02:03Z"), .timestampLTZ(3), .timestamp(1_709_168_523_000_000)),
        Example(.string("2024-02-29T01:02:03+01:00"), .timestampLTZ(3), .timestamp(1_709_164_923_000_000)),
        Example(.date(19782), .string, .string("2024-02-29")), Example(.date(-1), .string, .string("1969-12-31")),
        Example(.timestamp(1_709_168_523_456_000), .string, .string("2024-02-29 01:02:03.456")),
        Example(.timestamp(-1000), .date, .date(-1)), Example(.date(1), .timestamp(3), .timestamp(86_400_000_000)),
    ]

    @Test(arguments: numbers + texts + times)
    func castGivesTheValueOrFails(_ example: Example) throws {
        let cast = try ScalarExpression.casting(example.source, to: example.target)
        let attempt = try ScalarExpression.casting(example.source, to: example.target, mode: .null)
        switch example.expected {
        case .success(let value):
            #expect(try Harness.constant(cast) == value)
            #expect(try Harness.constant(attempt) == value)
        case .failure(let code):
            let error = #expect(throws: ExpressionError.self) { try Harness.constant(cast) }
            #expect(error?.code == code)
            #expect(try Harness.constant(attempt) == .null)
        }
    }

    @Test func anAttemptTurnsOnlyBadRowsIntoNull() throws {
        let attempt = try ScalarExpression.casting(Harness.column("s"), to: .int, mode: .null)
        #expect(
            try Harness.evaluate(attempt, ["s": [.string("1"), .string("x"), .null, .string("99999999999")]])
                == [.int(1), .null, .null, .null])
    }

    @Test func decimalsRescaleHalfUp() throws {
        let values: [ScalarValue] = [.decimal(12345), .decimal(-12345), .decimal(12344), .null]
        let cast = try ScalarExpression.casting(Harness.column("m"), to: .decimal(10, 1))
        #expect(
            try Harness.evaluate(cast, ["m": values]) == [.decimal(1235), .decimal(-1235), .decimal(1234), .null])
        let integers = try ScalarExpression.casting(Harness.column("m"), to: .int)
        #expect(try Harness.evaluate(integers, ["m": values]) == [.int(123), .int(-123), .int(123), .null])
        let doubles = try ScalarExpression.casting(Harness.column("m"), to: .double)
        #expect(
            try Harness.evaluate(doubles, ["m": values]) == [.double(123.45), .double(-123.45), .double(123.44), .null])
    }

    @Test func thereIsNoCastFromBytesToNumbers() {
        #expect(throws: ExpressionError.self) {
            try ScalarExpression.casting(Harness.literal(.bytes([1])), to: .int)
        }
    }
}

extension ExpressionError.Code: Error {}
