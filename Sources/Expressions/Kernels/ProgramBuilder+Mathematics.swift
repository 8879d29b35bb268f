internal import Columnar
internal import Glibc

/// Rounding, powers, logarithms, angles.
extension ProgramBuilder {
    func compileMathematics(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError) -> Operand? {
        switch call.function {
        case .round, .truncate: return try compileRounding(call, expression)
        case .ceiling, .floor: return try compileWhole(call, expression)
        default: break
        }
        guard let function = MathFunction(call.function) else { return nil }
        let operands = try compileArguments(call)
        if operands.count == 2 {
            return emitBinary(DoubleFunction(function: function), operands[0], operands[1], .double)
        }
        return emitUnary(DoubleFunction(function: function), operands[0], .double)
    }

    private func compileWhole(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError) -> Operand {
        let operand = try compile(call.arguments[0])
        let source = call.arguments[0].type
        if source == .double {
            return call.function == .floor
                ? emitUnary(DoubleFloor(), operand, .double) : emitUnary(DoubleCeiling(), operand, .double)
        }
        guard source.isDecimal, let shape = source.decimalShape, shape.scale > 0 else { return operand }
        let divisor = DecimalMath.powers[shape.scale]
        let limit = DecimalMath.powers[call.type.decimalShape?.precision ?? 38]
        let isFloor = call.function == .floor
        let type = call.type.storage
        let mode = FailureMode.report(expression)
        switch (source.storage.physical == .int64, type.physical == .int64) {
        case (true, true):
            return emitChecked(
                DecimalWhole<Int64, Int64>(divisor: divisor, limit: limit, isFloor: isFloor), operand, type, mode)
        case (true, false):
            return emitChecked(
                DecimalWhole<Int64, Int128>(divisor: divisor, limit: limit, isFloor: isFloor), operand, type, mode)
        case (false, true):
            return emitChecked(
                DecimalWhole<Int128, Int64>(divisor: divisor, limit: limit, isFloor: isFloor), operand, type, mode)
        case (false, false):
            return emitChecked(
                DecimalWhole<Int128, Int128>(divisor: divisor, limit: limit, isFloor: isFloor), operand, type, mode)
        }
    }

    private func compileRounding(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError)
        -> Operand
    {
        let value = try compile(call.arguments[0])
        let digits = try call.arguments.count > 1 ? compile(call.arguments[1]) : constant(.bigint(0))
        let isRound = call.function == .round
        let source = call.arguments[0].type
        let type = call.type.storage
        let mode = FailureMode.report(expression)
        if source == .double { return emitBinary(RoundDouble(isRound: isRound), value, digits, .double) }
        let scale = source.isDecimal ? source.decimalShape?.scale ?? 0 : 0
        let shape = call.type.isDecimal ? call.type.decimalShape : nil
        let limit: Int128 =
            switch type {
            case .int: Int128(Int32.max) + 1
            case .bigint: Int128(Int64.max) + 1
            default: DecimalMath.powers[shape?.precision ?? 38]
            }
        let plan = RoundingPlan(scale: scale, targetScale: shape?.scale ?? 0, limit: limit, isRound: isRound)
        let pair = (value, digits)
        switch (source.storage.physical, type.physical) {
        case (.int32, _): return emitChecked(RoundExact<Int32, Int32>(plan: plan), pair, type, mode)
        case (.int64, .int64): return emitChecked(RoundExact<Int64, Int64>(plan: plan), pair, type, mode)
        case (.int64, _): return emitChecked(RoundExact<Int64, Int128>(plan: plan), pair, type, mode)
        case (_, .int64): return emitChecked(RoundExact<Int128, Int64>(plan: plan), pair, type, mode)
        default: return emitChecked(RoundExact<Int128, Int128>(plan: plan), pair, type, mode)
        }
    }
}

/// How a scaled number is rounded: digits beyond the number asked for go, the rest is brought to the result's scale.
struct RoundingPlan {
    let scale: Int
    let targetScale: Int
    /// The first magnitude that is too large.
    let limit: Int128
    let isRound: Bool

    func apply(_ value: Int128, _ digits: Int64) -> Int128? {
        var value = value
        let kept = Int(max(min(digits, Int64(scale)), -39))
        let dropped = scale - kept
        if dropped > 38 { return 0 }
        if dropped > 0 {
            let divisor = DecimalMath.powers[dropped]
            value = isRound ? DecimalMath.divideHalfUp(value, divisor) : value / divisor
        }
        let shift = targetScale - kept
        if shift < 0 { return DecimalMath.bounded(DecimalMath.divideHalfUp(value, DecimalMath.powers[-shift]), limit) }
        if value == 0 { return 0 }
        guard shift <= 38 else { return nil }
        return DecimalMath.rescale(value, up: DecimalMath.powers[shift], down: 1, limit: limit)
    }
}

struct RoundExact<Input: DecimalStorage, Output: DecimalStorage>: CheckedBinaryOperation {
    let plan: RoundingPlan

