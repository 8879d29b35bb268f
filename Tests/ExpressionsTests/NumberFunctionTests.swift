import Columnar
import Expressions
import Testing

struct NumberFunctionTests {
    typealias Harness = ExpressionHarness

    static let examples: [FunctionExample] = [
        .init("ABS", [.int(-5)], .int(5)), .init("ABS", [.double(-1.5)], .double(1.5)), .init("ABS", [.null], .null),
        .init("ABS", [.decimal(-7)], .decimal(7)),
        .init("CEIL", [.double(1.2)], .double(2)), .init("FLOOR", [.double(-1.2)], .double(-2)),
        .init("CEILING", [.int(3)], .int(3)), .init("SIGN", [.bigint(-3)], .bigint(-1)),
        .init("SIGN", [.double(0)], .double(0)), .init("ROUND", [.double(2.5)], .double(3)),
        .init("ROUND", [.double(-2.5)], .double(-3)), .init("ROUND", [.double(1.005), .int(2)], .double(1.01)),
        .init("ROUND", [.double(1234.567), .int(-2)], .double(1200)), .init("ROUND", [.int(155), .int(-1)], .int(160)),
        .init("ROUND", [.int(-155), .int(-1)], .int(-160)), .init("ROUND", [.int(5), .int(3)], .int(5)),
        .init("ROUND", [.double(1e300), .int(2)], .double(1e300)),
        .init("TRUNCATE", [.double(1.999), .int(2)], .double(1.99)), .init("TRUNCATE", [.double(-1.9)], .double(-1)),
        .init("TRUNCATE", [.int(199), .int(-2)], .int(100)), .init("MOD", [.int(7), .int(3)], .int(1)),
        .init("MOD", [.int(-7), .int(3)], .int(-1)), .init("MOD", [.int(7), .bigint(-3)], .bigint(1)),
        .init("POWER", [.int(2), .int(10)], .double(1024)), .init("SQRT", [.int(9)], .double(3)),
        .init("EXP", [.int(0)], .double(1)), .init("LN", [.int(1)], .double(0)),
        .init("LOG10", [.int(1000)], .double(3)),
        .init("LOG2", [.int(8)], .double(3)), .init("LOG", [.int(2), .int(8)], .double(3)),
        .init("LOG", [.double(1)], .double(0)), .init("DEGREES", [.double(0)], .double(0)),
        .init("GREATEST", [.int(1), .bigint(5), .int(3)], .bigint(5)),
        .init("LEAST", [.double(1.5), .int(2)], .double(1.5)),
        .init("GREATEST", [.int(1), .null], .null), .init("LEAST", [.string("b"), .string("a")], .string("a")),
        .init("NULLIF", [.int(1), .int(1)], .null), .init("NULLIF", [.int(1), .int(2)], .int(1)),
        .init("IF", [.boolean(true), .int(1), .int(2)], .int(1)), .init("IF", [.null, .int(1), .int(2)], .int(2)),
        .init("IFNULL", [.null, .int(2)], .int(2)), .init("COALESCE", [.null, .null, .string("x")], .string("x")),
    ]

    @Test(arguments: examples)
    func functionGivesWhatTheExampleSays(_ example: FunctionExample) throws {
        #expect(try Harness.constant(try example.expression) == example.expected)
    }

    static func arithmetic(
        _ function: ScalarFunction, _ left: ScalarValue, _ right: ScalarValue
    ) throws -> ScalarValue {
        try Harness.constant(.arithmetic(function, Harness.literal(left), Harness.literal(right)))
    }

    @Test func divisionOfIntegersIsTowardsZero() throws {
        #expect(try Self.arithmetic(.divide, .int(7), .int(2)) == .int(3))
        #expect(try Self.arithmetic(.divide, .int(-7), .int(2)) == .int(-3))
        #expect(try Self.arithmetic(.modulo, .int(-7), .int(2)) == .int(-1))
        #expect(try Self.arithmetic(.modulo, .bigint(.min), .bigint(-1)) == .bigint(0))
        #expect(try Self.arithmetic(.divide, .int(7), .double(2)) == .double(3.5))
        #expect(try Self.arithmetic(.divide, .double(1), .double(0)) == .double(.infinity))
    }

    /// Both constants in one program: they are equal, and yet not the same.
    @Test func zerosOfBothSignsAreKeptApart() throws {
        func inverse(_ zero: Double) throws -> ScalarExpression {
            try .arithmetic(.divide, Harness.literal(.double(1)), Harness.literal(.double(zero)))
        }
        let results = try CompiledProjection([inverse(0.0), inverse(-0.0)])
            .evaluate(Harness.batch([:]), Harness.context, errors: RowErrors())
        #expect(results[0].value(0, .double) == .double(.infinity))
        #expect(results[1].value(0, .double) == .double(-.infinity))
    }

