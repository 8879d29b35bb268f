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

    @Test func tooManyRejectedRowsStopTheJobWithTheCommonestReason() throws {
        var factory = try projection(.skip)
        factory.errorPolicy.limit = DeadLetterLimit(countPerMinute: 10, percent: 2)
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
        let budget = DeadLetterBudget(DeadLetterLimit(countPerMinute: 3, percent: 0), clock: clock.clock)
        let rejection = DeadLetterBudget.Rejection(reason: "r", message: "m", place: nil)
        budget.count(rows: 1)
        for _ in 0..<3 { #expect(budget.reject(rejection) == nil) }
        #expect(budget.reject(rejection) != nil)
        clock.advance(milliseconds: 61_000)
        budget.count(rows: 1)
        #expect(budget.reject(rejection) == nil)
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
