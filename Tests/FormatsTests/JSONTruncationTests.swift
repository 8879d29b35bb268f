import Columnar
import TestKit
import Testing

@testable import Formats

/// Documents cut off anywhere, in memory that ends where they end.
struct JSONTruncationTests {
    static let document =
        #" {"flag":true,"i":-21,"l":9223372036854775807,"d":4.5e-3,"n":-12.30,"s":"a\"b\\c\n\u0001é😀 \ud83d\ude00 plain text","#
        + #""b":"AQL/","day":"2024-02-29","t":"2024-02-29 23:59:59.123456","z":"2024-02-29T23:59:59.5+01:00","#
        + #""unknown \u0061":[null,{"x":[1.5,-2e10,"é\n"],"y":false}],"o":{"p":{"q":17},"r":null},"long name of a field":1}"#

    static let fields: [(String, LogicalType)] = [
        ("flag", .boolean), ("i", .int), ("l", .bigint), ("d", .double), ("n", .decimal(precision: 10, scale: 2)),
        ("s", .string), ("b", .bytes), ("day", .date), ("t", .timestamp(precision: 6)),
        ("z", .timestampLTZ(precision: 3)),
        ("o.p.q", .int), ("o.r", .string), ("long name of a field", .int),
    ]

    @Test func everyPrefixFailsAndLeavesNoRow() throws {
        let bytes = Array(Self.document.utf8)
        for schema in [Self.fields, [("x", .int)], [("o.r", .string)], [("o", .string)]] {
            let reader = try Reader(schema)
            for count in 0..<bytes.count {
                let status = reader.decode(bytes[..<count])
                #expect(!status.isSuccess, "\(count) bytes")
                #expect(!status.isConversionFailure || count == 0 || status.field >= 0)
                #expect(reader.builder.rowCount == 0)
                #expect(reader.builder.arenaWriter.count == 0)
            }
            #expect(reader.decode(bytes).isSuccess)
            let batch = reader.builder.finish()
            #expect(batch.rowCount == 1)
        }
    }

    @Test func everySuffixFails() throws {
        let bytes = Array(Self.document.utf8)
        let reader = try Reader(Self.fields)
        for start in 2..<bytes.count {
            #expect(!reader.decode(bytes[start...]).isSuccess, "from byte \(start)")
        }
    }

    /// Whatever bytes come, a decoder neither crashes nor reads past them, and the next good document is read as ever.
    @Test func randomBytesAreSurvived() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededRandom(seed: seed)
        let reader = try Reader(Self.fields)
        let good = Array(Self.document.utf8)
        #expect(reader.decode(good).isSuccess)
        let expected = reader.rows()
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if reader.decode(bytes).isSuccess { _ = reader.builder.finish() }
        }
        #expect(reader.decode(good).isSuccess)
        #expect(reader.rows() == expected, "seed \(seed)")
    }
}
