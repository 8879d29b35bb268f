import Columnar
import Dataflow
import Expressions
import Operators
import TestKit
import Testing

/// Rows whose expressions fail, under each policy, in every operator that evaluates expressions.
struct RowQuarantineTests {
    private let input = Schema([Field("a", .bigint), Field("b", .bigint)])

    private func quotient(_ schema: Schema, _ left: Int = 0, _ right: Int = 1) throws -> ScalarExpression {
        try .arithmetic(.divide, .column(schema, left), .column(schema, right))
    }

    private func positive(_ expression: ScalarExpression) throws -> ScalarExpression {
        try .comparison(.greater, expression, .literal(Literal(.bigint(0), .bigint)))
    }

    private func projection(_ action: RowErrorAction) throws -> CalcFactory {
        CalcFactory(
            condition: nil, projections: [.column(input, 0), try quotient(input)],
            output: Schema([Field("a", .bigint), Field("q", .bigint)]), errorPolicy: RowErrorPolicy(action))
    }

    /// Columns reason, topic, partition, offset and raw value of dead letters.
    private func summary(_ letters: [TestRow]) -> [[TestValue]] {
        letters.map { [$0.values[2], $0.values[4], $0.values[5], $0.values[6], $0.values[9]] }
    }

    @Test(arguments: TestBatchShape.allCases)
    func oneRowIsRejectedAndTheOthersGoOn(shape: TestBatchShape) throws {
        let harness = try OperatorHarness(try projection(.deadLetter))
        try harness.process([[6, 2], [7, 0], [8, 4], [9, 0], [nil, 0]], of: input, shape: shape)
        #expect(harness.collector.rows == [[6, 3], [8, 2], [nil, nil]])
        let letters = harness.collector.deadLetters
        #expect(
            summary(letters) == [
                ["expression.division-by-zero", nil, nil, nil, .text(#"{"a":7,"b":0}"#)],
                ["expression.division-by-zero", nil, nil, nil, .text(#"{"a":9,"b":0}"#)],
            ])
        #expect(letters.first?.values[0] == "test")
        #expect(letters.first?.values[1] == "tested")
    }

    @Test func skippedRowsAreCounted() throws {
        let harness = try OperatorHarness(try projection(.skip))
        try harness.process([[6, 2], [7, 0], [8, 4]], of: input)
        #expect(harness.collector.rows == [[6, 3], [8, 2]])
        #expect(harness.collector.deadLetters.isEmpty)
        #expect(harness.metrics[0].skippedRows.value == 1)
    }

    @Test func aFilterThatFailsIsNeitherTrueNorFalse() throws {
        let factory = CalcFactory(
            condition: try positive(quotient(input)), failing: .deleted, projections: nil, output: input,
            errorPolicy: RowErrorPolicy(.deadLetter))
        let harness = try OperatorHarness(factory)
        try harness.process(
            [[6, 2], [7, 0], TestRow([-8, 4], kind: .updateAfter), TestRow([1, 0], kind: .delete)], of: input)
        #expect(
            harness.collector.rows == [[6, 2], TestRow([-8, 4], kind: .delete), TestRow([1, 0], kind: .delete)])
        #expect(harness.collector.deadLetters.count == 1)
    }

    @Test(arguments: TestBatchShape.allCases)
    func deadLettersCarryTheRecordThatTheRowWasMadeOf(shape: TestBatchShape) throws {
        let harness = try OperatorHarness(try projection(.deadLetter))
        let batch = RecordBatch.of(input, [[6, 2], [7, 0], [8, 4]], shape)
        let origins = BatchBuilder(schema: DeadLetter.originSchema, capacity: batch.rowCount)
        for row in 0..<batch.rowCount {
            var topic = "plays"
            topic.withUTF8 { origins.setBytes(0, UnsafeRawBufferPointer($0)) }
            origins.setInt32(1, 5)
            origins.setInt64(2, Int64(row))
            var value = "\(row)!"
            value.withUTF8 { origins.setBytes(5, UnsafeRawBufferPointer($0)) }
            origins.commitRow()
        }
        try harness.operators[0].process(
            batch.tracking(origins: origins.finish()), input: 0, collector: harness.collector)
        let row = shape == .dense ? 1 : 4
        #expect(
            summary(harness.collector.deadLetters) == [
                ["expression.division-by-zero", "plays", 5, .integer(Int64(row)), .text("\(row)!")]
            ])
        #expect(harness.collector.batches[0].origins?.rowCount == batch.rowCount)
    }

    @Test(arguments: [JoinKind.inner, .left])
    func aJoinConditionThatFailsRejectsTheLeftRow(kind: JoinKind) throws {
        let left = Schema([Field("k", .bigint), Field("x", .bigint)])
        let right = Schema([Field("k", .bigint), Field("y", .bigint)])
        let spec = JoinSpec(
            kind: kind, left: left, right: right, leftKeys: [0], rightKeys: [0],
            residual: try positive(quotient(Schema(left.fields + right.fields), 1, 3)),
            errorPolicy: RowErrorPolicy(.deadLetter))
        let harness = try OperatorHarness(KeyedEnrichmentFactory(join: spec), keys: [0: [0], 1: [0]])
        try harness.process([[1, 0], [2, 5], [3, -5]], of: right, input: 1)
        for made in harness.operators { try made.caughtUp(input: 1, collector: harness.collector) }
        try harness.process([[1, 10], [2, 10], [3, 10], [4, 10]], of: left)
        let matched: [TestRow] = [[2, 10, 2, 5]]
        #expect(
            harness.collector.rows
                == (kind == .inner ? matched : matched + [[3, 10, nil, nil], [4, 10, nil, nil]]))
        #expect(
            summary(harness.collector.deadLetters) == [
                ["expression.division-by-zero", nil, nil, nil, .text(#"{"k":1,"x":10}"#)]
            ])
    }

    /// What has waited in an as-of join, over a restart too, still says where its record is; what is late still has its bytes.
    @Test(arguments: [1, 2])
    func aRowThatHasWaitedKeepsThePlaceOfItsRecord(parallelism: Int) throws {
        var factory = Films.temporalJoin(
            .left,
            residual: try positive(
                .arithmetic(
                    .divide, .literal(Literal(.bigint(1), .bigint)),
                    .column(Schema(Films.plays.fields + Films.ratings.fields), 0))))
        factory.join.errorPolicy = RowErrorPolicy(.deadLetter)
        factory.tracksOrigins = true
        var image = StateImage()
        let before = try OperatorHarness(factory, keys: Films.joinKeys, parallelism: parallelism)
        let schema = Films.plays
        try before.process([[0, "up", 3.0, 5], [1, "up", 3.0, 5]], of: Films.ratings, input: 1)
        try before.process([[0, "up", "tv", 20], [1, "up", "tv", 30], [0, "up", "pc", 40]], of: schema) { row in
            ["plays", 5, row.values[3], 1000, "key", "value", nil]
        }
        before.checkpoint(into: &image)
        let after = try OperatorHarness(factory, keys: Films.joinKeys, parallelism: parallelism, image: image)
        try after.advance(to: 50)
        try after.process([[0, "up", "late", 50]], of: schema) { row in
            ["plays", 5, row.values[3], 1000, "key", "value", nil]
        }
        let letters = after.collector.deadLetters
        #expect(letters.count == 3)
        let places = letters.map { Array($0.values[4...7]) }
        #expect(places == [20, 40, 50].map { ["plays", 5, $0, 1000] }, "\(places)")
        let waited = letters[0].values
        #expect(waited[8] == nil)
        #expect("\(waited[9])".contains(#""device":"tv""#), "\(waited)")
        #expect("\(waited[3])".contains("[raw_value is the row, not the record]"), "\(waited)")
        #expect(letters[2].values[9] == "value")
        #expect(!"\(letters[2].values[3])".contains("[raw_value"))
    }

    @Test func tooManyRejectedRowsStopTheJobWithTheCommonestReason() throws {
        var factory = try projection(.skip)
        factory.errorPolicy.limit = DeadLetterLimit(count: 10, percent: 2)
        let budget = DeadLetterBudget(factory.errorPolicy.limit, clock: ManualClock(origin: .min).clock)
        budget.count(rows: 1000)
        for row in 0..<20 {
            let rejection = DeadLetterBudget.Rejection(
                reason: row % 4 == 0 ? "rare" : "common", message: "so it is", place: "plays-0@\(row)")
            #expect(budget.reject(rejection) == nil)
        }
        let excess = budget.reject(.init(reason: "rare", message: "once more", place: nil))
        #expect(
            excess
                == "21 of 1000 rows were rejected within a minute, more than 10 and 2 %; most often (15 times) common, "
                + "for example at plays-0@1: so it is")
    }

