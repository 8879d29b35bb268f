internal import Columnar

/// Functions that write new texts.
extension ProgramBuilder {
    /// No text that REPEAT, LPAD or RPAD makes is longer.
    static let maximumTextByteCount = 1 << 20
    /// Nor do they add to a batch whose texts take more together.
    static let maximumBatchByteCount = 1 << 28

    /// A kernel that appends a text for each row in which no operand is null; nil makes the row null.
    @inline(__always)
    private func emitTexts(
        _ operands: [Operand], _ append: @escaping (Arguments, Int, ArenaWriter) -> ByteSlice?
    ) -> Operand {
        let output = temporary(.string)
        return emit(output, reading: operands) { frame, rows in
            let target = frame[output]
            guard let arena = target.arena else { return }
            arena.removeAll()
            let writer = ArenaWriter(arena)
            frame.withArguments(operands) { columns, arguments in
                Validity.all(columns, rows, into: target)
                let slices = target.slices
                rows.forEachValid(target) { row in
                    guard let slice = append(arguments, row, writer) else { return target.setNull(row) }
                    slices[row] = slice
                }
            }
            withExtendedLifetime(arena) {}
        }
    }

    func compileCase(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        switch call.function {
        case .upper:
            return emitTexts(operands) { arguments, row, arena in LetterCase.upper(arguments[0].text(row), arena) }
        case .lower:
            return emitTexts(operands) { arguments, row, arena in LetterCase.lower(arguments[0].text(row), arena) }
        default: return emitTexts(operands) { arguments, row, arena in LetterCase.words(arguments[0].text(row), arena) }
        }
    }

    func compileConcat(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        if call.function == .concat {
            return emitTexts(operands) { arguments, row, arena in
                var text = TextBuilder(arena)
                for argument in arguments { text.append(argument.text(row)) }
                return text.slice
            }
        }
        // Only a null separator makes the result null; other nulls are left out.
        let output = temporary(.string)
        return emit(output, reading: operands) { frame, rows in
            let target = frame[output]
            guard let arena = target.arena else { return }
            arena.removeAll()
            let writer = ArenaWriter(arena)
            frame.withArguments(operands) { columns, arguments in
                Validity.copy(columns[0], rows, into: target)
                rows.forEachValid(target) { row in
                    var text = TextBuilder(writer)
                    var isFirst = true
                    for argument in arguments.dropFirst() where argument.isValid(row) {
                        if !isFirst { text.append(arguments[0].text(row)) }
                        text.append(argument.text(row))
                        isFirst = false
                    }
                    target.slices[row] = text.slice
                }
            }
            withExtendedLifetime(arena) {}
        }
    }

    func compileReplace(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        emitTexts(try compileArguments(call)) { arguments, row, arena in
            let (source, wanted, replacement) = (arguments[0].text(row), arguments[1].text(row), arguments[2].text(row))
            var text = TextBuilder(arena)
            var start = 0
            while wanted.count > 0, let found = ByteSearch.first(wanted, in: source, from: start) {
                text.append(UnsafeRawBufferPointer(rebasing: source[start..<found]))
                text.append(replacement)
                start = found + wanted.count
            }
            text.append(UnsafeRawBufferPointer(rebasing: source[start...]))
            return text.slice
        }
    }

    func compileOverlay(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        emitTexts(try compileArguments(call)) { arguments, row, arena in
            let (source, replacement, start) = (arguments[0].text(row), arguments[1].text(row), arguments[2].int64(row))
            let count = arguments.count > 3 ? arguments[3].int64(row) : Int64(UTF8Text.count(replacement))
            var text = TextBuilder(arena)
            // Outside of the text there is nothing to lay over.
            guard start >= 1, start <= UTF8Text.count(source) else {
                text.append(source)
                return text.slice
            }
            let covered = UTF8Text.substring(source, from: start, count: Swift.max(count, 0))
            text.append(UnsafeRawBufferPointer(rebasing: source[..<covered.lowerBound]))
            text.append(replacement)
            text.append(UnsafeRawBufferPointer(rebasing: source[covered.upperBound...]))
            return text.slice
        }
    }

