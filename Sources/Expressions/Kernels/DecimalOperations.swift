/// An integer type that the unscaled value of a DECIMAL is kept in.
protocol DecimalStorage: FixedWidthInteger & SignedInteger & FixedValue {}
extension Int64: DecimalStorage {}
extension Int128: DecimalStorage {}
extension Int32: DecimalStorage {}

/// + and - on DECIMALs: in 128 bits where that suffices, else exactly.
struct DecimalAdd<Left: DecimalStorage, Right: DecimalStorage, Output: DecimalStorage>: CheckedBinaryOperation {
    let shape: DecimalMath.Shape
    /// 1 or -1, times the power of ten that brings the right side to the common scale.
    let rightSign: Int128
    let leftFactor: Int128
    let rightFactor: Int128
    /// Whether the common scale is the result's.
    let isDirect: Bool

    init(_ shape: DecimalMath.Shape, isSubtraction: Bool) {
        self.shape = shape
        let common = max(shape.leftScale, shape.rightScale)
        rightSign = isSubtraction ? -1 : 1
        leftFactor = DecimalMath.powers[common - shape.leftScale]
        rightFactor = DecimalMath.powers[common - shape.rightScale] * (isSubtraction ? -1 : 1)
        isDirect = common == shape.scale
    }

    @inline(__always)
    private func compute(_ left: Left, _ right: Right) -> Int128? {
        let one = Int128(left).multipliedReportingOverflow(by: leftFactor)
        let other = Int128(right).multipliedReportingOverflow(by: rightFactor)
        let sum = one.partialValue.addingReportingOverflow(other.partialValue)
        if isDirect, !(one.overflow || other.overflow || sum.overflow) {
            return DecimalMath.bounded(sum.partialValue, shape.limit)
        }
        return DecimalMath.add(Int128(left), Int128(right) * rightSign, shape)
    }

    @inline(__always)
    func apply(_ left: Left, _ right: Right) -> Output { Output(truncatingIfNeeded: compute(left, right) ?? 0) }
    @inline(__always)
    func suspicion(_ left: Left, _ right: Right, _ result: Output) -> Int64 {
        // A refused result is 0, which is rare otherwise.
        result == 0 ? -1 : 0
    }
    func failure(_ left: Left, _ right: Right) -> ExpressionError.Code? {
        compute(left, right) == nil ? .arithmeticOverflow : nil
    }
}

struct DecimalMultiply<Left: DecimalStorage, Right: DecimalStorage, Output: DecimalStorage>: CheckedBinaryOperation {
    let shape: DecimalMath.Shape
    let isDirect: Bool

    init(_ shape: DecimalMath.Shape) {
        self.shape = shape
        isDirect = shape.leftScale + shape.rightScale == shape.scale
    }

    @inline(__always)
    private func compute(_ left: Left, _ right: Right) -> Int128? {
        let (product, overflow) = Int128(left).multipliedReportingOverflow(by: Int128(right))
        if isDirect, !overflow { return DecimalMath.bounded(product, shape.limit) }
        return DecimalMath.multiply(Int128(left), Int128(right), shape)
    }

    @inline(__always)
    func apply(_ left: Left, _ right: Right) -> Output { Output(truncatingIfNeeded: compute(left, right) ?? 0) }
    @inline(__always)
    func suspicion(_ left: Left, _ right: Right, _ result: Output) -> Int64 {
        result == 0 && left != 0 && right != 0 ? -1 : 0
    }
    func failure(_ left: Left, _ right: Right) -> ExpressionError.Code? {
        compute(left, right) == nil ? .arithmeticOverflow : nil
    }
}

/// / and % on DECIMALs.
struct DecimalDivide<Left: DecimalStorage, Right: DecimalStorage, Output: DecimalStorage>: CheckedBinaryOperation {
    let shape: DecimalMath.Shape
    let isModulo: Bool

    private func compute(_ left: Left, _ right: Right) -> Int128? {
        if right == 0 { return nil }
        return isModulo
            ? DecimalMath.modulo(Int128(left), Int128(right), shape)
            : DecimalMath.divide(Int128(left), Int128(right), shape)
    }

    func apply(_ left: Left, _ right: Right) -> Output { Output(truncatingIfNeeded: compute(left, right) ?? 0) }
    @inline(__always)
    func suspicion(_ left: Left, _ right: Right, _ result: Output) -> Int64 { result == 0 ? -1 : 0 }
    func failure(_ left: Left, _ right: Right) -> ExpressionError.Code? {
        if right == 0 { return .divisionByZero }
        return compute(left, right) == nil ? .arithmeticOverflow : nil
    }
}

/// From one precision and scale, or an integer type, to another, rounding half up.
struct DecimalRescale<Input: FixedWidthInteger & FixedValue, Output: DecimalStorage>: CheckedUnaryOperation {
    let up: Int128
    let down: Int128
    let limit: Int128

    /// - Parameter limit: the first magnitude that is too large.
    init(from scale: Int, to targetScale: Int, limit: Int128) {
        up = DecimalMath.powers[max(0, targetScale - scale)]
        down = DecimalMath.powers[max(0, scale - targetScale)]
        self.limit = limit
    }

    @inline(__always)
    private func compute(_ value: Input) -> Int128? {
        DecimalMath.rescale(Int128(value), up: up, down: down, limit: limit)
    }

    @inline(__always)
    func apply(_ value: Input) -> Output { Output(truncatingIfNeeded: compute(value) ?? 0) }
    @inline(__always)
    func suspicion(_ value: Input, _ result: Output) -> Int64 { result == 0 && value != 0 ? -1 : 0 }
    func failure(_ value: Input) -> ExpressionError.Code? { compute(value) == nil ? .numericOutOfRange : nil }
}

/// DECIMAL to INT or BIGINT: digits behind the point are cut off.
struct DecimalToInteger<Input: FixedWidthInteger & FixedValue, Output: DecimalStorage>: CheckedUnaryOperation {
    let divisor: Int128

    @inline(__always)
    func apply(_ value: Input) -> Output { Output(truncatingIfNeeded: Int128(value) / divisor) }
    @inline(__always)
    func suspicion(_ value: Input, _ result: Output) -> Int64 { Int128(result) == Int128(value) / divisor ? 0 : -1 }
    func failure(_ value: Input) -> ExpressionError.Code? {
        Output(exactly: Int128(value) / divisor) == nil ? .numericOutOfRange : nil
    }
}

struct DecimalToDouble<Input: DecimalStorage>: UnaryOperation {
    let divisor: Double

    @inline(__always)
    func apply(_ value: Input) -> Double {
        // Exact up to 2^53 and 10^22, so the quotient is correctly rounded; beyond, within one unit in the last place.
        Double(value) / divisor
    }
}
