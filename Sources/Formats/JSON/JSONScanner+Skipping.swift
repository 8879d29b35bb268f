extension JSONScanner {
    /// Checks any value inside `depth` objects and arrays and returns the byte after it.
    @inline(__always)
    func skipValue(_ p: UnsafePointer<UInt8>, _ depth: Int) -> UnsafePointer<UInt8>? {
        switch p[0] {
        case 0x22: skipString(p + 1)
        case 0x7b, 0x5b: skipNested(p, depth)
        case 0x2d, 0x30...0x39: skipNumber(p)
        default: skipScalar(p)
        }
    }

    /// Checks a number, quickly if it has no exponent.
    @inline(__always)
    private func skipNumber(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        let digits = start[0] == 0x2d ? start + 1 : start
        var p = skipDigits(digits)
        if p == digits || (digits[0] == 0x30 && p - digits > 1) { return fail(.malformedNumber, start, 0) }
        if p[0] == 0x2e {
            let fraction = p + 1
            p = skipDigits(fraction)
            if p == fraction { return fail(.malformedNumber, start, 0) }
        }
        return p[0] | 0x20 == 0x65 ? skipScalar(start) : p
    }

    @inline(__always)
    private func skipDigits(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var p = start
        while true {
            let count = EightBytes.digitCount(EightBytes.load(p))
            p += count
            if count < 8 { return p }
        }
    }

    /// Checks a value that is no object or array.
    @inline(__always)
    private func skipSimple(_ p: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        switch p[0] {
        case 0x22: skipString(p + 1)
        case 0x2d, 0x30...0x39: skipNumber(p)
        default: skipScalar(p)
        }
    }

    @inline(never)
    func skipScalar(_ p: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        switch p[0] {
        case 0x74: return literal(p, 0x6575_7274, 4)
        case 0x66: return p[4] == 0x65 ? literal(p, 0x736c_6166, 5) : failLiteral(p)
        case 0x6e: return literal(p, 0x6c6c_756e, 4)
        case 0x2d, 0x30...0x39:
            guard let number = NumberText(p, syntax: .json) else { return fail(.malformedNumber, p, 0) }
            return number.end
        default: return fail(.unexpectedByte, p, 0)
        }
    }

    /// Checks four bytes against a literal's and returns the byte after its `count`.
    @inline(__always)
    func literal(_ p: UnsafePointer<UInt8>, _ word: UInt32, _ count: Int) -> UnsafePointer<UInt8>? {
        if UInt32(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt32.self)) == word { return p + count }
        return failLiteral(p)
    }

    /// A literal that the document's end cuts off is truncated, any other is wrong.
    @inline(never)
    func failLiteral(_ p: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        var q = p
        while q < state.pointee.end && q[0] | 0x20 >= 0x61 && q[0] | 0x20 <= 0x7a { q += 1 }
        return fail(.unexpectedByte, q == state.pointee.end ? q : p, 0)
    }

    /// Checks an object or array, whatever is in it, and returns the byte after it.
    @inline(never)
    private func skipNested(_ start: UnsafePointer<UInt8>, _ outerDepth: Int) -> UnsafePointer<UInt8>? {
        var p = start
        var depth = outerDepth
        // One bit a level, the innermost lowest: 1 for an object.
        var kinds: UInt128 = 0
        while true {
            // A value starts at p.
            if p[0] == 0x7b || p[0] == 0x5b {
                let isObject = p[0] == 0x7b
                depth += 1
                if depth > Self.maximumDepth { return fail(.tooDeep, p, 0) }
                kinds = kinds &<< 1 | (isObject ? 1 : 0)
                p = skipSpace(p + 1)
                if p[0] == (isObject ? 0x7d : 0x5d) {
                    p += 1
                    kinds = kinds &>> 1
                    depth -= 1
                } else {
                    if isObject {
                        guard let after = skipKey(p) else { return nil }
                        p = after
                    }
                    continue
                }
            } else {
                guard let after = skipSimple(p) else { return nil }
                p = after
            }
            // A value ended before p: go on with its container, or out of it.
            while true {
                if depth == outerDepth { return p }
                let isObject = kinds & 1 == 1
                p = skipSpace(p)
                if p[0] == 0x2c {
                    p = skipSpace(p + 1)
                    if isObject {
                        guard let after = skipKey(p) else { return nil }
                        p = after
                    }
                    break
                }
                if p[0] != (isObject ? 0x7d : 0x5d) { return fail(.unexpectedByte, p, 0) }
                p += 1
                kinds = kinds &>> 1
                depth -= 1
            }
        }
    }

    /// Checks a key with its colon and returns the first byte of the value.
    @inline(__always)
    private func skipKey(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        if start[0] != 0x22 { return fail(.unexpectedByte, start, 0) }
        guard let after = skipString(start + 1) else { return nil }
        let p = skipSpace(after)
        if p[0] != 0x3a { return fail(.unexpectedByte, p, 0) }
        return skipSpace(p + 1)
    }
}
