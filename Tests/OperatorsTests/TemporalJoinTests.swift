import Columnar
import Dataflow
import Expressions
import Operators
import TestKit
import Testing

struct TemporalJoinTests {
    private let plays = Films.plays
    private let ratings = Films.ratings

    @Test func aPlayTakesTheLastRatingBeforeIt() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process(
            [[1, "up", 3.0, 10], [1, "up", 4.0, 20], [1, "up", 5.0, 30], [2, "up", 1.0, 5]], of: ratings, input: 1)
        try harness.process([[1, "up", "tv", 25]], of: plays)
        try harness.advance(to: 100)
        #expect(harness.collector.rows == [[1, "up", "tv", 25, 1, "up", 4.0, 20]])
    }

    @Test func aRatingAtTheTimeOfThePlayCounts() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process([[1, "up", 3.0, 10], [1, "up", 4.0, 25]], of: ratings, input: 1)
        try harness.process([[1, "up", "tv", 25]], of: plays)
        try harness.advance(to: 100)
        #expect(harness.collector.rows == [[1, "up", "tv", 25, 1, "up", 4.0, 25]])
    }

    @Test func aPlayWaitsForTheWatermark() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process([[1, "up", "tv", 25]], of: plays)
        try harness.process([[1, "up", 3.0, 10]], of: ratings, input: 1)
        try harness.advance(to: 24)
        #expect(harness.collector.rows.isEmpty)
        try harness.process([[1, "up", 4.0, 20]], of: ratings, input: 1)
        try harness.advance(to: 25)
        #expect(harness.collector.rows == [[1, "up", "tv", 25, 1, "up", 4.0, 20]])
    }

    @Test func withoutARatingALeftJoinGivesNullsAndAnInnerJoinNothing() throws {
        for kind in [JoinKind.left, .inner] {
            let harness = try OperatorHarness(Films.temporalJoin(kind))
            try harness.process([[1, "up", 3.0, 30]], of: ratings, input: 1)
            try harness.process([[1, "up", "tv", 25], [1, "up", "tv", 35]], of: plays)
            try harness.advance(to: 100)
            let missing: TestRow = [1, "up", "tv", 25, nil, nil, nil, nil]
            let found: TestRow = [1, "up", "tv", 35, 1, "up", 3.0, 30]
            #expect(harness.collector.rows == (kind == .left ? [missing, found] : [found]))
        }
    }

    @Test func ofTwoRatingsAtOneTimeTheLaterRecordWins() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process([[1, "up", 3.0, 10]], of: ratings, input: 1)
        try harness.process([[1, "up", 4.0, 10]], of: ratings, input: 1)
        try harness.process([[1, "up", "tv", 25]], of: plays)
        try harness.advance(to: 100)
        #expect(harness.collector.rows == [[1, "up", "tv", 25, 1, "up", 4.0, 10]])
    }

    @Test func aDeleteEndsAVersion() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process(
            [
                [1, "up", 3.0, 10], TestRow([1, "up", nil, 20], kind: .delete),
                TestRow([1, "up", 4.0, 30], kind: .updateAfter),
            ],
            of: ratings, input: 1)
        try harness.process([[1, "up", "a", 19], [1, "up", "b", 20], [1, "up", "c", 30]], of: plays)
        try harness.advance(to: 100)
        #expect(harness.collector.rows.map { $0.values[6] } == [3.0, nil, 4.0])
    }

    @Test func nullKeysMatchNothing() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process([[nil, "up", 3.0, 10], [1, nil, 3.0, 10]], of: ratings, input: 1)
        try harness.process([[nil, "up", "tv", 25], [1, nil, "tv", 26]], of: plays)
        try harness.advance(to: 100)
        #expect(harness.collector.rows.map { $0.values[6] } == [nil, nil])
    }

    @Test func aLatePlayIsAnsweredAtOnceAndCounted() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process([[1, "up", 3.0, 10], [1, "up", 4.0, 20]], of: ratings, input: 1)
        try harness.advance(to: 100)
        try harness.process([[1, "up", "tv", 15], [1, "up", "tv", 101]], of: plays)
        #expect(harness.collector.rows == [[1, "up", "tv", 15, 1, "up", 3.0, 10]])
        #expect(harness.lateRows(input: 0) == 1)
    }

    @Test func aPlayLaterThanTheRetentionFindsNothing() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left, retention: 50))
        try harness.process([[1, "up", 3.0, 10]], of: ratings, input: 1)
        try harness.advance(to: 100)
        try harness.process([[1, "up", "tv", 50], [1, "up", "tv", 49]], of: plays)
        #expect(harness.collector.rows.map { $0.values[6] } == [3.0, nil])
        #expect(harness.lateRows(input: 0) == 2)
    }

    @Test func aLateRatingServesLaterPlaysAndIsCounted() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process([[1, "up", 3.0, 10]], of: ratings, input: 1)
        try harness.process([[1, "up", "first", 90]], of: plays)
        try harness.advance(to: 100)
        try harness.process([[1, "up", 4.0, 80]], of: ratings, input: 1)
        try harness.process([[1, "up", "second", 90], [1, "up", "third", 110]], of: plays)
        try harness.advance(to: 200)
        #expect(harness.collector.rows.map { $0.values[6] } == [3.0, 4.0, 4.0])
        #expect(harness.lateRows(input: 1) == 1)
    }

    @Test func aPlayWithoutATimeFindsNothing() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process([[1, "up", 3.0, 10]], of: ratings, input: 1)
        try harness.process([[1, "up", "tv", nil]], of: plays)
        #expect(harness.collector.rows == [[1, "up", "tv", nil, nil, nil, nil, nil]])
        #expect(harness.lateRows(input: 0) == 0)
    }

    @Test func aRatingWithoutATimeIsSkippedAndCounted() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        try harness.process([[1, "up", 3.0, nil]], of: ratings, input: 1)
        try harness.process([[1, "up", "tv", 25]], of: plays)
        try harness.advance(to: 100)
        #expect(harness.collector.rows.map { $0.values[6] } == [nil])
        #expect(harness.metrics[0].skippedRows.value == 1)
    }

    @Test func aFurtherConditionThatIsNotTrueMeansNoMatch() throws {
        for kind in [JoinKind.left, .inner] {
            let harness = try OperatorHarness(Films.temporalJoin(kind, residual: try Films.ratingAbove(3.5)))
            try harness.process([[1, "up", 3.0, 10], [2, "up", 4.0, 10]], of: ratings, input: 1)
            try harness.process([[1, "up", "a", 20], [2, "up", "b", 21], [3, "up", "c", 22]], of: plays)
            try harness.advance(to: 100)
            let found: TestRow = [2, "up", "b", 21, 2, "up", 4.0, 10]
            let nothing: [TestRow] = [[1, "up", "a", 20, nil, nil, nil, nil], [3, "up", "c", 22, nil, nil, nil, nil]]
            #expect(harness.collector.rows == (kind == .left ? [nothing[0], found, nothing[1]] : [found]))
        }
    }

    @Test func playsComeOutInOrderOfTime() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        var random = SeededRandom(seed: 1)
        for _ in 0..<20 {
            try harness.process(
                (0..<300).map { [.integer($0), "up", "tv", .integer(Int64.random(in: 1..<500, using: &random))] },
                of: plays)
        }
        try harness.advance(to: 250)
        try harness.finish()
        let times = harness.collector.rows.map(\.values[3])
        #expect(times.count == 6000)
        #expect(zip(times, times.dropFirst()).allSatisfy { "\($0)".count < "\($1)".count || "\($0)" <= "\($1)" })
        #expect(harness.collector.batches.allSatisfy { $0.rowCount <= RecordBatch.maximumRowCount })
    }

    @Test func aChangelogOnTheLeftIsRefused() throws {
        let harness = try OperatorHarness(Films.temporalJoin(.left))
        #expect(throws: DataflowError.self) {
            try harness.process([TestRow([1, "up", "tv", 25], kind: .delete)], of: plays)
        }
    }
}
