import Columnar
import Dataflow
import Expressions
import Operators
import TestKit
import Testing

struct CalcTests {
    private let input = Schema([Field("a", .bigint), Field("b", .double), Field("name", .string)])

    private func greater(_ minimum: Int64) throws -> ScalarExpression {
        try .comparison(.greater, .column(input, 0), .literal(Literal(.bigint(minimum), .bigint)))
    }

    @Test(arguments: TestBatchShape.allCases)
    func filtersAndComputes(shape: TestBatchShape) throws {
        let sum = try ScalarExpression.arithmetic(.add, .column(input, 0), .literal(Literal(.bigint(1), .bigint)))
        let output = Schema([Field("name", .string), Field("next", .bigint)])
        let harness = try OperatorHarness(
            CalcFactory(condition: try greater(1), projections: [.column(input, 2), sum], output: output))
        try harness.process(
            [[1, 0.5, "a"], [2, 1.5, "b"], [nil, 1.5, "c"], [3, nil, nil]], of: input, shape: shape)
        #expect(harness.collector.rows == [["b", 3], [nil, 4]])
        #expect(harness.collector.batches[0].schema == output)
    }

    @Test func aFilterAloneSharesTheColumns() throws {
        let harness = try OperatorHarness(CalcFactory(condition: try greater(1), projections: nil, output: input))
        let batch = RecordBatch.of(input, [[1, 0.5, "a"], TestRow([2, 1.5, "b"], kind: .delete)])
        try harness.operators[0].process(batch, input: 0, collector: harness.collector)
        #expect(harness.collector.rows == [TestRow([2, 1.5, "b"], kind: .delete)])
        #expect(harness.collector.batches[0].columns[0] === batch.columns[0])
    }

    @Test func nothingIsEmittedForNothing() throws {
        let harness = try OperatorHarness(CalcFactory(condition: try greater(9), projections: nil, output: input))
        try harness.process([[1, 0.5, "a"]], of: input)
        #expect(harness.collector.batches.isEmpty)
    }

    @Test func aRowThatCannotBeComputedIsInvalidData() throws {
        let division = try ScalarExpression.arithmetic(
            .divide, .column(input, 0), .literal(Literal(.bigint(0), .bigint)))
        let harness = try OperatorHarness(
            CalcFactory(condition: nil, projections: [division], output: Schema([Field("q", .bigint)])))
        let error = #expect(throws: DataflowError.self) { try harness.process([[1, 0.5, "a"]], of: input) }
        #expect(error?.code == .invalidData)
        #expect(error?.message.contains("division by zero") == true)
    }

    @Test(arguments: TestBatchShape.allCases)
    func rowsOfAChangelogThatFailGoOnAsDeletes(shape: TestBatchShape) throws {
        let harness = try OperatorHarness(
            CalcFactory(condition: try greater(1), failing: .deleted, projections: nil, output: input))
        try harness.process(
            [
                [1, 0.5, "a"], TestRow([2, 1.5, "b"], kind: .updateAfter), [nil, 1.5, "c"], [3, nil, nil],
                TestRow([4, 1.5, "d"], kind: .delete),
            ], of: input, shape: shape)
        #expect(
            harness.collector.rows == [
                TestRow([1, 0.5, "a"], kind: .delete), TestRow([2, 1.5, "b"], kind: .updateAfter),
                TestRow([nil, 1.5, "c"], kind: .delete), [3, nil, nil], TestRow([4, 1.5, "d"], kind: .delete),
            ])
    }

    @Test func whatCannotBeComputedForADeleteIsNull() throws {
        let one = ScalarExpression.literal(Literal(.bigint(6), .bigint))
        let quotient = try ScalarExpression.arithmetic(.divide, one, .column(input, 0))
        let output = Schema([Field("name", .string), Field("q", .bigint)])
        let harness = try OperatorHarness(
            CalcFactory(
                condition: try greater(0), failing: .deleted, projections: [.column(input, 2), quotient], output: output
            ))
        try harness.process([[0, 0.5, "a"], [2, 1.5, "b"]], of: input)
        #expect(harness.collector.rows == [TestRow(["a", nil], kind: .delete), ["b", 3]])
        let failing = try OperatorHarness(
            CalcFactory(
                condition: try greater(-1), failing: .deleted, projections: [.column(input, 2), quotient],
                output: output))
        let error = #expect(throws: DataflowError.self) { try failing.process([[0, 0.5, "a"]], of: input) }
        #expect(error?.code == .invalidData)
    }

    @Test func aConditionThatCannotBeComputedForADeleteLeavesItOne() throws {
        let one = ScalarExpression.literal(Literal(.bigint(6), .bigint))
        let quotient = try ScalarExpression.arithmetic(.divide, one, .column(input, 0))
        let condition = try ScalarExpression.comparison(.greater, quotient, .literal(Literal(.bigint(1), .bigint)))
        let harness = try OperatorHarness(
            CalcFactory(condition: condition, failing: .deleted, projections: nil, output: input))
        try harness.process([TestRow([0, 0.5, "a"], kind: .delete), [2, 1.5, "b"]], of: input)
        #expect(harness.collector.rows == [TestRow([0, 0.5, "a"], kind: .delete), [2, 1.5, "b"]])
    }
}
