internal import Columnar

/// CAST and TRY_CAST.
extension ProgramBuilder {
    func compileCast(
        _ operand: ScalarExpression, _ target: ExpressionType, _ mode: CastMode, _ expression: ScalarExpression
    ) throws(ExpressionError) -> Operand {
        let source = operand.type
        let failure = mode == .fail ? FailureMode.report(expression) : .null
        if source == .null { return constant(.null(of: target)) }
        let argument = try compile(operand)
        if source == target { return argument }
        if target == .string { return castToString(argument, source) }
        if source == .string { return castFromString(argument, target, failure) }
        if target == .bytes { return argument }
        if let operand = castNumber(argument, source, target, failure) { return operand }
        if let operand = castTime(argument, source, target, failure) { return operand }
        preconditionFailure("no cast from \(source) to \(target)")
    }

    private func castNumber(
        _ argument: Operand, _ source: ExpressionType, _ target: ExpressionType, _ failure: FailureMode
    ) -> Operand? {
        if target == .boolean {
            switch source.storage.physical {
            case .int32: return emitUnary(IsNonzero<Int32>(), argument, .boolean)
            case .int64: return emitUnary(IsNonzero<Int64>(), argument, .boolean)
            case .int128: return emitUnary(IsNonzero<Int128>(), argument, .boolean)
            case .double: return emitUnary(IsNonzero<Double>(), argument, .boolean)
            default: return nil
            }
        }
        guard target.isNumeric else { return nil }
        if target == .double { return castToDouble(argument, source) }
        if source == .double { return castFromDouble(argument, target, failure) }
        switch source.storage.physical {
        case .bool: return castExact(UInt8.self, argument, source, target, failure)
        case .int32: return castExact(Int32.self, argument, source, target, failure)
        case .int64: return castExact(Int64.self, argument, source, target, failure)
        case .int128: return castExact(Int128.self, argument, source, target, failure)
        default: return nil
        }
    }

    /// Between BOOLEAN (as 0 and 1), INT, BIGINT and DECIMAL.
    @inline(__always)
    private func castExact<Input: FixedWidthInteger & FixedValue>(
        _: Input.Type, _ argument: Operand, _ source: ExpressionType, _ target: ExpressionType,
        _ failure: FailureMode
    ) -> Operand {
        let scale = source.isDecimal ? source.decimalShape?.scale ?? 0 : 0
        let type = target.storage
        switch target {
        case .int:
            let divisor = DecimalMath.powers[scale]
            return emitChecked(DecimalToInteger<Input, Int32>(divisor: divisor), argument, type, failure)
        case .bigint:
            if Input.self == Int32.self { return emitUnary(IntegerWiden(), argument, type) }
            let divisor = DecimalMath.powers[scale]
            return emitChecked(DecimalToInteger<Input, Int64>(divisor: divisor), argument, type, failure)
        default:
            let shape = target.decimalShape ?? (38, 0)
            let limit = DecimalMath.powers[shape.precision]
            return type.physical == .int64
                ? emitChecked(
                    DecimalRescale<Input, Int64>(from: scale, to: shape.scale, limit: limit), argument, type, failure)
                : emitChecked(
                    DecimalRescale<Input, Int128>(from: scale, to: shape.scale, limit: limit), argument, type, failure)
        }
    }

    private func castToDouble(_ argument: Operand, _ source: ExpressionType) -> Operand? {
        let scale = source.isDecimal ? source.decimalShape?.scale ?? 0 : 0
        // 10^scale is the nearest double, exact up to 10^22.
        let divisor = Double(DecimalMath.powers[scale])
        switch source.storage.physical {
        case .bool: return emitUnary(IntegerToDouble<UInt8>(), argument, .double)
        case .int32: return emitUnary(IntegerToDouble<Int32>(), argument, .double)
        case .int64:
            return scale == 0
                ? emitUnary(IntegerToDouble<Int64>(), argument, .double)
                : emitUnary(DecimalToDouble<Int64>(divisor: divisor), argument, .double)
        case .int128: return emitUnary(DecimalToDouble<Int128>(divisor: divisor), argument, .double)
        default: return nil
        }
    }

    private func castFromDouble(_ argument: Operand, _ target: ExpressionType, _ failure: FailureMode) -> Operand? {
        let type = target.storage
        switch target {
        case .int: return emitChecked(DoubleToInteger<Int32>(), argument, type, failure)
        case .bigint: return emitChecked(DoubleToInteger<Int64>(), argument, type, failure)
        default:
            guard let shape = target.decimalShape else { return nil }
            let limit = DecimalMath.powers[shape.precision]
            return type.physical == .int64
                ? emitChecked(DoubleToDecimal<Int64>(scale: shape.scale, limit: limit), argument, type, failure)
                : emitChecked(DoubleToDecimal<Int128>(scale: shape.scale, limit: limit), argument, type, failure)
        }
    }
}
