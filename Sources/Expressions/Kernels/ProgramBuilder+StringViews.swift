internal import Columnar

/// Functions whose result is a part of their argument: nothing is copied, the slices point into the argument's arena.
extension ProgramBuilder {
    /// A kernel that makes a column of slices over the arena of `source`, null where an operand is.
    @inline(__always)
    private func emitView(
        _ operands: [Operand], _ fill: @escaping (_ columns: [Column], _ target: Column, _ rows: Rows) -> Void
    ) -> Operand {
        let output = view(of: operands[0])
        return emit(output, reading: operands) { frame, rows in
            let columns = operands.map { frame[$0] }
            let target = Column(type: .string, capacity: rows.count, arena: columns[0].arena)
            Validity.all(columns, rows, into: target)
            fill(columns, target, rows)
            frame[output] = target
        }
    }

    func compileTrim(_ call: FunctionCall, _ side: TrimSide) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        return emitView(operands) { columns, target, rows in
            let source = columns[0]
            let blank: [UInt8] = [32]
            blank.withUnsafeBytes { blank in
                rows.forEachValid(target) { row in
                    let characters = columns.count > 1 ? columns[1].bytes(row) : blank
                    let range = UTF8Text.trimmed(source.bytes(row), of: characters, side)
                    target.slices[row] = source.slices[row].part(range)
                }
            }
        }
    }

    func compileSlice(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        let function = call.function
        return emitView(operands) { columns, target, rows in
            let source = columns[0]
            let numbers = columns[1].int64s
            rows.forEachValid(target) { row in
                let text = source.bytes(row)
                let number = numbers[row]
                let range: Range<Int>
                switch function {
                case .left: range = UTF8Text.substring(text, from: 1, count: Swift.max(number, 0))
                case .right: range = UTF8Text.last(text, number)
                default:
                    let count = columns.count > 2 ? columns[2].int64s[row] : .max
                    if count < 0 { return target.setNull(row) }
                    range = UTF8Text.substring(text, from: number, count: count)
                }
                target.slices[row] = source.slices[row].part(range)
            }
        }
    }

    func compileSplit(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        return emitView(operands) { columns, target, rows in
            let (source, separators, numbers) = (columns[0], columns[1], columns[2].int64s)
            rows.forEachValid(target) { row in
                guard let range = UTF8Text.split(source.bytes(row), by: separators.bytes(row), numbers[row]) else {
                    return target.setNull(row)
                }
                target.slices[row] = source.slices[row].part(range)
            }
        }
    }
}

extension ByteSlice {
    /// The part at these bytes of the slice.
    @inline(__always)
    func part(_ range: Range<Int>) -> ByteSlice {
        ByteSlice(
            offset: offset &+ UInt32(truncatingIfNeeded: range.lowerBound),
            length: UInt32(truncatingIfNeeded: range.count))
    }
}