    func compileReverse(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        emitTexts(try compileArguments(call)) { arguments, row, arena in
            let source = arguments[0].text(row)
            let target = arena.reserve(source.count)
            var written = 0
            var end = source.count
            while end > 0 {
                var start = end - 1
                while start > 0, UTF8Text.isContinuation(source[start]) { start -= 1 }
                for position in start..<end {
                    target[written] = source[position]
                    written += 1
                }
                end = start
            }
            return arena.commit(written)
        }
    }

    func compileCharacter(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        emitTexts(try compileArguments(call)) { arguments, row, arena in
            let number = arguments[0].int64(row)
            guard number >= 0 else { return nil }
            let byte = UInt8(truncatingIfNeeded: number)
            let target = arena.reserve(2)
            if byte < 128 {
                target[0] = byte
                return arena.commit(1)
            }
            target[0] = 0xc0 | byte >> 6
            target[1] = 0x80 | byte & 0x3f
            return arena.commit(2)
        }
    }

    /// REPEAT; a text that would become too long fails.
    func compileRepeat(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        return emitLimited(operands, expression) { arguments, row, text in
            let source = arguments[0].text(row)
            let times = Swift.max(arguments[1].int64(row), 0)
            guard source.count == 0 || times <= Int64(Self.maximumTextByteCount / source.count) else { return .tooLong }
            if source.count > 0 { for _ in 0..<times { text.append(source) } }
            return .text
        }
    }

    /// LPAD and RPAD; null for a negative length or an empty padding.
    func compilePad(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        let isLeft = call.function == .leftPad
        return emitLimited(operands, expression) { arguments, row, text in
            let (source, length, padding) = (arguments[0].text(row), arguments[1].int64(row), arguments[2].text(row))
            if length < 0 || padding.count == 0 { return .null }
            guard length <= Int64(Self.maximumTextByteCount / 4) else { return .tooLong }
            let missing = Int(length) - UTF8Text.count(source)
            if missing <= 0 {
                let end = UTF8Text.position(source, ofCodePoint: Int(length))
                text.append(UnsafeRawBufferPointer(rebasing: source[..<end]))
                return .text
            }
            if !isLeft { text.append(source) }
            var rest = missing
            let width = UTF8Text.count(padding)
            while rest >= width {
                text.append(padding)
                rest -= width
            }
            let end = UTF8Text.position(padding, ofCodePoint: rest)
            text.append(UnsafeRawBufferPointer(rebasing: padding[..<end]))
            if isLeft { text.append(source) }
            return .text
        }
    }

    private enum Outcome {
        case text, null, tooLong
    }

    @inline(__always)
    private func emitLimited(
        _ operands: [Operand], _ expression: ScalarExpression,
        _ append: @escaping (Arguments, Int, inout TextBuilder) -> Outcome
    ) -> Operand {
        let output = temporary(.string)
        return emit(output, reading: operands) { frame, rows in
            let target = frame[output]
            guard let arena = target.arena else { return }
            arena.removeAll()
            let writer = ArenaWriter(arena)
            frame.withArguments(operands) { columns, arguments in
                Validity.all(columns, rows, into: target)
                rows.forEachValid(target) { row in
                    var text = TextBuilder(writer)
                    let outcome = arena.count > Self.maximumBatchByteCount ? .tooLong : append(arguments, row, &text)
                    switch outcome {
                    case .text: target.slices[row] = text.slice
                    case .null: target.setNull(row)
                    case .tooLong:
                        target.setNull(row)
                        frame.fail(row, .argumentOutOfRange, expression)
                    }
                }
            }
            withExtendedLifetime(arena) {}
        }
    }

