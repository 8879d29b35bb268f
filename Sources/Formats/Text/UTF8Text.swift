/// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Text {
    /// Bytes of the well-formed character of two or more bytes at `p`; 0 where there is none.
    ///
    /// Looks at continuation bytes only while they are such, so a byte that is none must follow the text.
    @inline(__always)
    static func multibyteLength(_ p: UnsafePointer<UInt8>) -> Int {
        let lead = p[0]
        if lead < 0xe0 {
            return lead >= 0xc2 && p[1] & 0xc0 == 0x80 ? 2 : 0
        }
        if lead < 0xf0 {
            let second = p[1]
            if second & 0xc0 != 0x80 || p[2] & 0xc0 != 0x80 { return 0 }
            if lead == 0xe0 && second < 0xa0 { return 0 }
            if lead == 0xed && second > 0x9f { return 0 }
            return 3
        }
        if lead > 0xf4 { return 0 }
        let second = p[1]
        if second & 0xc0 != 0x80 || p[2] & 0xc0 != 0x80 || p[3] & 0xc0 != 0x80 { return 0 }
        if lead == 0xf0 && second < 0x90 { return 0 }
        if lead == 0xf4 && second > 0x8f { return 0 }
        return 4
    }

    /// Writes a Unicode scalar (not a surrogate) and returns how many bytes it took.
    @inline(__always)
    static func write(_ scalar: UInt32, _ target: UnsafeMutablePointer<UInt8>) -> Int {
        if scalar < 0x80 {
            target[0] = UInt8(truncatingIfNeeded: scalar)
            return 1
        }
        if scalar < 0x800 {
            target[0] = UInt8(truncatingIfNeeded: 0xc0 | scalar >> 6)
            target[1] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3f)
            return 2
        }
        if scalar < 0x10000 {
            target[0] = UInt8(truncatingIfNeeded: 0xe0 | scalar >> 12)
            target[1] = UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3f)
            target[2] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3f)
            return 3
        }
        target[0] = UInt8(truncatingIfNeeded: 0xf0 | scalar >> 18)
        target[1] = UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3f)
        target[2] = UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3f)
        target[3] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3f)
        return 4
    }

    /// The position of the first byte that is not part of well-formed UTF-8; nil where there is none.
    static func firstInvalid(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        while position < bytes.count {
            if bytes[position] < 0x80 {
                if position + 8 <= bytes.count,
                    bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & EightBytes.highBits == 0
                {
                    position += 8
                } else {
                    position += 1
                }
                continue
            }
            // Four bytes at most, padded with zeros, which end any character.
            var window: (UInt8, UInt8, UInt8, UInt8) = (bytes[position], 0, 0, 0)
            if position + 1 < bytes.count { window.1 = bytes[position + 1] }
            if position + 2 < bytes.count { window.2 = bytes[position + 2] }
            if position + 3 < bytes.count { window.3 = bytes[position + 3] }
            let length = withUnsafeBytes(of: &window) { raw in
                raw.baseAddress.map { multibyteLength($0.assumingMemoryBound(to: UInt8.self)) } ?? 0
            }
            if length == 0 { return position }
            position += length
        }
        return nil
    }
}
