import Columnar
import Dataflow
import Foundation
import TestKit
import Testing

@testable import BuiltinConnectors

struct PrintTests {
    private let schema = Schema([
        Field("a", .bigint), Field("b", .string), Field("c", .double), Field("d", .decimal(precision: 10, scale: 2)),
        Field("e", .timestamp(precision: 3)), Field("f", .timestampLTZ(precision: 3)), Field("g", .date),
        Field("h", .bytes), Field("i", .boolean), Field("j", .decimal(precision: 38, scale: 10)), Field("k", .int),
    ])

    private func batch() -> RecordBatch {
        let columns = schema.fields.map { Column(type: $0.type, capacity: 3) }
        for column in columns {
            column.setValid(0)
            column.setValid(2)
        }
        columns[0].int64s[0] = 42
        if let arena = columns[1].arena {
            columns[1].slices[0] = Array("Älien".utf8).withUnsafeBytes { arena.append($0) }
        }
        columns[2].doubles[0] = 4.5
        columns[3].int64s[0] = -5
        columns[4].int64s[0] = 0
        columns[5].int64s[0] = 1_704_067_200_123_000
        columns[6].int32s[0] = -1
        if let arena = columns[7].arena { columns[7].slices[0] = [UInt8(1), 255].withUnsafeBytes { arena.append($0) } }
        columns[8].bools[0] = 1
        columns[9].int128s[0] = 12_345_678_901_234_567_890_123
        columns[10].int32s[0] = -7
        let kinds = RowKindColumn(capacity: 3)
        kinds.values[1] = RowKind.delete.rawValue
        kinds.values[2] = RowKind.updateAfter.rawValue
        return RecordBatch(
            schema: schema, columns: columns, rowCount: 3, selection: SelectionVector([0, 1]), rowKinds: kinds)
    }

    @Test(arguments: [(nil, 1, ""), ("out", 1, "out> "), (nil, 2, "1> "), ("out", 2, "out:1> ")])
    func linesAreFlinks(identifier: String?, writers: Int, prefix: String) throws {
        let written = Observed("")
        let sink = PrintSink(schema: schema, identifier: identifier) { data in
            written.update { $0 += String(decoding: data, as: UTF8.self) }
        }
        let all = try (0..<writers).map { try sink.makeWriter(subtask: $0, wakeUp: {}) }
        try all[0].write(batch())
        #expect(written.read { $0 } == "")
        try all[0].nudge()
        #expect(
            written.read { $0 } == """
                \(prefix)+I[42, Älien, 4.5, -0.05, 1970-01-01T00:00, 2024-01-01T00:00:00.123Z, 1969-12-31, [1, -1], true, \
                1234567890123.4567890123, -7]
                \(prefix)-D[null, null, null, null, null, null, null, null, null, null, null]

                """)
    }

    @Test(arguments: [
        (1.0, "1.0"), (0.1, "0.1"), (1e7, "1.0E7"), (12345678.9, "1.23456789E7"), (9999999.5, "9999999.5"),
        (0.001, "0.001"), (0.00099, "9.9E-4"), (-0.0, "-0.0"), (1e300, "1.0E300"), (123.456, "123.456"),
        (100, "100.0"), (.infinity, "Infinity"), (-1.5e-10, "-1.5E-10"), (1_234_567, "1234567.0"),
        (1e16, "1.0E16"),
    ])
    func doublesAreJavas(value: Double, text: String) {
        #expect(RowText.double(value) == text)
    }

    @Test func timesShowWhatIsNotZero() {
        #expect(RowText.timestamp(61_000_000, isInstant: false) == "1970-01-01T00:01:01")
        #expect(RowText.timestamp(60_000_001, isInstant: false) == "1970-01-01T00:01:00.000001")
        #expect(RowText.timestamp(-1, isInstant: true) == "1969-12-31T23:59:59.999999Z")
        #expect(RowText.timestamp(0, isInstant: true) == "1970-01-01T00:00:00Z")
    }

    @Test func unknownOptionsAreNamed() {
        let table = TableDefinition(
            name: "t", fields: [], primaryKey: [], options: ["connector": "print", "print-identifer": "x"])
        #expect(PrintConnector().problems(table).first?.message.contains("print-identifier") == true)
        #expect(BlackholeConnector().problems(table).count == 1)
        #expect(PrintConnector().capabilities(table).sink == .upsert)
    }
}
