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
            let expected = try interpreter.rows(of: pair.0.plan)
            let found = try interpreter.rows(of: pair.1.plan)
            #expect(
                found == expected,
                "seed \(seed), query \(position): \(FilmQueries.queries[position])\n\(pair.0.plan)\n\(pair.1.plan)")
        }
    }
}
