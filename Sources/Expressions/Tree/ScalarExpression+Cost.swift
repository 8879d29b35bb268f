internal import Columnar

/// What decides whether a part may be evaluated for rows that do not need it.
extension ScalarExpression {
    /// Whether some value of the columns makes the evaluation fail.
    package var canFail: Bool {
        switch self {
        case .column, .literal: return false
        case .call(let call): if call.canFail { return true }
        case .cast(let operand, let type, .fail):
            if !ExpressionType.isCastTotal(operand.type, type) { return true }
        default: break
        }
        return children.contains { $0.canFail }
    }

    /// Whether the evaluation costs a few nanoseconds a row at most: values of fixed width only, nothing parsed or written.
    var isCheap: Bool {
        switch self {
        case .column, .literal: return true
        case .call(let call): if !call.isCheap { return false }
        case .cast(let operand, let type, _):
            if operand.type.storage.isVariableLength || type.storage.isVariableLength { return false }
        case .inList: return false
        default: if type.storage.isVariableLength { return false }
        }
        return children.allSatisfy { $0.isCheap }
    }

    /// Whether it is right and not slower to evaluate the part for all rows.
    var isSimple: Bool { !canFail && isCheap }
}

extension FunctionCall {
    /// Whether the function itself, given its arguments, may fail.
    package var canFail: Bool {
        switch function {
        case .add, .subtract, .multiply, .divide, .modulo, .negate, .absolute: type != .double
        case .round, .truncate, .ceiling, .floor: type.isDecimal
        case .addInterval, .subtractInterval, .timestampAdd, .timestampDifference, .toTimestampLTZ: true
        case .repeat, .leftPad, .rightPad, .floorTime, .ceilingTime: true
        case .dateFormat, .toTimestamp, .toDate, .unixTimestamp, .fromUnixTime: true
        default: false
        }
    }

    var isCheap: Bool {
        if type.storage.isVariableLength { return false }
        switch function {
        case .isNull, .isNotNull: return true
        case .power, .exponential, .naturalLogarithm, .logarithm10, .logarithm2, .logarithm, .sine, .cosine, .tangent,
            .arcSine, .arcCosine, .arcTangent, .arcTangent2:
            return false
        default: return arguments.allSatisfy { !$0.type.storage.isVariableLength }
        }
    }
}

extension ExpressionType {
    /// Whether every value of `source` has a counterpart in `target`.
    static func isCastTotal(_ source: ExpressionType, _ target: ExpressionType) -> Bool {
        if source == target || source == .null || target == .string || target == .boolean && source != .string {
            return true
        }
        if target == .double { return source != .string }
        if target == .bytes { return true }
        if let one = source.decimalShape, let other = target.decimalShape {
            if target.isInteger { return source == .int }
            // Half-up rounding may carry into one more digit.
            let carry = other.scale < one.scale ? 1 : 0
            return other.precision - other.scale >= one.precision - one.scale + carry
        }
        if source == .boolean { return target.decimalShape.map { $0.precision > $0.scale } ?? false }
        return source.isTemporal && target.isTemporal && source != .date && target != .date
    }
}
