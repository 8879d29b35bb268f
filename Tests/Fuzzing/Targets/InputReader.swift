/// Takes numbers and pieces out of an input; past its end everything is zero or empty.
struct InputReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset >= bytes.count }

    mutating func byte() -> UInt8 {
        guard offset < bytes.count else { return 0 }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func number() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// The next `count` bytes, or as many as there are.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, offset + count)
        defer { offset = end }
        return Array(bytes[offset..<end])
    }

    mutating func rest() -> [UInt8] { take(bytes.count) }
}

extension [UInt8] {
    /// The bytes with their number before them, as `InputReader.number` and `take` read it.
    var counted: [UInt8] {
        [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)] + self
    }
}
