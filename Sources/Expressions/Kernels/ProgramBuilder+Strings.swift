internal import Columnar

/// Functions on text.
extension ProgramBuilder {
    func compileString(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError) -> Operand? {
        switch call.function {
        case .like(let escape): return try compileLike(call, escape, expression)
        case .startsWith, .endsWith:
            let operands = try compileArguments(call)
            return call.function == .startsWith
                ? byteTest(BytesStart(), operands[0], operands[1]) : byteTest(BytesEnd(), operands[0], operands[1])
        case .characterLength, .octetLength, .ascii, .position: return try compileMeasure(call)
        case .trim(let side): return try compileTrim(call, side)
        case .substring, .left, .right: return try compileSlice(call)
        case .splitIndex: return try compileSplit(call)
        case .upper, .lower, .initcap: return try compileCase(call)
        case .concat, .concatWithSeparator: return try compileConcat(call)
        case .replace: return try compileReplace(call)
        case .overlay: return try compileOverlay(call)
        case .leftPad, .rightPad: return try compilePad(call, expression)
        case .repeat: return try compileRepeat(call, expression)
        case .reverse: return try compileReverse(call)
        case .character: return try compileCharacter(call)
        case .toBase64, .fromBase64, .hex, .md5, .sha1, .sha224, .sha256: return try compileCoding(call)
        case .regularExpressionMatch, .regularExpressionExtract, .regularExpressionReplace:
            return try compileRegularExpression(call)
        default: return nil
        }
    }

    private func compileLike(
        _ call: FunctionCall, _ escape: Unicode.Scalar?, _ expression: ScalarExpression
    ) throws(ExpressionError) -> Operand {
        let pattern = try Prepared(call.arguments[1]) { (text) throws(ExpressionError) in
            try LikePattern(text, escape: escape)
        }
        let operands = try compileArguments(call)
        let output = temporary(.boolean)
        return emit(output, reading: operands) { frame, rows in
            let (source, patterns, target) = (frame[operands[0]], frame[operands[1]], frame[output])
            Validity.and(source, patterns, rows, into: target)
            rows.forEachValid(target) { row in
                guard let pattern = pattern.of(patterns, row) else {
                    target.setNull(row)
                    frame.fail(row, .argumentOutOfRange, expression)
                    return
                }
                target.bools[row] = pattern.matches(source.bytes(row)) ? 1 : 0
            }
        }
    }

    /// An INT from texts.
    private func compileMeasure(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        let function = call.function
        let output = temporary(.int)
        return emit(output, reading: operands) { frame, rows in
            let columns = operands.map { frame[$0] }
            let target = frame[output]
            let source = columns[0]
            Validity.all(columns, rows, into: target)
            let results = target.int32s
            switch function {
            case .characterLength:
                rows.forEachValid(target) { results[$0] = Int32(truncatingIfNeeded: UTF8Text.count(source.bytes($0))) }
            case .octetLength:
                rows.forEachValid(target) { results[$0] = Int32(bitPattern: source.slices[$0].length) }
            case .ascii:
                rows.forEachValid(target) { results[$0] = Int32(UTF8Text.first(source.bytes($0))) }
            default:
                let start = columns.count > 2 ? columns[2] : nil
                rows.forEachValid(target) { row in
                    let from = start.map { $0.int64s[row] } ?? 1
                    results[row] = Int32(
                        truncatingIfNeeded: UTF8Text.position(source.bytes(row), in: columns[1].bytes(row), from: from))
                }
            }
        }
    }
}

struct BytesStart: ByteTest {
    @inline(__always)
    func apply(_ text: UnsafeRawBufferPointer, _ start: UnsafeRawBufferPointer) -> Bool {
        start.count <= text.count && ByteOrder.isEqual(UnsafeRawBufferPointer(rebasing: text[..<start.count]), start)
    }
}

struct BytesEnd: ByteTest {
    @inline(__always)
    func apply(_ text: UnsafeRawBufferPointer, _ end: UnsafeRawBufferPointer) -> Bool {
        end.count <= text.count
            && ByteOrder.isEqual(UnsafeRawBufferPointer(rebasing: text[(text.count - end.count)...]), end)
    }
}
