import Testing

@testable import SQL

/// Optimized plans give the rows of the plans they were made from, over random tables.
struct OptimizerOracleTests {
    @Test(arguments: 0..<UInt64(8))
    func optimizedPlansGiveTheSameRows(seed: UInt64) throws {
        let script = try FilmQueries.bind()
        let interpreter = PlanInterpreter(tables: FilmQueries.randomTables(seed: seed))
        let optimized = Optimizer.optimize(script.inserts, timeZone: script.timeZone)
        for (position, pair) in zip(script.inserts, optimized).enumerated() {
            let expected = try interpreter.changes(of: pair.0.plan).map { "\($0)" }
            let found = try interpreter.changes(of: pair.1.plan).map { "\($0)" }
            #expect(
                found == expected,
                "seed \(seed), \(FilmQueries.name(position))\n\(pair.0.plan)\n\(pair.1.plan)")
        }
    }
}
