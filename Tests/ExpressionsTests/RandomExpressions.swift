import Columnar
import Expressions
import TestKit

/// Makes rows and expressions over the harness's schema from a seed.
struct RandomExpressions {
    var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    static let types: [ExpressionType] = [
        .boolean, .int, .bigint, .double, .decimal(10, 2), .decimal(25, 4), .string, .date, .timestamp(3),
    ]

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

    mutating func value(_ type: ExpressionType) -> ScalarValue {
        switch type {
        case .boolean: return .boolean(below(2) == 0)
        case .int: return .int([0, 1, -1, 2, .max, .min, Int32(below(100))][below(7)])
        case .bigint: return .bigint([0, 1, -1, 3, .max, .min, Int64(below(1000)), 1 << 40][below(8)])
        case .double:
            return .double([0, 1, -1.5, 2.25, 1e18, -1e300, .infinity, .nan, Double(below(1000)) / 8][below(9)])
        case .string: return .string(["", "a", "B", "héé", "日本", "abc", "x y", "zZ9"][below(8)])
        case .date: return .date(Int32(below(20000)))
        case .value(.timestamp), .value(.timestampLTZ): return .timestamp(Int64(below(2_000_000_000)) * 1000)
        default:
            guard let shape = type.decimalShape else { preconditionFailure("\(type)") }
            let digits = below(shape.precision) + 1
            var value: Int128 = 0
            for _ in 0..<digits { value = value * 10 + Int128(below(10)) }
            return .decimal(below(2) == 0 ? value : -value)
        }
    }

    mutating func row() -> [ScalarValue] {
        ExpressionHarness.schema.fields.map { field in below(5) == 0 ? .null : value(.value(field.type)) }
    }

    mutating func expression(_ type: ExpressionType, depth: Int) throws -> ScalarExpression {
        if depth == 0 || below(6) == 0 { return leaf(type) }
        switch below(8) {
        case 0:
            return try .caseWhen(
                [
                    (try expression(.boolean, depth: depth - 1), try expression(type, depth: depth - 1)),
                    (try expression(.boolean, depth: depth - 1), try expression(type, depth: depth - 1)),
                ], otherwise: below(2) == 0 ? nil : try expression(type, depth: depth - 1))
        case 1:
            return try .coalescing([
                try expression(type, depth: depth - 1), try expression(type, depth: depth - 1), leaf(type),
            ])
        case 2 where type.isNumeric: return try conversion(type, depth)
        default: break
        }
        if type == .boolean { return try condition(depth) }
        if type == .string { return try text(depth) }
        if type.isNumeric { return try arithmetic(type, depth) }
        let form = ["GREATEST", "LEAST"][below(2)]
        return try FunctionRegistry.builtIn.call(
            form, [try expression(type, depth: depth - 1), try expression(type, depth: depth - 1)])
    }

    private mutating func leaf(_ type: ExpressionType) -> ScalarExpression {
        let columns = ExpressionHarness.schema.fields.indices.filter {
            ExpressionType.value(ExpressionHarness.schema[$0].type) == type
        }
        if columns.isEmpty || below(3) == 0 {
            return .literal(Literal(below(10) == 0 ? .null : value(type), type))
        }
        return .column(ExpressionHarness.schema, columns[below(columns.count)])
    }

    private mutating func conversion(_ type: ExpressionType, _ depth: Int) throws -> ScalarExpression {
        var sources: [ExpressionType] = [.boolean, .int, .bigint, .decimal(10, 2), .decimal(25, 4)]
        if type.isInteger { sources.append(.double) }
        let source = sources[below(sources.count)]
        return try .casting(
            try expression(source, depth: depth - 1), to: type, mode: below(2) == 0 ? .fail : .null)
    }

    private mutating func arithmetic(_ type: ExpressionType, _ depth: Int) throws -> ScalarExpression {
        let functions: [ScalarFunction] = [.add, .subtract, .multiply, .divide, .modulo]
        if below(6) == 0 { return try .negating(try expression(type, depth: depth - 1)) }
        let left = try expression(type, depth: depth - 1)
        let right = try expression(type, depth: depth - 1)
        let result = try ScalarExpression.arithmetic(functions[below(functions.count)], left, right)
        return try .casting(result, to: type, mode: .null)
    }

    private mutating func condition(_ depth: Int) throws -> ScalarExpression {
        let functions: [ScalarFunction] = [
            .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .distinct, .notDistinct,
        ]
        switch below(6) {
        case 0: return .not(try expression(.boolean, depth: depth - 1))
        case 1, 2:
            var operands: [ScalarExpression] = []
            for _ in 0..<2 + below(2) { operands.append(try expression(.boolean, depth: depth - 1)) }
            return below(2) == 0 ? .and(operands) : .or(operands)
        case 3:
            let tests: [ScalarFunction] = [.isNull, .isNotNull, .isTrue, .isNotTrue, .isFalse, .isNotFalse]
            return try .test(tests[below(6)], try expression(.boolean, depth: depth - 1))
        case 4:
            let type = Self.types[below(Self.types.count)]
            let operand = try expression(type, depth: depth - 1)
            return .inList(operand, (0..<1 + below(20)).map { _ in below(15) == 0 ? .null : value(type) })
        default:
            let type = Self.types[below(Self.types.count)]
            return try .comparison(
                functions[below(functions.count)], try expression(type, depth: depth - 1),
                try expression(type, depth: depth - 1))
        }
    }

    private mutating func text(_ depth: Int) throws -> ScalarExpression {
        let registry = FunctionRegistry.builtIn
        let operand = try expression(.string, depth: depth - 1)
        switch below(6) {
        case 0: return try registry.call("UPPER", [operand])
        case 1: return try registry.call("REVERSE", [operand])
        case 2: return try registry.call("LEFT", [operand, .literal(.int(Int32(below(4))))])
        case 3: return try registry.call("RIGHT", [operand, .literal(.int(Int32(below(4))))])
        case 4: return try .casting(try expression(.int, depth: depth - 1), to: .string)
        default: return try registry.call("CONCAT", [operand, try expression(.string, depth: depth - 1)])
        }
    }
}
