internal import Columnar

/// AND, OR, NOT with three values.
extension ProgramBuilder {
    enum Junction {
        case and, or
    }

    /// The first operand is evaluated for all rows, a later one only for rows that are not decided, unless it is simple.
    func compileJunction(_ junction: Junction, _ operands: [ScalarExpression]) throws(ExpressionError) -> Operand {
        var result = try compile(operands[0])
        for operand in operands.dropFirst() {
            if operand.isSimple {
                result = emitJunction(junction, result, try compile(operand))
            } else {
                result = try emitShortCircuit(junction, result, operand)
            }
        }
        return result
    }

    private func emitJunction(_ junction: Junction, _ left: Operand, _ right: Operand) -> Operand {
        let output = temporary(.boolean)
        return emit(output, reading: [left, right]) { frame, rows in
            Self.combine(junction, frame[left], frame[right], frame[output], rows)
        }
    }

    private static func combine(
        _ junction: Junction, _ left: Column, _ right: Column, _ target: Column, _ rows: Rows
    ) {
        // The bytes are right wherever the result is not null, whatever the bytes of null operands are.
        if junction == .and {
            for row in 0..<rows.count { target.bools[row] = left.bools[row] & right.bools[row] }
        } else {
            for row in 0..<rows.count { target.bools[row] = left.bools[row] | right.bools[row] }
        }
        for word in 0..<rows.wordCount {
            let (validLeft, validRight) = (left.validity[word], right.validity[word])
            if validLeft & validRight == .max {
                target.validity[word] = .max
                continue
            }
            var one = Bits.values(left, word: word, rowCount: rows.count)
            var other = Bits.values(right, word: word, rowCount: rows.count)
            if junction == .and {
                one = ~one
                other = ~other
            }
            // Decided by either operand (false for AND, true for OR), or both known.
            target.validity[word] = validLeft & validRight | validLeft & one | validRight & other
        }
    }

    private func emitShortCircuit(
        _ junction: Junction, _ left: Operand, _ right: ScalarExpression
    ) throws(ExpressionError) -> Operand {
        let output = temporary(.boolean)
        let (block, operand) = try inScope { () throws(ExpressionError) in try compile(right) }
        let buffer = RowBuffer()
        return emit(output, reading: [left, operand]) { frame, rows in
            let (one, target) = (frame[left], frame[output])
            Validity.copy(one, rows, into: target)
            target.bools.update(from: one.bools, count: rows.count)
            let indices = buffer.reserve(rows.count)
            let count =
                junction == .and
                ? Selecting.whereNotFalse(one, rows, into: indices)
                : Selecting.whereNotTrue(one, rows, into: indices)
            if count == 0 { return }
            let open = Rows(count: rows.count, indices: indices, selectedCount: count)
            block.run(frame, open)
            let other = frame[operand]
            // Where the left side is open, AND and OR give the right side if the left is known; else null, unless the right side decides.
            let deciding: UInt8 = junction == .and ? 0 : 1
            open.forEach { row in
                if one.isValid(row) {
                    target.bools[row] = other.bools[row]
                    if !other.isValid(row) { target.setNull(row) }
                } else if other.isValid(row), other.bools[row] == deciding {
                    target.bools[row] = deciding
                    target.setValid(row)
                }
            }
        }
    }

    func compileNot(_ operand: ScalarExpression) throws(ExpressionError) -> Operand {
        emitUnary(LogicalNot(), try compile(operand), .boolean)
    }
}

struct LogicalNot: UnaryOperation {
    @inline(__always)
    func apply(_ value: UInt8) -> UInt8 { value ^ 1 }
}
