/// Reads the fields of an answer; what it reads is checked against the bytes that are there. Borrows the bytes.
struct WireReader {
    /// An answer that ends before its fields do, or holds a length that cannot be.
    struct Damaged: Error {}

    private let bytes: UnsafeRawBufferPointer
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(Damaged) -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count - position >= size else { throw Damaged() }
        defer { position += size }
        return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    mutating func skip(_ count: Int) throws(Damaged) {
        guard count >= 0, bytes.count - position >= count else { throw Damaged() }
        position += count
    }

    /// Where bytes behind a four-byte length lie; empty for null.
    mutating func range() throws(Damaged) -> Range<Int> {
        let length = Int(try integer(Int32.self))
        guard length > 0 else { return position..<position }
        let start = position
        try skip(length)
        return start..<position
    }

    mutating func optionalText() throws(Damaged) -> String? {
        let length = Int(try integer(Int16.self))
        guard length >= 0 else { return nil }
        let start = position
        try skip(length)
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    mutating func text() throws(Damaged) -> String {
        try optionalText() ?? ""
    }

    /// The number of an array's elements, each of which takes a byte at least; 0 for null.
    mutating func count() throws(Damaged) -> Int {
        let count = Int(try integer(Int32.self))
        guard count <= bytes.count - position else { throw Damaged() }
        return max(count, 0)
    }
}
