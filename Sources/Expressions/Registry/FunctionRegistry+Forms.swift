internal import Columnar

/// Names that stand for more than one kernel, and those that take a time unit.
extension FunctionRegistry {
    static let forms = ["COALESCE", "IF", "IFNULL", "NULLIF", "GREATEST", "LEAST", "INSTR", "MOD", "SHA2"]

    /// Names that take a unit, with the number of arguments beside it.
    static let unitFunctions: [String: Int] = [
        "EXTRACT": 1, "FLOOR": 1, "CEIL": 1, "CEILING": 1, "TIMESTAMPADD": 2, "TIMESTAMPDIFF": 2,
    ]

    static func example(_ name: String) -> String {
        switch name {
        case "EXTRACT": "EXTRACT(HOUR FROM ts)"
        case "TIMESTAMPADD": "TIMESTAMPADD(MINUTE, 5, ts)"
        case "TIMESTAMPDIFF": "TIMESTAMPDIFF(SECOND, start_ts, end_ts)"
        default: "\(name)(ts TO DAY)"
        }
    }

    func form(_ name: String, _ arguments: [ScalarExpression]) throws(ExpressionError) -> ScalarExpression {
        switch (name, arguments.count) {
        case ("COALESCE", 1...): return try .coalescing(arguments)
        case ("IFNULL", 2): return try .coalescing(arguments)
        case ("INSTR", 2): return try call("LOCATE", [arguments[1], arguments[0]])
        case ("MOD", 2): return try .arithmetic(.modulo, arguments[0], arguments[1])
        case ("SHA2", 2):
            switch Self.digits(arguments[1].folded().literal) {
            case 224: return try call("SHA224", [arguments[0]])
            case 256: return try call("SHA256", [arguments[0]])
            default:
                throw ExpressionError(.invalidArgument, "the length of SHA2 must be the constant 224 or 256")
            }
        case ("IF", 3):
            return try .caseWhen([(arguments[0], arguments[1])], otherwise: arguments[2])
        case ("NULLIF", 2):
            let isEqual = try ScalarExpression.comparison(.equal, arguments[0], arguments[1])
            return try .caseWhen([(isEqual, .literal(.null(of: arguments[0].type)))], otherwise: arguments[0])
        case ("GREATEST", 1...), ("LEAST", 1...):
            guard let type = ExpressionType.common(arguments.map { $0.type }), type != .null else {
                throw ScalarExpression.mismatch(name, arguments)
            }
            if arguments.count == 1 { return arguments[0] }
            let converted = arguments.map { ScalarExpression.convert($0, type) }
            return .call(FunctionCall(name == "LEAST" ? .least : .greatest, converted, type))
        default: throw ScalarExpression.mismatch(name, arguments)
        }
    }

    func callWithUnit(
        _ name: String, _ unit: TimeUnit, _ arguments: [ScalarExpression]
    ) throws(ExpressionError) -> ScalarExpression {
        guard let count = Self.unitFunctions[name] else {
            throw contains(name)
                ? ExpressionError(.invalidArgument, "\(name) takes no time unit")
                : ExpressionError(.unknownFunction, "there is no function \(name) with a time unit")
        }
        guard arguments.count == count else {
            throw ExpressionError(.noMatchingSignature, "\(name) is called as \(Self.example(name))")
        }
        if name != "EXTRACT", !unit.isSpan {
            throw ExpressionError(.invalidArgument, "\(name) does not take the unit \(unit.rawValue)")
        }
        switch name {
        case "EXTRACT":
            return .call(FunctionCall(.extract(unit), [try time(name, arguments[0])], .bigint))
        case "TIMESTAMPADD":
            guard let amount = Parameter.bigint.accept(arguments[0].type) else {
                throw ScalarExpression.mismatch(name, arguments)
            }
            var moment = try time(name, arguments[1])
            if moment.type == .date, unit.microseconds ?? .max < 86_400_000_000 {
                moment = ScalarExpression.convert(moment, .timestamp(3))
            }
            let converted = ScalarExpression.convert(arguments[0], amount)
            return .call(FunctionCall(.timestampAdd(unit), [converted, moment], moment.type))
        case "TIMESTAMPDIFF":
            let first = try time(name, arguments[0])
            let second = try time(name, arguments[1])
            guard var type = ExpressionType.common(first.type, second.type) else {
                throw ScalarExpression.mismatch(name, arguments)
            }
            if type == .date { type = .timestamp(3) }
            let moments = [ScalarExpression.convert(first, type), ScalarExpression.convert(second, type)]
            return .call(FunctionCall(.timestampDifference(unit), moments, .int))
        default:
            let moment = try time(name, arguments[0])
            let function = name == "FLOOR" ? ScalarFunction.floorTime(unit) : .ceilingTime(unit)
            return .call(FunctionCall(function, [moment], moment.type))
        }
    }

    private func time(_ name: String, _ argument: ScalarExpression) throws(ExpressionError) -> ScalarExpression {
        guard let type = Parameter.time.accept(argument.type) else {
            throw ScalarExpression.mismatch(name, [argument])
        }
        return ScalarExpression.convert(argument, type)
    }
}
