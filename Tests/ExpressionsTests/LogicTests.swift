import Columnar
import Expressions
import Testing

struct LogicTests {
    typealias Harness = ExpressionHarness
    static let values: [ScalarValue] = [.boolean(true), .boolean(false), .null]
    static let pairs = values.flatMap { left in values.map { (left, $0) } }

    static func and(_ left: ScalarValue, _ right: ScalarValue) -> ScalarValue {
        if left == .boolean(false) || right == .boolean(false) { return .boolean(false) }
        return left == .null || right == .null ? .null : .boolean(true)
    }

    static func not(_ value: ScalarValue) -> ScalarValue {
        if case .boolean(let value) = value { return .boolean(!value) }
        return .null
    }

    static func or(_ left: ScalarValue, _ right: ScalarValue) -> ScalarValue {
        not(and(not(left), not(right)))
    }

    @Test func andAndOrFollowTheThreeValuedTables() throws {
        let columns = ["p": Self.pairs.map { $0.0 }, "q": Self.pairs.map { $0.1 }]
        let (p, q) = (Harness.column("p"), Harness.column("q"))
        #expect(try Harness.evaluate(.and([p, q]), columns) == Self.pairs.map { Self.and($0.0, $0.1) })
        #expect(try Harness.evaluate(.or([p, q]), columns) == Self.pairs.map { Self.or($0.0, $0.1) })
        #expect(try Harness.evaluate(.not(p), columns) == Self.pairs.map { Self.not($0.0) })
    }

    @Test func andAndOrAgreeWhenTheRightSideIsEvaluatedOnlyWhereNeeded() throws {
        let columns = ["p": Self.pairs.map { $0.0 }, "s": Self.pairs.map { text($0.1) }]
        let right = try ScalarExpression.casting(Harness.column("s"), to: .boolean)
        let p = Harness.column("p")
        #expect(try Harness.evaluate(.and([p, right]), columns) == Self.pairs.map { Self.and($0.0, $0.1) })
        #expect(try Harness.evaluate(.or([p, right]), columns) == Self.pairs.map { Self.or($0.0, $0.1) })
    }

    private func text(_ value: ScalarValue) -> ScalarValue {
        if case .boolean(let value) = value { return .string(value ? "yes" : "NO") }
        return .null
    }

    @Test func caseDoesNotFailForRowsThatDoNotReachABranch() throws {
        let (a, b) = (Harness.column("a"), Harness.column("b"))
        let zero = ScalarExpression.literal(.bigint(0))
        let guarded = try ScalarExpression.caseWhen(
            [(try .comparison(.notEqual, b, zero), try .arithmetic(.divide, a, b))], otherwise: nil)
        let columns: [String: [ScalarValue]] = [
            "a": [.bigint(7), .bigint(8), .null, .bigint(9)], "b": [.bigint(2), .bigint(0), .bigint(1), .null],
        ]
        #expect(try Harness.evaluate(guarded, columns) == [.bigint(3), .null, .null, .null])
        let filter = try ScalarExpression.conjunction([
            .comparison(.notEqual, b, zero), .comparison(.greater, .arithmetic(.divide, a, b), zero),
        ])
        let selection = try CompiledFilter(filter).evaluate(Harness.batch(columns), Harness.context)
        #expect(Array(UnsafeBufferPointer(start: selection.indices, count: selection.count)) == [0])
    }

    @Test func aFailingRowIsReportedOrThrown() throws {
        let quotient = try ScalarExpression.arithmetic(.divide, Harness.column("a"), Harness.column("b"))
        let batch = Harness.batch(["a": [.bigint(7), .bigint(8), .bigint(5)], "b": [.bigint(2), .bigint(0), .null]])
        let projection = try CompiledProjection([quotient])
        let error = #expect(throws: ExpressionError.self) { try projection.evaluate(batch, Harness.context) }
        #expect(error?.row == 1)
        #expect(error?.code == .divisionByZero)
        let errors = RowErrors()
        let column = try projection.evaluate(batch, Harness.context, errors: errors)[0]
        #expect((0..<3).map { column.value($0, .bigint) } == [.bigint(3), .null, .null])
        #expect(errors.failures == [RowError(row: 1, code: .divisionByZero, expression: "a / b")])
        let rest = errors.remainingSelection(of: batch)
        #expect(Array(UnsafeBufferPointer(start: rest.indices, count: rest.count)) == [0, 2])
    }

    @Test func coalesceTakesTheFirstThatIsNotNull() throws {
        let columns: [String: [ScalarValue]] = [
            "a": [.bigint(1), .null, .null], "b": [.bigint(2), .bigint(3), .null],
            "s": [.string("x"), .null, .null], "t": [.null, .string("yy"), .null],
        ]
        let numbers = try ScalarExpression.coalescing([
            Harness.column("a"), Harness.column("b"), .literal(.int(9)),
        ])
        #expect(try Harness.evaluate(numbers, columns) == [.bigint(1), .bigint(3), .bigint(9)])
        let texts = try ScalarExpression.coalescing([
            Harness.column("s"), Harness.column("t"), .literal(.string("none")),
        ])
        #expect(try Harness.evaluate(texts, columns) == [.string("x"), .string("yy"), .string("none")])
    }

    @Test func bareColumnsAreNotCopied() throws {
        let batch = Harness.batch(["a": [.bigint(1)]])
        let columns = try CompiledProjection([Harness.column("a")]).evaluate(batch, Harness.context)
        #expect(columns[0] === batch.columns[2])
    }
}
