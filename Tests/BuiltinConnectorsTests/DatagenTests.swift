import Columnar
import Dataflow
import TestKit
import Testing

@testable import BuiltinConnectors

struct DatagenTests {
    private static let types: [(String, LogicalType)] = [
        ("id", .bigint), ("small", .int), ("flag", .boolean), ("score", .double),
        ("price", .decimal(precision: 10, scale: 2)),
        ("big", .decimal(precision: 30, scale: 1)), ("name", .string), ("raw", .bytes), ("day", .date),
        ("ts", .timestampLTZ(precision: 3)),
    ]

    private func table(_ options: [String: String], columns: [String]? = nil) -> TableDefinition {
        let fields = Self.types.filter { columns?.contains($0.0) ?? true }.map { name, type in
            TableField(name: name, type: type, isNullable: true, origin: .payload(path: [name]))
        }
        return TableDefinition(
            name: "made", fields: fields, primaryKey: [],
            options: options.merging(["connector": "datagen"]) { first, _ in first })
    }

    private func source(_ table: TableDefinition, _ clock: ProcessingClock, fields: [TableField]? = nil) throws
        -> any Source
    {
        let environment = ConnectorEnvironment(
            job: JobIdentity(name: "job", instance: "1"), clock: clock, checkpointIntervalMilliseconds: 1000,
            log: { _ in })
        return try DatagenConnector().makeSource(SourceSpec(table: table, fields: fields ?? table.fields), environment)
    }

    /// Reads all parts to their ends.
    private func readAll(_ source: any Source, _ clock: ManualClock, restored: [SplitState] = []) throws -> [[String]] {
        let reader = try source.makeReader(splits: try source.start(restored: restored), wakeUp: {})
        defer { source.stop() }
        clock.advance(milliseconds: 3_600_000)
        var lines: [[String]] = []
        for split in reader.splits.indices {
            lines.append([])
            while true {
                let read = try reader.read(split: split, maximumRowCount: 100)
                if let batch = read.batch { lines[split].append(contentsOf: text(batch)) }
                if read.status == .finished { break }
                #expect(read.status == .more)
            }
        }
        return lines
    }

    private func text(_ batch: RecordBatch) -> [String] {
        let formatters = batch.schema.fields.map { RowText.formatter($0.type) }
        return (0..<batch.rowCount).map { row in
            var line = ""
            for (index, column) in batch.columns.enumerated() {
                if column.isValid(row) { formatters[index](column, row, &line) } else { line += "null" }
                line += "|"
            }
            return line
        }
    }

    @Test func seedMakesTheSameRowsWhateverThePartsAndColumns() throws {
        var options = ["number-of-rows": "500", "seed": "7", "fields.name.null-rate": "0.2", "fields.name.length": "9"]
        let clock = ManualClock()
        let first = try readAll(source(table(options), clock.clock), clock)
        #expect(first.map(\.count) == [500])
        #expect(try readAll(source(table(options), clock.clock), clock) == first)
        let nulls = first[0].filter { $0.contains("|null|") }.count
        #expect((50...150).contains(nulls))
        options["scan.parallelism"] = "3"
        let parts = try readAll(source(table(options), clock.clock), clock)
        #expect(parts.map(\.count) == [167, 167, 166])
        #expect(Set(parts.joined()) == Set(first[0]))
        options["scan.parallelism"] = "1"
        let whole = table(options)
        let some = try readAll(source(whole, clock.clock, fields: [whole.fields[6]]), clock)
        #expect(some[0] == first[0].map { $0.split(separator: "|")[6] + "|" })
        options["seed"] = "8"
        #expect(try readAll(source(table(options), clock.clock), clock) != first)
    }

    @Test func sequencesCountAndEndTheTable() throws {
        let options = [
            "fields.id.kind": "sequence", "fields.id.start": "5", "fields.id.end": "14", "fields.name.kind": "sequence",
            "fields.name.start": "1", "fields.name.end": "100", "fields.price.kind": "sequence",
            "fields.price.start": "-1",
            "fields.price.end": "50",
        ]
        let clock = ManualClock()
        let rows = try readAll(source(table(options, columns: ["id", "price", "name"]), clock.clock), clock)
        #expect(rows == [(0..<10).map { "\(5 + $0)|\($0 - 1).00|\($0 + 1)|" }])
    }

    @Test func randomValuesStayWithinTheirBounds() throws {
        let options = [
            "number-of-rows": "2000", "fields.id.min": "-3", "fields.id.max": "3", "fields.score.min": "1",
            "fields.score.max": "2", "fields.price.min": "0.5", "fields.price.max": "0.75",
        ]
        let clock = ManualClock()
        let rows = try readAll(source(table(options, columns: ["id", "score", "price"]), clock.clock), clock)[0]
        let ids = Set(rows.compactMap { Int($0.split(separator: "|")[0]) })
        #expect(ids == Set(-3...3))
        for row in rows {
            let parts = row.split(separator: "|").compactMap { Double($0) }
            #expect(parts[1] >= 1 && parts[1] < 2 && parts[2] >= 0.5 && parts[2] <= 0.75)
        }
    }

    @Test func rowsComeNoFasterThanAskedFor() throws {
        let clock = ManualClock()
        let source = try source(table(["rows-per-second": "100"], columns: ["id", "ts"]), clock.clock)
        let reader = try source.makeReader(splits: try source.start(restored: []), wakeUp: {})
        defer { source.stop() }
        #expect(try reader.read(split: 0, maximumRowCount: 1000).batch?.rowCount == 1)
        #expect(try reader.read(split: 0, maximumRowCount: 1000).batch == nil)
        clock.advance(milliseconds: 500)
        let read = try reader.read(split: 0, maximumRowCount: 1000)
        #expect(read.batch?.rowCount == 50)
        #expect(read.status == .waiting)
        // The rows' times are as far apart.
        let times = try #require(read.batch?.columns[1].int64s)
        #expect(times[49] - times[0] == 490_000)
        #expect(reader.isCaughtUp(split: 0))
    }

    @Test func restartGoesOnWithTheRowsThatWouldHaveFollowed() throws {
        let clock = ManualClock()
        let options = ["number-of-rows": "300"]
        let first = try source(table(options), clock.clock)
        let reader = try first.makeReader(splits: try first.start(restored: []), wakeUp: {})
        clock.advance(milliseconds: 10_000)
        let before = text(try #require(try reader.read(split: 0, maximumRowCount: 100).batch))
        let state = reader.state(split: 0)
        #expect(state.nextOffset == 100)
        let expected = text(try #require(try reader.read(split: 0, maximumRowCount: 200).batch))
        first.stop()
        let after = try readAll(source(table(options), clock.clock), clock, restored: [state])
        #expect(after == [expected])
        #expect(Set(before).isDisjoint(with: expected))
    }

    @Test(arguments: [
        ("rows-per-second", "0", "from 1 to"), ("fields.nme.length", "3", "did you mean 'name'?"),
        ("fields.id.mim", "3", "did you mean 'min'?"), ("fields.flag.kind", "sequence", "cannot be a sequence"),
        ("fields.id.kind", "sequence", "needs 'fields.id.start'"), ("fields.small.max", "3000000000", "outside"),
        ("row-per-second", "5", "did you mean 'rows-per-second'?"), ("fields.name.null-rate", "2", "from 0 to 1"),
        ("fields.score.min", "x", "a number is expected"),
    ])
    func wrongOptionsAreNamed(option: String, value: String, message: String) {
        let problems = DatagenConnector().problems(table([option: value]))
        #expect(problems.contains { $0.message.contains(message) }, "\(problems)")
    }
}
