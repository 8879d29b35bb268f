internal import Columnar

/// Flink's rules for the types of results and of implicit conversions.
extension ExpressionType {
    package static let maximumPrecision = 38
    /// Digits behind the point that a product or quotient keeps at least when its precision must be cut.
    static let minimumAdjustedScale = 6

    /// The precision and scale of an exact number; INT and BIGINT are DECIMAL(10, 0) and DECIMAL(19, 0).
    package var decimalShape: (precision: Int, scale: Int)? {
        switch self {
        case .int: (10, 0)
        case .bigint: (19, 0)
        case .value(.decimal(let precision, let scale)): (precision, scale)
        default: nil
        }
    }

    /// DECIMAL(precision, scale), with digits behind the point given up where there are more than 38 digits.
    static func adjustedDecimal(_ precision: Int, _ scale: Int) -> ExpressionType {
        if precision <= maximumPrecision { return .decimal(precision, scale) }
        let integerDigits = precision - scale
        let scale = max(maximumPrecision - integerDigits, min(scale, minimumAdjustedScale))
        return .decimal(maximumPrecision, scale)
    }

    /// The type that both convert to without being asked; nil where there is none.
    package static func common(_ left: ExpressionType, _ right: ExpressionType) -> ExpressionType? {
        if left == right || right == .null { return left }
        if left == .null { return right }
        if left.isNumeric && right.isNumeric { return commonNumeric(left, right) }
        guard case .value(let leftType) = left, case .value(let rightType) = right else { return nil }
        switch (leftType, rightType) {
        case (.timestamp(let one), .timestamp(let other)): return .timestamp(max(one, other))
        case (.timestampLTZ(let one), .timestampLTZ(let other)), (.timestampLTZ(let one), .timestamp(let other)),
            (.timestamp(let one), .timestampLTZ(let other)):
            return .timestampLTZ(max(one, other))
        case (.date, .timestamp), (.date, .timestampLTZ): return right
        case (.timestamp, .date), (.timestampLTZ, .date): return left
        default: return nil
        }
    }

    /// The common type of all; nil for none or where there is none.
    package static func common(_ types: [ExpressionType]) -> ExpressionType? {
        guard var result = types.first else { return nil }
        for type in types.dropFirst() {
            guard let next = common(result, type) else { return nil }
            result = next
        }
        return result
    }

    /// As `common`, and text converts to what it is compared with.
    static func commonForComparison(_ left: ExpressionType, _ right: ExpressionType) -> ExpressionType? {
        if let type = common(left, right) { return type }
        if left == .string, right.isTextComparable { return right }
        if right == .string, left.isTextComparable { return left }
        return nil
    }

    private var isTextComparable: Bool { isNumeric || isTemporal || self == .boolean }

    private static func commonNumeric(_ left: ExpressionType, _ right: ExpressionType) -> ExpressionType {
        if left == .double || right == .double { return .double }
        if left.isInteger && right.isInteger { return .bigint }
        guard let one = left.decimalShape, let other = right.decimalShape else { return .double }
        let scale = max(one.scale, other.scale)
        return adjustedDecimal(max(one.precision - one.scale, other.precision - other.scale) + scale, scale)
    }

    /// The type of `left function right` for numbers; nil where one is none.
    static func arithmeticResult(
        _ function: ScalarFunction, _ left: ExpressionType, _ right: ExpressionType
    ) -> ExpressionType? {
        guard left.isNumeric, right.isNumeric else { return nil }
        guard let one = left.decimalShape, let other = right.decimalShape, left.isDecimal || right.isDecimal else {
            return commonNumeric(left, right) == .bigint && left == right ? left : commonNumeric(left, right)
        }
        let integerDigits = (one.precision - one.scale, other.precision - other.scale)
        switch function {
        case .add, .subtract:
            let scale = max(one.scale, other.scale)
            return adjustedDecimal(max(integerDigits.0, integerDigits.1) + scale + 1, scale)
        case .multiply:
            return adjustedDecimal(one.precision + other.precision, one.scale + other.scale)
        case .divide:
            let scale = max(6, one.scale + other.precision + 1)
            return adjustedDecimal(integerDigits.0 + other.scale + scale, scale)
        case .modulo:
            let scale = max(one.scale, other.scale)
            return adjustedDecimal(min(integerDigits.0, integerDigits.1) + scale, scale)
        default: return nil
        }
    }

    /// Whether CAST and TRY_CAST convert from this type to `target`.
    package func isCastable(to target: ExpressionType) -> Bool {
        if self == target || self == .null { return target != .null }
        guard case .value(let source) = self, case .value(let target) = target else {
            return false
        }
        switch (source, target) {
        case (_, .string): return true
        case (.string, _): return true
        case (.bytes, _), (_, .bytes): return false
        case (.boolean, _): return target.isNumeric
        case (_, .boolean): return source.isNumeric
        case (.date, .timestamp), (.date, .timestampLTZ): return true
        case (.timestamp, .date), (.timestampLTZ, .date): return true
        default:
            if source.isNumeric { return target.isNumeric }
            return source.isTimestamp && target.isTimestamp
        }
    }
}
