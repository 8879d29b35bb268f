/// Work on eight bytes at once in a 64-bit word (the first byte in memory is the lowest).
enum EightBytes {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080

    @inline(__always)
    static func load(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    static func store(_ word: UInt64, _ bytes: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(bytes).storeBytes(of: word.littleEndian, as: UInt64.self)
    }

    /// The high bit of every byte that may not stand in a JSON string as it is, or is not ASCII: quote, backslash,
    /// below 0x20, above 0x7f. Only the lowest bit that is set is exact.
    @inline(__always)
    static func special(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5c)
        let found = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
        return (found | word) & highBits
    }

    /// Whether there is a backslash among `count` bytes; up to seven more are read.
    @inline(__always)
    static func containsBackslash(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var position = 0
        while position < count {
            let difference = load(bytes + position) ^ (ones &* 0x5c)
            let found = (difference &- ones) & ~difference & highBits
            if found != 0 { return position &+ found.trailingZeroBitCount &>> 3 < count }
            position &+= 8
        }
        return false
    }

    /// How many of the bytes, from the first on, are ASCII digits.
    @inline(__always)
    static func digitCount(_ word: UInt64) -> Int {
        let values = word ^ (ones &* 0x30)
        let others = (values | (values &+ ones &* 0x76)) & highBits
        return others.trailingZeroBitCount >> 3
    }

    /// The number that the first `count` (1...8) bytes, all digits, spell.
    @inline(__always)
    static func number(_ word: UInt64, digits count: Int) -> UInt64 {
        // Shifting leaves zeros where leading digits would be.
        var values = (word ^ (ones &* 0x30)) &<< UInt64(truncatingIfNeeded: 64 &- count &* 8)
        values = (values &* 10) &+ (values &>> 8)
        let low = (values & 0x0000_00ff_0000_00ff) &* 0x000f_4240_0000_0064
        let high = ((values &>> 16) & 0x0000_00ff_0000_00ff) &* 0x0000_2710_0000_0001
        return (low &+ high) &>> 32
    }
}