    func compileCoding(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let operands = try compileArguments(call)
        switch call.function {
        case .toBase64:
            return emitTexts(operands) { arguments, row, arena in Base64.encode(arguments[0].text(row), arena) }
        case .fromBase64:
            return emitTexts(operands) { arguments, row, arena in Base64.decode(arguments[0].text(row), arena) }
        case .md5: return emitDigest(operands, .md5)
        case .sha1: return emitDigest(operands, .sha1)
        case .sha224: return emitDigest(operands, .sha224)
        case .sha256: return emitDigest(operands, .sha256)
        default:
            if call.arguments[0].type == .string {
                return emitTexts(operands) { arguments, row, arena in Hexadecimal.text(arguments[0].text(row), arena) }
            }
            return emitTexts(operands) { arguments, row, arena in
                Hexadecimal.number(UInt64(bitPattern: arguments[0].int64(row)), arena)
            }
        }
    }
}

extension ProgramBuilder {
    private func emitDigest(_ operands: [Operand], _ algorithm: Digest.Algorithm) -> Operand {
        emitTexts(operands) { arguments, row, arena in
            let digest = Digest.of(arguments[0].text(row), algorithm)
            return digest.withUnsafeBytes { Hexadecimal.text($0, arena, isUpper: false) }
        }
    }

    /// REGEXP, REGEXP_EXTRACT, REGEXP_REPLACE; an expression from a column that is malformed gives null.
    func compileRegularExpression(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let machine = try Prepared(call.arguments[1]) { (pattern) throws(ExpressionError) in
            RegularExpressionMachine(try RegularExpression(pattern))
        }
        let operands = try compileArguments(call)
        switch call.function {
        case .regularExpressionExtract:
            return emitView(operands) { arguments, columns, target, rows in
                rows.forEachValid(target) { row in
                    let group = arguments.count > 2 ? arguments[2].int64(row) : 0
                    let text = arguments[0].text(row)
                    guard let machine = machine.of(columns[1], row), machine.find(text, from: 0),
                        let range = machine.range(ofGroup: group)
                    else { return target.setNull(row) }
                    target.slices[row] = arguments[0].slice(row).part(range)
                }
            }
        case .regularExpressionReplace: return emitReplacement(operands, machine)
        default:
            let output = temporary(.boolean)
            return emit(output, reading: operands) { frame, rows in
                let (source, patterns, target) = (frame[operands[0]], frame[operands[1]], frame[output])
                Validity.and(source, patterns, rows, into: target)
                rows.forEachValid(target) { row in
                    guard let machine = machine.of(patterns, row) else { return target.setNull(row) }
                    target.bools[row] = machine.find(source.bytes(row), from: 0) ? 1 : 0
                }
            }
        }
    }

    private func emitReplacement(_ operands: [Operand], _ machine: Prepared<RegularExpressionMachine>) -> Operand {
        let output = temporary(.string)
        return emit(output, reading: operands) { frame, rows in
            let target = frame[output]
            guard let arena = target.arena else { return }
            arena.removeAll()
            let writer = ArenaWriter(arena)
            frame.withArguments(operands) { columns, arguments in
                Validity.all(columns, rows, into: target)
                rows.forEachValid(target) { row in
                    guard let machine = machine.of(columns[1], row) else { return target.setNull(row) }
                    var text = TextBuilder(writer)
                    machine.replaceAll(arguments[0].text(row), with: arguments[2].text(row), into: &text)
                    target.slices[row] = text.slice
                }
            }
            withExtendedLifetime(arena) {}
        }
    }
}

/// One text that grows at the end of an arena.
struct TextBuilder {
    private let arena: ArenaWriter
    private let start: Int

    init(_ arena: ArenaWriter) {
        self.arena = arena
        start = arena.count
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        _ = arena.append(base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    var slice: ByteSlice {
        ByteSlice(offset: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: arena.count - start))
    }
}
