import Columnar
import Foundation
import TestKit
import Testing

@testable import Formats

/// What the writer writes, the scanner reads back, and Foundation too.
struct JSONRoundTripTests {
    static let types: [LogicalType] = [
        .boolean, .int, .bigint, .double, .decimal(precision: 18, scale: 5), .decimal(precision: 38, scale: 10),
        .string, .bytes,
        .date, .timestamp(precision: 3), .timestamp(precision: 6), .timestampLTZ(precision: 3),
        .timestampLTZ(precision: 6),
        .decimal(precision: 5, scale: 0), .decimal(precision: 20, scale: 20),
    ]

    static func fill(_ column: Column, _ row: Int, _ generator: inout SeededRandom) {
        column.setValid(row)
        let shift = Int64.random(in: 0...63, using: &generator)
        let bits = Int64(bitPattern: generator.next()) >> shift
        switch column.type {
        case .boolean: column.bools[row] = UInt8(bits & 1)
        case .int: column.int32s[row] = Int32(truncatingIfNeeded: bits)
        case .date: column.int32s[row] = Int32(truncatingIfNeeded: bits % 10_000_000)
        case .bigint: column.int64s[row] = bits
        case .double: column.doubles[row] = double(bits, &generator)
        case .decimal(let precision, _):
            let limit = PowersOfTen.wide(precision)
            let value = UInt128(generator.next()) << 64 | UInt128(generator.next())
            let magnitude = Int128((value >> UInt128(Int.random(in: 0...127, using: &generator))) % limit)
            let signed = bits < 0 ? -magnitude : magnitude
            if precision <= 18 { column.int64s[row] = Int64(signed) } else { column.int128s[row] = signed }
        case .timestamp(let precision), .timestampLTZ(let precision):
            // Years -9999 to 9999 and some beyond.
            let value = bits % 700_000_000_000_000_000
            column.int64s[row] = precision == 3 ? value / 1000 * 1000 : value
        case .string, .bytes:
            guard let arena = column.arena else { return }
            let bytes = column.type == .string ? Array(text(&generator).utf8) : bytes(&generator)
            column.slices[row] = bytes.withUnsafeBytes { arena.append($0) }
        }
    }

    static func double(_ bits: Int64, _ generator: inout SeededRandom) -> Double {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return Double(bits)
        case 1: return Double(bits % 1_000_000) / 100
        case 2: return Double(bits % 1_000_000_000_000) / 1_000_000
        case 3: return Double.random(in: -1000...1000, using: &generator)
        default:
            let value = Double(bitPattern: generator.next())
            return value.isNaN ? .nan : value
        }
    }

    static func text(_ generator: inout SeededRandom) -> String {
        let pool: [Unicode.Scalar] = [
            "a", "b", " ", "\"", "\\", "\n", "\u{0}", "\u{1f}", "\u{7f}", "é", "€", "😀", "/", "{", "z",
        ]
        var result = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            result.append(pool[min(Int.random(in: 0..<30, using: &generator), pool.count - 1)])
        }
        return String(result)
    }

    static func bytes(_ generator: inout SeededRandom) -> [UInt8] {
        (0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test(arguments: [
        [:], ["timestamp-format.standard": "ISO-8601"], ["encode.ignore-null-fields": "true"],
        ["encode.decimal-as-plain-number": "true"],
    ])
    func randomRowsComeBack(options: [String: String]) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededRandom(seed: seed)
        let fields = Self.types.enumerated().map { ("field \($0)", $1) }
        let schema = Schema(fields.map { Field($0.0, $0.1) })
        let rowCount = 500
        let columns = Self.types.map { Column(type: $0, capacity: rowCount) }
        for row in 0..<rowCount {
            for column in columns where Int.random(in: 0..<8, using: &generator) > 0 {
                Self.fill(column, row, &generator)
            }
        }
        let batch = RecordBatch(schema: schema, columns: columns, rowCount: rowCount)
        let messages = try encoded(batch, options: options)
        #expect(messages.count == rowCount)
        let reader = try Reader(fields)
        for (row, message) in messages.enumerated() {
            let status = reader.decode(message)
            #expect(status.isSuccess, "\(status.message(fields: reader.decoder.fields)) in \(message), seed \(seed)")
            let object = try? JSONSerialization.jsonObject(with: Data(message.utf8)) as? [String: Any]
            #expect(object != nil, "\(message), seed \(seed)")
            if columns[6].isValid(row) {
                #expect(object?["field 6"] as? String == RowText.value(columns[6], row), "seed \(seed)")
            }
        }
        let read = reader.builder.finish()
        for row in 0..<min(rowCount, read.rowCount) {
            #expect(RowText.row(read, row) == RowText.row(batch, row), "row \(row), seed \(seed)")
        }
    }

    @Test func doublesAreShortestAndExact() throws {
        let column = Column(type: .double, capacity: 20)
        let values: [(Double, String)] = [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (4.5, "4.5"), (-4.25, "-4.25"), (0.1, "0.1"), (0.001, "0.001"),
            (100, "100.0"),
            (1234567.891, "1234567.891"), (0.123456, "0.123456"), (99_999_999_999, "99999999999.0"), (0.3, "0.3"),
            (0.1 + 0.2, "0.30000000000000004"), (123456.654321, "123456.654321"), (1e15, "1000000000000000.0"),
            (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        ]
        for (row, value) in values.enumerated() {
            column.doubles[row] = value.0
            column.setValid(row)
        }
        let batch = RecordBatch(schema: Schema([Field("d", .double)]), columns: [column], rowCount: values.count)
        #expect(try encoded(batch) == values.map { "{\"d\":\($0.1)}" })
    }

    @Test func decimalsArePlainOrAsJavaPrintsThem() throws {
        let column = Column(type: .decimal(precision: 18, scale: 9), capacity: 8)
        let values: [Int64] = [27, 123_456_789, -1_500_000_000, 0, 1000, 999_999_999_999_999_999, -1]
        for (row, value) in values.enumerated() { column.int64s[row] = value }
        column.setAllValid(values.count)
        let batch = RecordBatch(
            schema: Schema([Field("n", column.type)]), columns: [column], rowCount: values.count)
        #expect(
            try encoded(batch, options: ["encode.decimal-as-plain-number": "true"])
                == [
                    "0.000000027", "0.123456789", "-1.500000000", "0.000000000", "0.000001000", "999999999.999999999",
                    "-0.000000001",
                ].map { "{\"n\":\($0)}" })
        #expect(
            try encoded(batch)
                == [
                    "2.7E-8", "0.123456789", "-1.500000000", "0E-9", "0.000001000", "999999999.999999999", "-1E-9",
                ].map { "{\"n\":\($0)}" })
    }

    @Test func integersOfEveryLengthAreWritten() throws {
        var values: [Int64] = [0, -1, .min, .max]
        var power: Int64 = 1
        for _ in 0..<19 {
            values += [power, power - 1, power + 1, -power, power &* 9]
            power = power &* 10
        }
        let column = Column(type: .bigint, capacity: values.count)
        for (row, value) in values.enumerated() { column.int64s[row] = value }
        column.setAllValid(values.count)
        let batch = RecordBatch(
            schema: Schema([Field("n", .bigint)]), columns: [column], rowCount: values.count)
        #expect(try encoded(batch) == values.map { "{\"n\":\($0)}" })
    }
}