    static let overflows: [(ScalarFunction, ScalarValue, ScalarValue, ExpressionError.Code)] = [
        (.add, .int(.max), .int(1), .arithmeticOverflow), (.add, .bigint(.max), .bigint(1), .arithmeticOverflow),
        (.subtract, .int(.min), .int(1), .arithmeticOverflow),
        (.subtract, .bigint(.min), .bigint(1), .arithmeticOverflow),
        (.multiply, .int(1 << 20), .int(1 << 20), .arithmeticOverflow),
        (.multiply, .bigint(1 << 40), .bigint(1 << 40), .arithmeticOverflow),
        (.divide, .int(.min), .int(-1), .arithmeticOverflow), (.divide, .bigint(1), .bigint(0), .divisionByZero),
        (.modulo, .int(1), .int(0), .divisionByZero),
    ]

    @Test(arguments: overflows)
    func overflowIsAnErrorOfTheRow(
        _ function: ScalarFunction, _ left: ScalarValue, _ right: ScalarValue, _ code: ExpressionError.Code
    ) throws {
        let error = #expect(throws: ExpressionError.self) { try Self.arithmetic(function, left, right) }
        #expect(error?.code == code)
        #expect(error?.isRowError == true)
    }

    @Test func errorsNameTheExpressionButNoValue() throws {
        let sum = try ScalarExpression.arithmetic(.add, Harness.column("a"), Harness.column("b"))
        let batch = Harness.batch(["a": [.bigint(9_223_372_036_854_775_807)], "b": [.bigint(77)]])
        let error = #expect(throws: ExpressionError.self) {
            try CompiledProjection([sum]).evaluate(batch, Harness.context)
        }
        #expect(error?.description.contains("a + b") == true)
        #expect(error?.description.contains("9223372036854775807") == false)
        #expect(error?.description.contains("77") == false)
    }

    static func decimal(_ text: String, _ precision: Int, _ scale: Int) throws -> ScalarExpression {
        try .casting(.literal(.string(text)), to: .decimal(precision, scale))
    }

    /// The text of a DECIMAL expression.
    static func text(_ expression: ScalarExpression) throws -> ScalarValue {
        try Harness.constant(.casting(expression, to: .string))
    }

    @Test func decimalArithmeticIsExactAndTypedAsInFlink() throws {
        let left = try Self.decimal("12.34", 10, 2)
        let right = try Self.decimal("0.567", 5, 3)
        let sum = try ScalarExpression.arithmetic(.add, left, right)
        #expect(sum.type == .decimal(12, 3))
        #expect(try Self.text(sum) == .string("12.907"))
        let product = try ScalarExpression.arithmetic(.multiply, left, right)
        #expect(product.type == .decimal(15, 5))
        #expect(try Self.text(product) == .string("6.99678"))
        let quotient = try ScalarExpression.arithmetic(.divide, left, right)
        #expect(quotient.type == .decimal(19, 8))
        #expect(try Self.text(quotient) == .string("21.76366843"))
        let rest = try ScalarExpression.arithmetic(.modulo, left, right)
        #expect(try Self.text(rest) == .string("0.433"))
        let difference = try ScalarExpression.arithmetic(.subtract, right, left)
        #expect(try Self.text(difference) == .string("-11.773"))
    }

    @Test func largeDecimalsNeedMoreThan128BitsOnTheWay() throws {
        let large = try Self.decimal("12345678901234567890.123456789012345678", 38, 18)
        let product = try ScalarExpression.arithmetic(.multiply, large, Self.decimal("2.5", 38, 18))
        #expect(product.type == .decimal(38, 6))
        #expect(try Self.text(product) == .string("30864197253086419725.308642"))
        let quotient = try ScalarExpression.arithmetic(.divide, large, Self.decimal("3", 38, 18))
        #expect(try Self.text(quotient) == .string("4115226300411522630.041152"))
        let limit = try Self.decimal(String(repeating: "9", count: 38), 38, 0)
        let error = #expect(throws: ExpressionError.self) {
            try Self.text(.arithmetic(.multiply, limit, limit))
        }
        #expect(error?.code == .arithmeticOverflow)
    }

    @Test func decimalsRound() throws {
        let registry = FunctionRegistry.builtIn
        let value = try Self.decimal("-123.455", 10, 3)
        #expect(try Self.text(registry.call("ROUND", [value, .literal(.int(2))])) == .string("-123.46"))
        #expect(try Self.text(registry.call("ROUND", [value])) == .string("-123"))
        #expect(try Self.text(registry.call("ROUND", [value, .literal(.int(-1))])) == .string("-120"))
        #expect(try Self.text(registry.call("TRUNCATE", [value, .literal(.int(2))])) == .string("-123.45"))
        #expect(try Self.text(registry.call("FLOOR", [value])) == .string("-124"))
        #expect(try Self.text(registry.call("CEIL", [value])) == .string("-123"))
        #expect(try Self.text(registry.call("SIGN", [value])) == .string("-1.000"))
    }
}
