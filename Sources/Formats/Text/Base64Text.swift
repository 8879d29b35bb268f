/// Base64 with padding (RFC 4648, section 4).
enum Base64Text {
    /// 64 characters, then the 256 values of the reverse table with 0xff for what is no base64 character.
    static func makeTables() -> UnsafeMutablePointer<UInt8> {
        let tables = UnsafeMutablePointer<UInt8>.allocate(capacity: 64 + 256)
        (tables + 64).initialize(repeating: 0xff, count: 256)
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for index in 0..<64 {
            let character = alphabet.utf8Start[index]
            (tables + index).initialize(to: character)
            tables[64 + Int(character)] = UInt8(index)
        }
        return tables
    }

    /// Decodes `count` characters to `target`, which may be the same memory.
    ///
    /// - Returns: how many bytes they are; nil where they are not base64.
    static func decode(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>,
        tables: UnsafePointer<UInt8>
    ) -> Int? {
        if count & 3 != 0 { return nil }
        if count == 0 { return 0 }
        let values = tables + 64
        var padding = 0
        if source[count - 1] == 0x3d { padding = source[count - 2] == 0x3d ? 2 : 1 }
        let full = padding == 0 ? count : count - 4
        var read = 0
        var written = 0
        while read < full {
            let first = values[Int(source[read])]
            let second = values[Int(source[read + 1])]
            let third = values[Int(source[read + 2])]
            let fourth = values[Int(source[read + 3])]
            if (first | second | third | fourth) & 0x80 != 0 { return nil }
            target[written] = first << 2 | second >> 4
            target[written + 1] = second << 4 | third >> 2
            target[written + 2] = third << 6 | fourth
            read += 4
            written += 3
        }
        if padding > 0 {
            let first = values[Int(source[read])]
            let second = values[Int(source[read + 1])]
            let third = padding == 1 ? values[Int(source[read + 2])] : 0
            if (first | second | third) & 0x80 != 0 { return nil }
            // The bits that stand for nothing must be zero.
            if padding == 2 ? second & 0x0f != 0 : third & 0x03 != 0 { return nil }
            target[written] = first << 2 | second >> 4
            written += 1
            if padding == 1 {
                target[written] = second << 4 | third >> 2
                written += 1
            }
        }
        return written
    }

    /// Characters that `byteCount` bytes take.
    @inline(__always)
    static func encodedCount(_ byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

    /// Encodes to `target`, which has room for `encodedCount` characters.
    static func encode(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutablePointer<UInt8>, tables: UnsafePointer<UInt8>
    ) {
        var read = 0
        var written = 0
        while read + 3 <= source.count {
            let group = UInt32(source[read]) << 16 | UInt32(source[read + 1]) << 8 | UInt32(source[read + 2])
            target[written] = tables[Int(group >> 18)]
            target[written + 1] = tables[Int(group >> 12 & 63)]
            target[written + 2] = tables[Int(group >> 6 & 63)]
            target[written + 3] = tables[Int(group & 63)]
            read += 3
            written += 4
        }
        let rest = source.count - read
        if rest == 0 { return }
        let group = UInt32(source[read]) << 16 | (rest == 2 ? UInt32(source[read + 1]) << 8 : 0)
        target[written] = tables[Int(group >> 18)]
        target[written + 1] = tables[Int(group >> 12 & 63)]
        target[written + 2] = rest == 2 ? tables[Int(group >> 6 & 63)] : 0x3d
        target[written + 3] = 0x3d
    }
}
