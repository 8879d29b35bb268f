internal import Columnar

extension ProgramBuilder {
    func compileComparison(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let left = try compile(call.arguments[0])
        let right = try compile(call.arguments[1])
        switch call.arguments[0].type.storage.physical {
        case .bool: return comparison(UInt8.self, call.function, left, right)
        case .int32: return comparison(Int32.self, call.function, left, right)
        case .int64: return comparison(Int64.self, call.function, left, right)
        case .int128: return comparison(Int128.self, call.function, left, right)
        case .double: return comparison(Double.self, call.function, left, right)
        case .bytes: return byteComparison(call.function, left, right)
        }
    }

    @inline(__always)
    private func comparison<Value: FixedValue & Comparable>(
        _: Value.Type, _ function: ScalarFunction, _ left: Operand, _ right: Operand
    ) -> Operand {
        switch function {
        case .equal: emitTest(IsEqual<Value>(), left, right)
        case .notEqual: emitTest(IsNotEqual<Value>(), left, right)
        case .less: emitTest(IsLess<Value>(), left, right)
        case .lessOrEqual: emitTest(IsLessOrEqual<Value>(), left, right)
        case .greater: emitTest(IsLess<Value>(), right, left)
        case .greaterOrEqual: emitTest(IsLessOrEqual<Value>(), right, left)
        default: distinction(emitTest(IsEqual<Value>(), left, right), function, left, right)
        }
    }

    /// IS [NOT] DISTINCT FROM from the equality of the values: two nulls are alike, a null and a value are not.
    private func distinction(
        _ equality: Operand, _ function: ScalarFunction, _ left: Operand, _ right: Operand
    ) -> Operand {
        let output = temporary(.boolean)
        let isNegated = function == .distinct
        return emit(output, reading: [equality, left, right]) { frame, rows in
            let equal = frame[equality]
            let (one, other, target) = (frame[left], frame[right], frame[output])
            Validity.setAll(rows, target)
            for word in 0..<rows.wordCount {
                let both = one.validity[word] & other.validity[word]
                let neither = ~(one.validity[word] | other.validity[word])
                let alike = both & Bits.values(equal, word: word, rowCount: rows.count) | neither
                Bits.unpack(
                    isNegated ? ~alike : alike, into: target.bools + word &* 64, count: rows.count &- word &* 64)
            }
        }
    }

    private func byteComparison(_ function: ScalarFunction, _ left: Operand, _ right: Operand) -> Operand {
        switch function {
        case .equal: byteTest(BytesEqual(), left, right)
        case .notEqual: byteTest(BytesNotEqual(), left, right)
        case .less: byteTest(BytesLess(), left, right)
        case .lessOrEqual: byteTest(BytesLessOrEqual(), left, right)
        case .greater: byteTest(BytesLess(), right, left)
        case .greaterOrEqual: byteTest(BytesLessOrEqual(), right, left)
        default: distinction(byteTest(BytesEqual(), left, right), function, left, right)
        }
    }

    /// A BOOLEAN from two texts, for the rows where both are not null.
    @inline(__always)
    func byteTest<Test: ByteTest>(_ test: Test, _ left: Operand, _ right: Operand) -> Operand {
        let output = temporary(.boolean)
        return emit(output, reading: [left, right]) { frame, rows in
            let (one, other, target) = (frame[left], frame[right], frame[output])
            Validity.and(one, other, rows, into: target)
            let results = target.bools
            rows.forEachValid(target) { row in results[row] = test.apply(one.bytes(row), other.bytes(row)) ? 1 : 0 }
        }
    }

    func compileExtremum(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        let type = call.type.storage
        let isGreatest = call.function == .greatest
        var result = operands[0]
        for operand in operands.dropFirst() {
            switch type.physical {
            case .bool: result = extremum(UInt8.self, isGreatest, result, operand, type)
            case .int32: result = extremum(Int32.self, isGreatest, result, operand, type)
            case .int64: result = extremum(Int64.self, isGreatest, result, operand, type)
            case .int128: result = extremum(Int128.self, isGreatest, result, operand, type)
            case .double: result = extremum(Double.self, isGreatest, result, operand, type)
            case .bytes: result = byteExtremum(isGreatest, result, operand, type)
            }
        }
        return result
    }

    @inline(__always)
    private func extremum<Value: FixedValue & Comparable>(
        _: Value.Type, _ isGreatest: Bool, _ left: Operand, _ right: Operand, _ type: LogicalType
    ) -> Operand {
        isGreatest
            ? emitBinary(Greatest<Value>(), left, right, type) : emitBinary(Least<Value>(), left, right, type)
    }

    private func byteExtremum(
        _ isGreatest: Bool, _ left: Operand, _ right: Operand, _ type: LogicalType
    ) -> Operand {
        let output = temporary(type)
        return emit(output, reading: [left, right]) { frame, rows in
            let (one, other, target) = (frame[left], frame[right], frame[output])
            Validity.and(one, other, rows, into: target)
            guard let arena = target.arena else { return }
            arena.removeAll()
            rows.forEachValid(target) { row in
                let isLarger = ByteOrder.compare(one.bytes(row), other.bytes(row)) >= 0
                target.slices[row] = arena.append(isLarger == isGreatest ? one.bytes(row) : other.bytes(row))
            }
        }
    }
}
