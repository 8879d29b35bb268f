internal import Columnar

/// Functions whose result is a part of their argument: nothing is copied, the slices point into the argument's arena.
extension ProgramBuilder {
    /// A kernel that makes a column of slices over the arena of `source`, null where an operand is.
    @inline(__always)
    func emitView(
        _ operands: [Operand],
        _ fill: @escaping (_ arguments: Arguments, _ columns: [Column], _ target: Column, _ rows: Rows) -> Void
    ) -> Operand {
        let output = view(of: operands[0])
        return emit(output, reading: operands) { frame, rows in
            frame.withArguments(operands) { columns, arguments in
                let target = Column(type: .string, capacity: rows.count, arena: columns[0].arena)
                Validity.all(columns, rows, into: target)
                fill(arguments, columns, target, rows)
                frame[output] = target
            }
        }
    }

    func compileTrim(_ call: FunctionCall, _ side: TrimSide) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        return emitView(operands) { arguments, _, target, rows in
            let blank: [UInt8] = [32]
            blank.withUnsafeBytes { blank in
                rows.forEachValid(target) { row in
                    let characters = arguments.count > 1 ? arguments[1].text(row) : blank
                    let range = UTF8Text.trimmed(arguments[0].text(row), of: characters, side)
                    target.slices[row] = arguments[0].slice(row).part(range)
                }
            }
        }
    }

    func compileSlice(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        let function = call.function
        return emitView(operands) { arguments, _, target, rows in
            rows.forEachValid(target) { row in
                let text = arguments[0].text(row)
                let number = arguments[1].int64(row)
                let range: Range<Int>
                switch function {
                case .left: range = UTF8Text.substring(text, from: 1, count: Swift.max(number, 0))
                case .right: range = UTF8Text.last(text, number)
                default:
                    let count = arguments.count > 2 ? arguments[2].int64(row) : .max
                    if count < 0 { return target.setNull(row) }
                    range = UTF8Text.substring(text, from: number, count: count)
                }
                target.slices[row] = arguments[0].slice(row).part(range)
            }
        }
    }

    func compileSplit(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        return emitView(operands) { arguments, _, target, rows in
            rows.forEachValid(target) { row in
                guard
                    let range = UTF8Text.split(
                        arguments[0].text(row), by: arguments[1].text(row), arguments[2].int64(row))
                else {
                    return target.setNull(row)
                }
                target.slices[row] = arguments[0].slice(row).part(range)
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
