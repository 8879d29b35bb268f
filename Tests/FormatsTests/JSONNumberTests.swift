import Columnar
import Foundation
import TestKit
import Testing

@testable import Formats

struct JSONNumberTests {
    static func read(_ text: String, _ type: LogicalType) throws -> String {
        try decoded(#"{"a":\#(text)}"#, [("a", type)])[0]
    }

    static func code(_ text: String, _ type: LogicalType) throws -> DecodeStatus.Code {
        try status(#"{"a":\#(text)}"#, [("a", type)]).code
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("7", "7"), ("-7", "-7"), ("12345678", "12345678"), ("123456789", "123456789"),
        ("1234567890123456", "1234567890123456"), ("12345678901234567", "12345678901234567"),
        ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
        ("4.0", "4"), ("4.9", "4"), ("-4.9", "-4"), ("1e3", "1000"), ("1.5E+2", "150"), ("1200e-2", "12"),
        ("0.000", "0"), ("0e99999999999", "0"), ("1e-400", "0"), ("\"12\"", "12"), ("\" -12 \"", "-12"),
        ("\"+5\"", "5"), ("\"007\"", "7"), ("\"4.5\"", "4"), ("\"\\u0031\"", "1"),
        ("0.00000000000000000000000000000000000000000000001e50", "1000"),
    ])
    func bigintReads(text: String, value: String) throws {
        #expect(try Self.read(text, .bigint) == value)
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "99999999999999999999", "1e19", "1e99999999999999999999",
        "123456789012345678901234567890", "\"9223372036854775808\"",
    ])
    func bigintOverflows(text: String) throws {
        #expect(try Self.code(text, .bigint) == .numberOutOfRange)
    }

    @Test(arguments: ["2147483648", "-2147483649", "1e10"])
    func intOverflows(text: String) throws {
        #expect(try Self.code(text, .int) == .numberOutOfRange)
    }

    @Test func intReadsItsLimits() throws {
        #expect(try Self.read("2147483647", .int) == "2147483647")
        #expect(try Self.read("-2147483648", .int) == "-2147483648")
    }

    @Test(arguments: ["true", "{}", "[1]", "\"\"", "\"x\"", "\"1x\"", "\"1 2\"", "\".\"", "\"0x10\"", "\"1e\""])
    func otherValuesAreNotNumbers(text: String) throws {
        for type in [LogicalType.int, .bigint, .double, .decimal(precision: 5, scale: 1)] {
            #expect(try Self.code(text, type) == .notANumber, "\(text) as \(type)")
        }
    }

    @Test(arguments: [
        "01", "-", "-01", "1.", ".5", "+1", "1e", "1e+", "1.e3", "0x1", "1.5.5", "--1", "00", "1a", "- 1",
    ])
    func malformedNumbersFail(text: String) throws {
        for type in [
            LogicalType.int, .bigint, .double, .decimal(precision: 5, scale: 1), .timestamp(precision: 3), .string,
        ] {
            let status = try status(#"{"a":\#(text),"b":1}"#, [("a", type)])
            #expect(!status.isSuccess && !status.isConversionFailure, "\(text) as \(type): \(status)")
        }
        // Skipped, too.
        #expect(try !status(#"{"a":\#(text),"b":1}"#, [("b", .int)]).isSuccess)
    }

    @Test func doublesAreRoundedCorrectly() throws {
        let texts = [
            "0", "-0", "1", "4.5", "0.1", "0.30000000000000004", "1e22", "1e23", "123456789012345678", "5e-324",
            "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623157e308", "2.2250738585072011e-308",
            "9007199254740993", "9007199254740992.5", "0.1e-5", "179.99999999999997",
            "1.00000000000000011102230246251565",
            "100000000000000000000000", "8.41e21", "3.14159265358979323846264338327950288", "1e-400", "6.02214076e23",
            "0.000000000000000000000000000000000000000000000000000001",
            "12345678901234567890123456789012345678901234567890",
            "9007199254740993.0000000000000000000000000000000000001",
        ]
        for text in texts {
            let expected = strtod(text, nil)
            let value = try Self.read(text, .double)
            #expect(value == String(expected), "\(text)")
            #expect(try Self.read("\"\(text)\"", .double) == String(expected), "\"\(text)\"")
        }
        #expect(try Self.code("1e309", .double) == .numberOutOfRange)
        #expect(try Self.code("-1e400", .double) == .numberOutOfRange)
        #expect(try Self.read("\"NaN\"", .double) == "nan")
        #expect(try Self.read("\"-Infinity\"", .double) == "-inf")
    }

    @Test func randomDoublesAreReadAsTheCLibraryReadsThem() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededRandom(seed: seed)
        let reader = try Reader([("a", .double)])
        var expected: [Double] = []
        for _ in 0..<2000 {
            let digits = (0..<Int.random(in: 1...25, using: &generator)).map { _ in
                String(Int.random(in: 0...9, using: &generator))
            }.joined()
            let exponent = Int.random(in: -330...290, using: &generator)
            let text = "\(Int.random(in: 1...9, using: &generator)).\(digits)e\(exponent)"
            expected.append(strtod(text, nil))
            #expect(reader.decode(#"{"a":\#(text)}"#).isSuccess, "\(text), seed \(seed)")
        }
        let batch = reader.builder.finish()
        for (row, value) in expected.enumerated() {
            #expect(batch.columns[0].doubles[row].bitPattern == value.bitPattern, "row \(row), seed \(seed)")
        }
    }