    @Test func theLimitHoldsForAllSubtasksOfAnOperatorAndForgetsAfterAMinute() throws {
        let clock = ManualClock(origin: .min)
        let budget = DeadLetterBudget(DeadLetterLimit(count: 3, percent: 0), clock: clock.clock)
        let rejection = DeadLetterBudget.Rejection(reason: "r", message: "m", place: nil)
        budget.count(rows: 1)
        for _ in 0..<3 { #expect(budget.reject(rejection) == nil) }
        #expect(budget.reject(rejection) != nil)
        clock.advance(milliseconds: 61_000)
        budget.count(rows: 1)
        #expect(budget.reject(rejection) == nil)
    }

    /// Ten records an hour, all bad since a change upstream: below a hundred a minute, and yet the job stops before the topic is emptied.
    @Test func aSlowTopicIsNotEmptiedBelowTheLimitOfAMinute() throws {
        let clock = ManualClock(origin: .min)
        let budget = DeadLetterBudget(clock: clock.clock)
        let rejection = DeadLetterBudget.Rejection(reason: "r", message: "m", place: nil)
        var stops: String?
        var count = 0
        while stops == nil && count < 200 {
            budget.count(rows: 1)
            stops = budget.reject(rejection)
            count += 1
            clock.advance(milliseconds: 360_000)
        }
        #expect(count == 101)
        #expect(stops?.hasPrefix("101 of 101 rows were rejected within 10 hours, more than 100 and 1 %") == true)
    }

    /// Half a percent, slow or fast, is what dead letters are for; so are a few bad ones among the first.
    @Test(arguments: [100, 10_000, 1_000_000], [0, 2])
    func aShareBelowTheLimitNeverStopsTheJob(rowsPerMinute: Int, first: Int) throws {
        let clock = ManualClock(origin: .min)
        let budget = DeadLetterBudget(clock: clock.clock)
        let rejection = DeadLetterBudget.Rejection(reason: "r", message: "m", place: nil)
        var bad = first
        for minute in 0..<300 {
            budget.count(rows: rowsPerMinute)
            bad += rowsPerMinute / 200 + (rowsPerMinute == 100 && minute % 2 == 0 ? 1 : 0)
            while bad > 0 {
                #expect(budget.reject(rejection) == nil, "minute \(minute)")
                bad -= 1
            }
            clock.advance(milliseconds: 60_001)
        }
    }

    @Test func anOperatorStopsAtItsLimit() throws {
        let harness = try OperatorHarness(try projection(.deadLetter))
        let rows = (0..<101).map { TestRow([.integer(Int64($0)), 0]) }
        let error = #expect(throws: DataflowError.self) { try harness.process(rows, of: input) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.message.contains("101 of 101 rows") == true)
        #expect(error?.message.contains("millrace.dead-letter.limit") == true)
    }
}
