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
        while true {
            // Arenas may be read some bytes beyond their end.
            let word = EightBytes.load(source + position)
            EightBytes.store(word, p)
            var escaped = Self.escaped(word)
            let rest = count &- position
            if rest < 8 {
                escaped &= (1 &<< UInt64(truncatingIfNeeded: rest &* 8)) &- 1
                if escaped == 0 {
                    p += rest
                    break
                }
            } else if escaped == 0 {
                position &+= 8
                p += 8
                continue
            }
            let plain = escaped.trailingZeroBitCount &>> 3
            position &+= plain &+ 1
            p = writeEscape(source[position &- 1], p + plain)
        }
        p[0] = 0x22
        return p + 1
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
