extension JSONScanner {
    /// Copies a string's text, without escapes, to `state.target`, sets `count` to its bytes and returns the byte
    /// after the closing quote; nil after a failure. `state.target` stays where it is.
    @inline(__always)
    func copyString(_ start: UnsafePointer<UInt8>, _ count: inout Int) -> UnsafePointer<UInt8>? {
        let target = state.pointee.target
        var p = start
        var written = target
        while true {
            let word = EightBytes.load(p)
            EightBytes.store(word, written)
            let special = EightBytes.special(word)
            if special == 0 {
                p += 8
                written += 8
                continue
            }
            let plain = special.trailingZeroBitCount &>> 3
            p += plain
            written += plain
            if p[0] == 0x22 {
                count = written - target
                return p + 1
            }
            return copyRest(p, written, &count)
        }
    }

    /// Goes on with a string that holds escapes or characters outside ASCII.
    @inline(never)
    private func copyRest(
        _ start: UnsafePointer<UInt8>, _ firstWritten: UnsafeMutablePointer<UInt8>, _ count: inout Int
    ) -> UnsafePointer<UInt8>? {
        var p = start
        var written = firstWritten
        while true {
            let byte = p[0]
            if byte >= 0x80 {
                let length = UTF8Text.multibyteLength(p)
                if length == 0 { return failUTF8(p) }
                // A character has at most four bytes; what is written beyond it is written again.
                UnsafeMutableRawPointer(written).storeBytes(
                    of: UnsafeRawPointer(p).loadUnaligned(as: UInt32.self), as: UInt32.self)
                p += length
                written += length
                continue
            }
            if byte == 0x22 {
                count = written - state.pointee.target
                return p + 1
            }
            if byte == 0x5c {
                guard let after = copyEscape(p, &written) else { return nil }
                p = after
                continue
            }
            if byte < 0x20 { return fail(.controlCharacter, p, 0) }
            let word = EightBytes.load(p)
            EightBytes.store(word, written)
            let plain = EightBytes.special(word).trailingZeroBitCount &>> 3
            p += plain
            written += plain
        }
    }

    /// A character cut off by the end of the document is a matter of its length.
    @inline(never)
    private func failUTF8(_ p: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        var q = p + 1
        while q < state.pointee.end && q[0] & 0xc0 == 0x80 { q += 1 }
        let isCut = q == state.pointee.end && q - p < 4
        return fail(isCut ? .truncated : .invalidUTF8, p, 0)
    }

    /// Writes the character of the escape sequence at `p` and returns the byte after it.
    private func copyEscape(
        _ p: UnsafePointer<UInt8>, _ written: inout UnsafeMutablePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        let plain: UInt8
        switch p[1] {
        case 0x22, 0x5c, 0x2f: plain = p[1]
        case 0x62: plain = 0x08
        case 0x66: plain = 0x0c
        case 0x6e: plain = 0x0a
        case 0x72: plain = 0x0d
        case 0x74: plain = 0x09
        case 0x75: return copyUnicodeEscape(p, &written)
        default: return fail(.invalidEscape, p + 1 >= state.pointee.end ? p + 1 : p, 0)
        }
        written[0] = plain
        written += 1
        return p + 2
    }

    private func copyUnicodeEscape(
        _ p: UnsafePointer<UInt8>, _ written: inout UnsafeMutablePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        guard let high = codeUnit(p) else {
            return fail(.invalidEscape, min(p + 6, state.pointee.end) == state.pointee.end ? state.pointee.end : p, 0)
        }
        var scalar = high
        var after = p + 6
        if high & 0xf800 == 0xd800 {
            if high >= 0xdc00 { return fail(.loneSurrogate, p, 0) }
            guard after[0] == 0x5c, after[1] == 0x75, let low = codeUnit(after), low & 0xfc00 == 0xdc00 else {
                return fail(.loneSurrogate, after + 6 > state.pointee.end ? state.pointee.end : p, 0)
            }
            scalar = 0x10000 + (high & 0x3ff) << 10 + low & 0x3ff
            after += 6
        }
        written += UTF8Text.write(scalar, written)
        return after
    }

    /// The four hexadecimal digits of the \u sequence at `p`.
    private func codeUnit(_ p: UnsafePointer<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        for position in 2..<6 {
            let byte = p[position]
            let digit: UInt8
            if NumberText.isDigit(byte) {
                digit = byte & 0x0f
            } else if byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66 {
                digit = (byte | 0x20) - 0x61 + 10
            } else {
                return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Checks a string and returns the byte after its closing quote.
    @inline(__always)
    func skipString(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        var p = start
        while true {
            let special = EightBytes.special(EightBytes.load(p))
            if special == 0 {
                p += 8
                continue
            }
            p += special.trailingZeroBitCount &>> 3
            if p[0] == 0x22 { return p + 1 }
            guard let after = skipSpecial(p) else { return nil }
            p = after
        }
    }

    /// Checks the escape sequence or character outside ASCII at `p` and returns the byte after it.
    @inline(never)
    private func skipSpecial(_ p: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        if p[0] >= 0x80 {
            let length = UTF8Text.multibyteLength(p)
            return length == 0 ? failUTF8(p) : p + length
        }
        if p[0] == 0x5c {
            var written = state.pointee.target
            return copyEscape(p, &written)
        }
        return fail(.controlCharacter, p, 0)
    }
}