    func apply(_ value: Input, _ digits: Int64) -> Output {
        Output(truncatingIfNeeded: plan.apply(Int128(value), digits) ?? 0)
    }
    @inline(__always)
    func suspicion(_ value: Input, _ digits: Int64, _ result: Output) -> Int64 { result == 0 && value != 0 ? -1 : 0 }
    func failure(_ value: Input, _ digits: Int64) -> ExpressionError.Code? {
        plan.apply(Int128(value), digits) == nil ? .numericOutOfRange : nil
    }
}

/// Rounds the number's shortest decimal text, so that 1.005 becomes 1.01.
struct RoundDouble: BinaryOperation {
    let isRound: Bool

    func apply(_ value: Double, _ digits: Int64) -> Double {
        guard value.isFinite, value != 0 else { return value }
        if digits == 0, !isRound { return value.rounded(.towardZero) }
        if digits == 0, value.magnitude < 4_503_599_627_370_496 {
            return value.rounded(.toNearestOrAwayFromZero)
        }
        if digits > 0, digits <= 9, isRound, let rounded = quickly(value, Int(digits)) { return rounded }
        if digits < -308 { return 0 }
        // A double has no more digits than these.
        if digits > 300 || value.magnitude >= 1e18 && digits >= 0 { return value }
        let scale = Int(digits)
        let text = exact(value, scale)
        guard let text else { return value }
        let power = pow(10, Double(abs(scale)))
        return scale >= 0 ? Double(text) / power : Double(text) * power
    }

    /// Where the scaled number is far from the middle of two, its own error does not decide.
    @inline(__always)
    private func quickly(_ value: Double, _ digits: Int) -> Double? {
        let power = Double(DecimalMath.powers[digits])
        let scaled = value * power
        guard scaled.magnitude < 1_099_511_627_776 else { return nil }
        let nearest = scaled.rounded(.toNearestOrAwayFromZero)
        let distance = ((scaled - nearest).magnitude - 0.5).magnitude
        // In the middle exactly, with an exact product, the text has no other digits either.
        guard distance > 0.001 || distance == 0 && fma(value, power, -scaled) == 0 else { return nil }
        return nearest / power
    }

    private func exact(_ value: Double, _ scale: Int) -> Int128? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ByteWriter.maximumByteCount) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = ByteWriter.double(value, into: base)
            let text = UnsafeRawBufferPointer(start: base, count: count)
            if isRound { return NumberParser.decimal(text, scale: scale, limit: .max) }
            return NumberParser.truncatedDecimal(text, scale: scale, limit: .max)
        }
    }
}

struct DecimalWhole<Input: DecimalStorage, Output: DecimalStorage>: CheckedUnaryOperation {
    let divisor: Int128
    let limit: Int128
    let isFloor: Bool

    @inline(__always)
    private func compute(_ value: Input) -> Int128? {
        let (quotient, remainder) = Int128(value).quotientAndRemainder(dividingBy: divisor)
        let step: Int128 = remainder == 0 || (remainder < 0) != isFloor ? 0 : isFloor ? -1 : 1
        return DecimalMath.bounded(quotient + step, limit)
    }

    func apply(_ value: Input) -> Output { Output(truncatingIfNeeded: compute(value) ?? 0) }
    @inline(__always)
    func suspicion(_ value: Input, _ result: Output) -> Int64 { result == 0 && value != 0 ? -1 : 0 }
    func failure(_ value: Input) -> ExpressionError.Code? { compute(value) == nil ? .numericOutOfRange : nil }
}

/// Functions of doubles, of one or two arguments.
enum MathFunction {
    case power, squareRoot, exponential, naturalLogarithm, logarithm10, logarithm2, logarithm
    case sine, cosine, tangent, arcSine, arcCosine, arcTangent, arcTangent2, radians, degrees

    init?(_ function: ScalarFunction) {
        switch function {
        case .power: self = .power
        case .squareRoot: self = .squareRoot
        case .exponential: self = .exponential
        case .naturalLogarithm: self = .naturalLogarithm
        case .logarithm10: self = .logarithm10
        case .logarithm2: self = .logarithm2
        case .logarithm: self = .logarithm
        case .sine: self = .sine
        case .cosine: self = .cosine
        case .tangent: self = .tangent
        case .arcSine: self = .arcSine
        case .arcCosine: self = .arcCosine
        case .arcTangent: self = .arcTangent
        case .arcTangent2: self = .arcTangent2
        case .radians: self = .radians
        case .degrees: self = .degrees
        default: return nil
        }
    }
}

struct DoubleFunction: UnaryOperation, BinaryOperation {
    let function: MathFunction

    func apply(_ value: Double) -> Double {
        switch function {
        case .squareRoot: value.squareRoot()
        case .exponential: exp(value)
        case .naturalLogarithm: log(value)
        case .logarithm10: log10(value)
        case .logarithm2: log2(value)
        case .sine: sin(value)
        case .cosine: cos(value)
        case .tangent: tan(value)
        case .arcSine: asin(value)
        case .arcCosine: acos(value)
        case .arcTangent: atan(value)
        case .radians: value / 180 * .pi
        case .degrees: value * 180 / .pi
        case .power, .logarithm, .arcTangent2: value
        }
    }

    func apply(_ left: Double, _ right: Double) -> Double {
        switch function {
        case .power: pow(left, right)
        case .logarithm: log(right) / log(left)
        case .arcTangent2: atan2(left, right)
        default: left
        }
    }
}