    /// All lengths around those that the quick ways handle, with exponents around theirs.
    @Test func doublesOfManyLengthsAreReadAsTheCLibraryReadsThem() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededRandom(seed: seed)
        let reader = try Reader([("a", .double)])
        var wrong: [String] = []
        for round in 0..<20_000 {
            var text: String
            if round % 4 == 0 {
                text = String(Double(bitPattern: generator.next() & 0x3fff_ffff_ffff_ffff | 0x3000_0000_0000_0000))
            } else {
                let count = Int.random(in: 1...21, using: &generator)
                text = (0..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
                let point = Int.random(in: 0...count, using: &generator)
                text.insert(".", at: text.index(text.startIndex, offsetBy: point))
                text = "1" + (text.hasSuffix(".") ? text + "0" : text)
                if round % 2 == 0 { text += "e\(Int.random(in: -60...60, using: &generator))" }
            }
            guard reader.decode("{\"a\":\(text)}").isSuccess else {
                wrong.append(text)
                continue
            }
            let batch = reader.builder.finish()
            if batch.columns[0].doubles[0].bitPattern != strtod(text, nil).bitPattern { wrong.append(text) }
        }
        #expect(wrong.isEmpty, "seed \(seed)")
    }

    /// Halfway between two doubles, where rounding goes to the even one, and just beside.
    @Test func tiesAreRoundedToEven() throws {
        for text in [
            "9007199254740993", "9007199254740995", "9007199254740993.0", "9007199254740992.9", "9007199254740993.1",
            "18014398509481990", "18014398509481986", "36028797018963964", "1125899906842624.125",
            "1125899906842624.375",
            "4503599627370496.5", "4503599627370497.5", "4503599627370497.4999", "9223372036854776832", "5e22",
            "17592186044416.00390625", "8.5e15", "72057594037927945e1", "1152921504606847104",
            "0.500000000000000166533",
        ] {
            #expect(try Self.read(text, .double) == String(strtod(text, nil)), "\(text)")
        }
    }

    @Test(arguments: [
        ("12.30", "1230"), ("-12.3", "-1230"), ("0", "0"), ("1.005", "101"), ("1.004", "100"), ("-1.005", "-101"),
        ("0.005", "1"), ("0.0049999", "0"), ("1e2", "10000"), ("12345e-4", "123"), ("999.99", "99999"),
        ("\"7.1\"", "710"), ("0.00000000000000000000001e23", "100"), ("999.994", "99999"),
    ])
    func decimalsAreExact(text: String, unscaled: String) throws {
        #expect(try Self.read(text, .decimal(precision: 5, scale: 2)) == unscaled)
        #expect(try Self.read(text, .decimal(precision: 38, scale: 2)) == unscaled)
    }

    @Test(arguments: ["1000", "999.995", "1e3", "-1000", "123456789012345678901234567890", "1e400"])
    func decimalsThatDoNotFitFail(text: String) throws {
        #expect(try Self.code(text, .decimal(precision: 5, scale: 2)) == .numberOutOfRange)
    }

    @Test func wideDecimalsUseAllDigits() throws {
        let nines = String(repeating: "9", count: 38)
        #expect(try Self.read(nines, .decimal(precision: 38, scale: 0)) == nines)
        #expect(try Self.read("-0.\(nines)", .decimal(precision: 38, scale: 38)) == "-\(nines)")
        #expect(try Self.code("\(nines).5", .decimal(precision: 38, scale: 0)) == .numberOutOfRange)
        #expect(try Self.code("1\(nines)", .decimal(precision: 38, scale: 0)) == .numberOutOfRange)
        #expect(try Self.read("123456789012345678.9", .decimal(precision: 18, scale: 0)) == "123456789012345679")
    }

    @Test func booleansReadLiteralsAndTheirTexts() throws {
        for (text, value) in [
            ("true", "true"), ("false", "false"), ("\"true\"", "true"), ("\"FALSE\"", "false"), ("\" True \"", "true"),
            ("null", "null"),
        ] {
            #expect(try Self.read(text, .boolean) == value)
        }
        for text in ["1", "0", "\"yes\"", "\"\"", "{}", "\"truex\"", "\"fals\""] {
            #expect(try Self.code(text, .boolean) == .notABoolean, "\(text)")
        }
        for text in ["tru", "trux", "fals", "falsx", "truee", "nul", "nulL", "nulll"] {
            #expect(try Self.code(text, .boolean) == .unexpectedByte, "\(text)")
        }
    }
}
