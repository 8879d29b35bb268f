import Columnar
import Expressions
import Testing

struct TreeTests {
    typealias Harness = ExpressionHarness
    let registry = FunctionRegistry.builtIn

    @Test func columnsAreFoundAndMoved() throws {
        let sum = try ScalarExpression.arithmetic(.add, Harness.column("a"), Harness.column("b"))
        let condition = try ScalarExpression.comparison(.less, sum, Harness.column("x"))
        #expect(condition.referencedColumns == [2, 3, 4])
        #expect(condition.remappingColumns { $0 + 10 }.referencedColumns == [12, 13, 14])
        #expect(condition.substitutingColumns { _ in .literal(.bigint(1)) }.referencedColumns.isEmpty)
    }

    @Test func theClockIsNotDeterministic() throws {
        #expect(try !registry.call("PROCTIME", []).isDeterministic)
        #expect(try !registry.call("UNIX_TIMESTAMP", []).isDeterministic)
        #expect(try registry.call("UNIX_TIMESTAMP", [Harness.column("s")]).isDeterministic)
        #expect(try !ScalarExpression.casting(registry.call("NOW", []), to: .string).isDeterministic)
    }

    @Test func constantsAreFolded() throws {
        let seven = try ScalarExpression.arithmetic(.add, .literal(.int(3)), .literal(.int(4)))
        #expect(seven.folded() == .literal(.int(7)))
        let upper = try registry.call("UPPER", [.literal(.string("a"))])
        #expect(upper.folded() == .literal(.string("A")))
        let column = try ScalarExpression.arithmetic(.add, Harness.column("a"), seven)
        #expect(column.folded().description == "a + 7")
    }

    @Test func whatFailsOrReadsTheClockOrTheZoneIsNotFolded() throws {
        let quotient = try ScalarExpression.arithmetic(.divide, .literal(.int(1)), .literal(.int(0)))
        #expect(quotient.folded() == quotient)
        let now = try registry.call("NOW", [])
        #expect(now.folded(timeZone: .utc) == now)
        let local = try ScalarExpression.casting(
            .literal(Literal(.timestamp(0), .timestampLTZ(3))), to: .string)
        #expect(local.folded().literal == nil)
        #expect(local.folded(timeZone: .utc) == .literal(.string("1970-01-01 00:00:00.000")))
    }

    @Test func decidedConditionsDisappear() throws {
        let p = Harness.column("p")
        #expect(ScalarExpression.and([.literal(.true), p]).folded() == p)
        #expect(ScalarExpression.and([p, .literal(.false)]).folded() == .literal(.false))
        #expect(ScalarExpression.or([.literal(.true), p]).folded() == .literal(.true))
        let bad = try ScalarExpression.casting(Harness.column("s"), to: .boolean)
        #expect(ScalarExpression.and([bad, .literal(.false)]).folded() != .literal(.false))
        let choice = try ScalarExpression.caseWhen(
            [(.literal(.false), Harness.column("a")), (.literal(.true), Harness.column("b"))], otherwise: nil)
        #expect(choice.folded() == Harness.column("b"))
    }

    @Test func expressionsReadAsSQL() throws {
        let (a, b) = (Harness.column("a"), Harness.column("b"))
        let product = try ScalarExpression.arithmetic(.multiply, .arithmetic(.add, a, b), .literal(.int(2)))
        #expect(product.description == "(a + b) * 2")
        let between = try ScalarExpression.between(a, .literal(.bigint(1)), b)
        #expect(between.description == "(a >= 1) AND (a <= b)")
        let choice = try ScalarExpression.caseWhen([(.test(.isNull, a), b)], otherwise: a)
        #expect(choice.description == "CASE WHEN a IS NULL THEN b ELSE a END")
        #expect(
            try ScalarExpression.membership(Harness.column("s"), [.literal(.string("it's")), .literal(.null)])
                .description
                == "s IN ('it''s', CAST(NULL AS STRING))")
        #expect(
            try registry.call("EXTRACT", [Harness.column("ts")], unit: .day).description == "EXTRACT(DAY FROM ts)")
        let like = try ScalarExpression.like(Harness.column("s"), .literal(.string("a!%")), escape: "!")
        #expect(like.description == "s LIKE 'a!%' ESCAPE '!'")
    }

    @Test func aSharedPartGivesOneColumn() throws {
        let sum = try ScalarExpression.arithmetic(.add, Harness.column("a"), Harness.column("b"))
        let columns = try CompiledProjection([sum, sum]).evaluate(
            Harness.batch(["a": [.bigint(1)], "b": [.bigint(2)]]), Harness.context)
        #expect(columns[0] === columns[1])
    }

    @Test func resultsOfABatchSurviveTheNext() throws {
        let sum = try ScalarExpression.arithmetic(.add, Harness.column("a"), .literal(.bigint(1)))
        let projection = try CompiledProjection([sum, .literal(.string("x"))])
        let first = try projection.evaluate(Harness.batch(["a": [.bigint(1)]]), Harness.context)
        let second = try projection.evaluate(
            Harness.batch(["a": (0..<3000).map { .bigint($0) }]), Harness.context)
        #expect(first[0].value(0, .bigint) == .bigint(2))
        #expect(first[1].value(0, .string) == .string("x"))
        #expect(second[0].value(2999, .bigint) == .bigint(3000))
        #expect(second[1].value(2999, .string) == .string("x"))
    }
}
