extension FunctionRegistry {
    static let numericFunctions: [String: [Signature]] = [
        "ABS": [Signature(.absolute, [.numeric], .argument(0))],
        "CEIL": [Signature(.ceiling, [.numeric], .computed(wholeNumber))],
        "CEILING": [Signature(.ceiling, [.numeric], .computed(wholeNumber))],
        "FLOOR": [Signature(.floor, [.numeric], .computed(wholeNumber))],
        "SIGN": [Signature(.sign, [.numeric], .argument(0))],
        "ROUND": [Signature(.round, [.numeric, .bigint], optional: 1, .computed(rounded))],
        "TRUNCATE": [Signature(.truncate, [.numeric, .bigint], optional: 1, .computed(truncated))],
        "POWER": [Signature(.power, [.double, .double], .fixed(.double))],
        "SQRT": [Signature(.squareRoot, [.double], .fixed(.double))],
        "EXP": [Signature(.exponential, [.double], .fixed(.double))],
        "LN": [Signature(.naturalLogarithm, [.double], .fixed(.double))],
        "LOG10": [Signature(.logarithm10, [.double], .fixed(.double))],
        "LOG2": [Signature(.logarithm2, [.double], .fixed(.double))],
        "LOG": [
            Signature(.naturalLogarithm, [.double], .fixed(.double)),
            Signature(.logarithm, [.double, .double], .fixed(.double)),
        ],
        "SIN": [Signature(.sine, [.double], .fixed(.double))],
        "COS": [Signature(.cosine, [.double], .fixed(.double))],
        "TAN": [Signature(.tangent, [.double], .fixed(.double))],
        "ASIN": [Signature(.arcSine, [.double], .fixed(.double))],
        "ACOS": [Signature(.arcCosine, [.double], .fixed(.double))],
        "ATAN": [Signature(.arcTangent, [.double], .fixed(.double))],
        "ATAN2": [Signature(.arcTangent2, [.double, .double], .fixed(.double))],
        "RADIANS": [Signature(.radians, [.double], .fixed(.double))],
        "DEGREES": [Signature(.degrees, [.double], .fixed(.double))],
    ]

    /// CEIL and FLOOR of a DECIMAL have no digits behind the point.
    @Sendable
    private static func wholeNumber(_ types: [ExpressionType], _ literals: [Literal?]) -> ExpressionType {
        guard types[0].isDecimal, let shape = types[0].decimalShape else { return types[0] }
        if shape.scale == 0 { return types[0] }
        return .decimal(min(38, shape.precision - shape.scale + 1), 0)
    }

    /// A DECIMAL keeps as many digits behind the point as asked for, and gets one before it.
    @Sendable
    private static func rounded(_ types: [ExpressionType], _ literals: [Literal?]) -> ExpressionType {
        guard types[0].isDecimal, let shape = types[0].decimalShape else { return types[0] }
        guard let digits = literals.count > 1 ? digits(literals[1]) : 0, digits < shape.scale else { return types[0] }
        let kept = max(0, digits)
        return .decimal(min(38, 1 + shape.precision - shape.scale + kept), kept)
    }

    @Sendable
    private static func truncated(_ types: [ExpressionType], _ literals: [Literal?]) -> ExpressionType {
        guard types[0].isDecimal, let shape = types[0].decimalShape else { return types[0] }
        guard let digits = literals.count > 1 ? digits(literals[1]) : 0, digits < shape.scale else { return types[0] }
        let kept = max(0, digits)
        return .decimal(max(1, shape.precision - shape.scale + kept), kept)
    }

    /// The number that a constant argument is.
    static func digits(_ literal: Literal?) -> Int? {
        switch literal?.value {
        case .int(let value)?: Int(value)
        case .bigint(let value)?: Int(value)
        default: nil
        }
    }
}
