import Columnar
import Dataflow
import Expressions
import Operators
import TestKit
import Testing

struct LookupJoinTests {
    /// Any number of rows for a key.
    private final class FixedTable: LookupTable {
        let rows: [TestRow]
        private(set) var isClosed = false

        init(_ rows: [TestRow]) { self.rows = rows }

        func lookup(_ batch: RecordBatch, keys: [Int]) -> LookupMatches {
            var found: [TestRow] = []
            var leftRows: [Int32] = []
            batch.forEachRow { row in
                let key = batch.columns[keys[0]].testValue(row)
                for match in rows where match.values[0] == key && key != nil {
                    found.append(match)
                    leftRows.append(Int32(row))
                }
            }
            return LookupMatches(rows: .of(Films.films, found), leftRows: leftRows)
        }

        func close() { isClosed = true }
    }

    private let table = FixedTable([["up", "Up"], ["cars", "Cars"], ["cars", "Cars 2"]])
    private let plays: [TestRow] = [
        [1, "cars", "tv", 5], [2, "none", "tv", 6], [3, nil, "tv", 7], [4, "up", "tv", 8],
    ]

    @Test func aLeftJoinKeepsEveryRowInOrder() throws {
        let harness = try makeHarness(.left)
        try harness.process(plays, of: Films.plays, shape: .selected)
        #expect(
            harness.collector.rows == [
                [1, "cars", "tv", 5, "cars", "Cars"], [1, "cars", "tv", 5, "cars", "Cars 2"],
                [2, "none", "tv", 6, nil, nil],
                [3, nil, "tv", 7, nil, nil], [4, "up", "tv", 8, "up", "Up"],
            ])
    }

    @Test func anInnerJoinKeepsWhatWasFound() throws {
        let harness = try makeHarness(.inner)
        try harness.process(plays, of: Films.plays)
        #expect(harness.collector.rows.map { $0.values[5] } == ["Cars", "Cars 2", "Up"])
    }

    @Test func aFurtherConditionSelectsAmongTheMatches() throws {
        let joined = Schema(Films.plays.fields + Films.films.fields)
        let residual = try ScalarExpression.comparison(
            .equal, .column(joined, 5), .literal(Literal(.string("Cars 2"), .string)))
        let harness = try makeHarness(.left, residual)
        try harness.process(plays, of: Films.plays)
        #expect(harness.collector.rows.map { $0.values[5] } == ["Cars 2", nil, nil, nil])
        #expect(harness.collector.rows.map { $0.values[0] } == [1, 2, 3, 4])
    }

    @Test func manyMatchesMakeSeveralBatches() throws {
        let many = FixedTable((0..<30).map { ["up", .text("Up \($0)")] })
        let harness = try makeHarness(.left, table: many)
        try harness.process((0..<1000).map { [.integer($0), "up", nil, nil] }, of: Films.plays)
        #expect(harness.collector.rows.count == 30_000)
        #expect(harness.collector.batches.allSatisfy { $0.rowCount <= RecordBatch.maximumRowCount })
    }

    @Test func theTableIsClosedAtTheEnd() throws {
        let harness = try makeHarness(.left)
        try harness.finish()
        #expect(table.isClosed)
    }

    private func makeHarness(
        _ kind: JoinKind, _ residual: ScalarExpression? = nil, table: FixedTable? = nil
    ) throws -> OperatorHarness {
        let fields = Films.films.fields.map {
            TableField(name: $0.name, type: $0.type, isNullable: $0.isNullable, origin: .payload(path: [$0.name]))
        }
        let definition = TableDefinition(name: "films", fields: fields, primaryKey: ["film"], options: [:])
        let factory = LookupJoinFactory(
            join: JoinSpec(
                kind: kind, left: Films.plays, right: Films.films, leftKeys: [1], rightKeys: [0], residual: residual),
            lookup: LookupSpec(table: definition, keys: ["film"], fields: fields))
        return try OperatorHarness(factory, lookup: table ?? self.table)
    }
}
