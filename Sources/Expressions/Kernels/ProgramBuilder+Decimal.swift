internal import Columnar

/// Arithmetic on DECIMALs, kept in 64 or 128 bits each.
extension ProgramBuilder {
    func decimalArithmetic(
        _ call: FunctionCall, _ operands: [Operand], _ expression: ScalarExpression
    ) -> Operand {
        let isSmall = call.arguments[0].type.storage.physical == .int64
        if operands.count == 1 {
            let type = call.type.storage
            if isSmall { return decimalSign(Int64.self, call.function, operands[0], type, expression) }
            return decimalSign(Int128.self, call.function, operands[0], type, expression)
        }
        let left = call.arguments[0].type.decimalShape ?? (1, 0)
        let right = call.arguments[1].type.decimalShape ?? (1, 0)
        let result = call.type.decimalShape ?? (1, 0)
        let type = call.type.storage
        let isRightSmall = call.arguments[1].type.storage.physical == .int64
        // Of one scale and with room for the carry, DECIMALs add like integers.
        if type.physical == .int64, isSmall, isRightSmall, left.scale == right.scale,
            result.precision > max(left.precision, right.precision)
        {
            if call.function == .add { return emitBinary(WrappingAdd(), operands[0], operands[1], type) }
            if call.function == .subtract { return emitBinary(WrappingSubtract(), operands[0], operands[1], type) }
        }
        let shape = DecimalMath.Shape(
            leftScale: left.scale, rightScale: right.scale, scale: result.scale,
            limit: DecimalMath.powers[result.precision])
        let pair = (operands[0], operands[1])
        let site = Site(function: call.function, shape: shape, type: type, mode: .report(expression))
        switch (isSmall, isRightSmall) {
        case (true, true): return decimal(Int64.self, Int64.self, pair, site)
        case (true, false): return decimal(Int64.self, Int128.self, pair, site)
        case (false, true): return decimal(Int128.self, Int64.self, pair, site)
        case (false, false): return decimal(Int128.self, Int128.self, pair, site)
        }
    }

    private struct Site {
        var function: ScalarFunction
        var shape: DecimalMath.Shape
        var type: LogicalType
        var mode: FailureMode
    }

    @inline(__always)
    private func decimal<Left: DecimalStorage, Right: DecimalStorage>(
        _: Left.Type, _: Right.Type, _ pair: (Operand, Operand), _ site: Site
    ) -> Operand {
        site.type.physical == .int64
            ? decimal(Left.self, Right.self, Int64.self, pair, site)
            : decimal(Left.self, Right.self, Int128.self, pair, site)
    }

    @inline(__always)
    private func decimal<Left: DecimalStorage, Right: DecimalStorage, Output: DecimalStorage>(
        _: Left.Type, _: Right.Type, _: Output.Type, _ pair: (Operand, Operand), _ site: Site
    ) -> Operand {
        switch site.function {
        case .add, .subtract:
            emitChecked(
                DecimalAdd<Left, Right, Output>(site.shape, isSubtraction: site.function == .subtract), pair,
                site.type, site.mode)
        case .multiply:
            emitChecked(DecimalMultiply<Left, Right, Output>(site.shape), pair, site.type, site.mode)
        default:
            emitChecked(
                DecimalDivide<Left, Right, Output>(shape: site.shape, isModulo: site.function == .modulo), pair,
                site.type, site.mode)
        }
    }

    @inline(__always)
    private func decimalSign<Value: DecimalStorage>(
        _: Value.Type, _ function: ScalarFunction, _ operand: Operand, _ type: LogicalType,
        _ expression: ScalarExpression
    ) -> Operand {
        switch function {
        case .negate: return emitChecked(IntegerNegate<Value>(), operand, type, .report(expression))
        case .absolute: return emitChecked(IntegerAbsolute<Value>(), operand, type, .report(expression))
        default:
            // The sign of a DECIMAL is a DECIMAL of the same scale.
            guard case .decimal(_, let scale) = type else { preconditionFailure("sign of \(type)") }
            let one = Value(truncatingIfNeeded: DecimalMath.powers[scale])
            return emitUnary(DecimalSign<Value>(one: one), operand, type)
        }
    }
}

struct WrappingAdd: BinaryOperation {
    @inline(__always)
    func apply(_ left: Int64, _ right: Int64) -> Int64 { left &+ right }
}

struct WrappingSubtract: BinaryOperation {
    @inline(__always)
    func apply(_ left: Int64, _ right: Int64) -> Int64 { left &- right }
}

struct DecimalSign<Value: DecimalStorage>: UnaryOperation {
    let one: Value
    @inline(__always)
    func apply(_ value: Value) -> Value { value.signum() &* one }
}
