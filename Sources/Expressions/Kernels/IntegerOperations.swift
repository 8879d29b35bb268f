/// Arithmetic on INT and BIGINT: results wrap in the loop, overflow is found by signs.
struct IntegerAdd<Value: FixedWidthInteger & SignedInteger & FixedValue>: CheckedBinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> Value { left &+ right }
    @inline(__always)
    func suspicion(_ left: Value, _ right: Value, _ result: Value) -> Value { (left ^ result) & (right ^ result) }
    @inline(__always)
    func failure(_ left: Value, _ right: Value) -> ExpressionError.Code? {
        left.addingReportingOverflow(right).overflow ? .arithmeticOverflow : nil
    }
}

struct IntegerSubtract<Value: FixedWidthInteger & SignedInteger & FixedValue>: CheckedBinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> Value { left &- right }
    @inline(__always)
    func suspicion(_ left: Value, _ right: Value, _ result: Value) -> Value { (left ^ right) & (left ^ result) }
    @inline(__always)
    func failure(_ left: Value, _ right: Value) -> ExpressionError.Code? {
        left.subtractingReportingOverflow(right).overflow ? .arithmeticOverflow : nil
    }
}

struct IntegerMultiply<Value: FixedWidthInteger & SignedInteger & FixedValue>: CheckedBinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> Value { left &* right }
    @inline(__always)
    func suspicion(_ left: Value, _ right: Value, _ result: Value) -> Value {
        left.multipliedReportingOverflow(by: right).overflow ? -1 : 0
    }
    @inline(__always)
    func failure(_ left: Value, _ right: Value) -> ExpressionError.Code? {
        left.multipliedReportingOverflow(by: right).overflow ? .arithmeticOverflow : nil
    }
}

/// Towards zero.
struct IntegerDivide<Value: FixedWidthInteger & SignedInteger & FixedValue>: CheckedBinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> Value { left.dividedReportingOverflow(by: right).partialValue }
    @inline(__always)
    func suspicion(_ left: Value, _ right: Value, _ result: Value) -> Value {
        right == 0 || (right == -1 && left == .min) ? -1 : 0
    }
    @inline(__always)
    func failure(_ left: Value, _ right: Value) -> ExpressionError.Code? {
        right == 0 ? .divisionByZero : right == -1 && left == .min ? .arithmeticOverflow : nil
    }
}

/// The rest of the division towards zero, with the sign of the dividend.
struct IntegerModulo<Value: FixedWidthInteger & SignedInteger & FixedValue>: CheckedBinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> Value {
        right == -1 ? 0 : left.remainderReportingOverflow(dividingBy: right).partialValue
    }
    @inline(__always)
    func suspicion(_ left: Value, _ right: Value, _ result: Value) -> Value { right == 0 ? -1 : 0 }
    @inline(__always)
    func failure(_ left: Value, _ right: Value) -> ExpressionError.Code? { right == 0 ? .divisionByZero : nil }
}

struct IntegerNegate<Value: FixedWidthInteger & SignedInteger & FixedValue>: CheckedUnaryOperation {
    @inline(__always)
    func apply(_ value: Value) -> Value { 0 &- value }
    @inline(__always)
    func suspicion(_ value: Value, _ result: Value) -> Value { value & result }
    @inline(__always)
    func failure(_ value: Value) -> ExpressionError.Code? { value == .min ? .arithmeticOverflow : nil }
}

struct IntegerAbsolute<Value: FixedWidthInteger & SignedInteger & FixedValue>: CheckedUnaryOperation {
    @inline(__always)
    func apply(_ value: Value) -> Value { value < 0 ? 0 &- value : value }
    @inline(__always)
    func suspicion(_ value: Value, _ result: Value) -> Value { result }
    @inline(__always)
    func failure(_ value: Value) -> ExpressionError.Code? { value == .min ? .arithmeticOverflow : nil }
}

struct IntegerSign<Value: FixedWidthInteger & SignedInteger & FixedValue>: UnaryOperation {
    @inline(__always)
    func apply(_ value: Value) -> Value { value.signum() }
}
