extension JSONWriter {
    /// Writes text in quotes, escaped where it must be.
    @inline(__always)
    func writeString(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ start: UnsafeMutablePointer<UInt8>, _ buffer: MessageBuffer
    ) -> UnsafeMutablePointer<UInt8> {
        // An escape takes six bytes at most.
        var p = buffer.reserve(count &* 6 &+ plan.fixedByteCount, after: start)
        p[0] = 0x22
        p += 1
        var position = 0
        while position &+ 8 <= count {
            let word = EightBytes.load(source + position)
            EightBytes.store(word, p)
            let escaped = Self.escaped(word)
            if escaped != 0 {
                let plain = escaped.trailingZeroBitCount &>> 3
                position &+= plain &+ 1
                p = writeEscape(source[position &- 1], p + plain)
            } else {
                position &+= 8
                p += 8
            }
        }
        if position < count { p = writeTail(source + position, count &- position, p) }
        p[0] = 0x22
        return p + 1
    }

    /// The last one to seven bytes, of which nothing behind may be read.
    @inline(__always)
    private func writeTail(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let word = Self.loadTail(source, count)
        EightBytes.store(word, start)
        // The zeros behind the text are no control characters of it.
        let mask: UInt64 = (1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1
        if Self.escaped(word) & mask == 0 { return start + count }
        var p = start
        for position in 0..<count {
            let byte = source[position]
            if byte < 0x20 || byte == 0x22 || byte == 0x5c {
                p = writeEscape(byte, p)
            } else {
                p[0] = byte
                p += 1
            }
        }
        return p
    }

    @inline(__always)
    private static func loadTail(_ source: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        if count >= 4 {
            let low = UInt64(UInt32(littleEndian: UnsafeRawPointer(source).loadUnaligned(as: UInt32.self)))
            let high = UInt64(
                UInt32(littleEndian: UnsafeRawPointer(source + count - 4).loadUnaligned(as: UInt32.self)))
            return low | high &<< UInt64(truncatingIfNeeded: (count &- 4) &* 8)
        }
        let middle = count &>> 1
        return UInt64(source[0]) | UInt64(source[middle]) &<< UInt64(truncatingIfNeeded: middle &* 8)
            | UInt64(source[count &- 1]) &<< UInt64(truncatingIfNeeded: (count &- 1) &* 8)
    }

    /// The high bit of every byte that must be escaped: quote, backslash, below 0x20. Only the lowest bit that is set
    /// is exact.
    @inline(__always)
    private static func escaped(_ word: UInt64) -> UInt64 {
        let quote = word ^ (EightBytes.ones &* 0x22)
        let backslash = word ^ (EightBytes.ones &* 0x5c)
        let found =
            ((quote &- EightBytes.ones) & ~quote) | ((backslash &- EightBytes.ones) & ~backslash)
            | ((word &- EightBytes.ones &* 0x20) & ~word)
        return found & EightBytes.highBits
    }

    @inline(never)
    private func writeEscape(_ byte: UInt8, _ p: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        p[0] = 0x5c
        switch byte {
        case 0x22, 0x5c: p[1] = byte
        case 0x08: p[1] = 0x62
        case 0x0c: p[1] = 0x66
        case 0x0a: p[1] = 0x6e
        case 0x0d: p[1] = 0x72
        case 0x09: p[1] = 0x74
        default:
            p[1] = 0x75
            p[2] = 0x30
            p[3] = 0x30
            p[4] = 0x30 + byte >> 4
            p[5] = byte & 0x0f < 10 ? 0x30 + byte & 0x0f : 0x61 + byte & 0x0f - 10
            return p + 6
        }
        return p + 2
    }
}
