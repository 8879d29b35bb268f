internal import Columnar

extension ProgramBuilder {
    /// Chooses the kernel of a function by its arguments' types.
    func compileCall(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError) -> Operand {
        switch call.function {
        case .add, .subtract, .multiply, .divide, .modulo, .negate, .absolute, .sign:
            return try compileArithmetic(call, expression)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .distinct, .notDistinct:
            return try compileComparison(call)
        case .greatest, .least: return try compileExtremum(call)
        case .isNull, .isNotNull, .isTrue, .isNotTrue, .isFalse, .isNotFalse: return try compileTest(call)
        default: break
        }
        if let operand = try compileString(call, expression) { return operand }
        if let operand = try compileMathematics(call, expression) { return operand }
        if let operand = try compileTime(call, expression) { return operand }
        preconditionFailure("no kernel for \(call)")
    }

    /// The arguments' places, in order.
    func compileArguments(_ call: FunctionCall) throws(ExpressionError) -> [Operand] {
        var operands: [Operand] = []
        for argument in call.arguments { operands.append(try compile(argument)) }
        return operands
    }

    private func compileArithmetic(
        _ call: FunctionCall, _ expression: ScalarExpression
    ) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        let type = call.type.storage
        if call.type.isDecimal { return decimalArithmetic(call, operands, expression) }
        switch type.physical {
        case .int32: return integerArithmetic(Int32.self, call.function, operands, type, expression)
        case .int64: return integerArithmetic(Int64.self, call.function, operands, type, expression)
        case .double: return doubleArithmetic(call.function, operands)
        default: preconditionFailure("arithmetic on \(type)")
        }
    }

    @inline(__always)
    private func integerArithmetic<Value: FixedWidthInteger & SignedInteger & FixedValue>(
        _: Value.Type, _ function: ScalarFunction, _ operands: [Operand], _ type: LogicalType,
        _ expression: ScalarExpression
    ) -> Operand {
        let mode = FailureMode.report(expression)
        if operands.count == 1 {
            switch function {
            case .negate: return emitChecked(IntegerNegate<Value>(), operands[0], type, mode)
            case .sign: return emitUnary(IntegerSign<Value>(), operands[0], type)
            default: return emitChecked(IntegerAbsolute<Value>(), operands[0], type, mode)
            }
        }
        let pair = (operands[0], operands[1])
        switch function {
        case .add: return emitChecked(IntegerAdd<Value>(), pair, type, mode)
        case .subtract: return emitChecked(IntegerSubtract<Value>(), pair, type, mode)
        case .multiply: return emitChecked(IntegerMultiply<Value>(), pair, type, mode)
        case .divide: return emitChecked(IntegerDivide<Value>(), pair, type, mode)
        default: return emitChecked(IntegerModulo<Value>(), pair, type, mode)
        }
    }

    private func doubleArithmetic(_ function: ScalarFunction, _ operands: [Operand]) -> Operand {
        switch function {
        case .add: emitBinary(DoubleAdd(), operands[0], operands[1], .double)
        case .subtract: emitBinary(DoubleSubtract(), operands[0], operands[1], .double)
        case .multiply: emitBinary(DoubleMultiply(), operands[0], operands[1], .double)
        case .divide: emitBinary(DoubleDivide(), operands[0], operands[1], .double)
        case .modulo: emitBinary(DoubleModulo(), operands[0], operands[1], .double)
        case .negate: emitUnary(DoubleNegate(), operands[0], .double)
        case .sign: emitUnary(DoubleSign(), operands[0], .double)
        default: emitUnary(DoubleAbsolute(), operands[0], .double)
        }
    }

    private func compileTest(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let argument = try compile(call.arguments[0])
        let output = temporary(.boolean)
        let function = call.function
        return emit(output, reading: [argument]) { frame, rows in
            let source = frame[argument]
            let target = frame[output]
            Validity.setAll(rows, target)
            for word in 0..<rows.wordCount {
                let valid = source.validity[word]
                let bits: UInt64 =
                    switch function {
                    case .isNull: ~valid
                    case .isNotNull: valid
                    case .isTrue: valid & Bits.values(source, word: word, rowCount: rows.count)
                    case .isNotTrue: ~(valid & Bits.values(source, word: word, rowCount: rows.count))
                    case .isFalse: valid & ~Bits.values(source, word: word, rowCount: rows.count)
                    default: ~(valid & ~Bits.values(source, word: word, rowCount: rows.count))
                    }
                Bits.unpack(bits, into: target.bools + word &* 64, count: rows.count &- word &* 64)
            }
        }
    }
}
