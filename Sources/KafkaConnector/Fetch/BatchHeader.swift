/// What stands before the records of a batch of format 2 (KIP-98).
struct BatchHeader {
    /// Of the header; the records follow.
    static let size = 61
    /// Of what the batch's length does not count: the first offset and the length itself.
    static let lengthEnd = 12
    /// What the checksum guards begins there.
    static let checkedStart = 21

    enum Compression: Int16 {
        case none = 0
        case gzip = 1
        case snappy = 2
        case lz4 = 3
        case zstd = 4
    }

    var baseOffset: Int64
    /// Of the whole batch, the header included.
    var byteCount: Int
    var magic: Int8
    var checksum: UInt32
    var attributes: Int16
    var lastOffset: Int64
    var baseTimestamp: Int64
    var maximumTimestamp: Int64
    var producer: Int64
    var recordCount: Int32

    var compression: Compression? { Compression(rawValue: attributes & 7) }
    var isAppendTime: Bool { attributes & 8 != 0 }
    var isTransactional: Bool { attributes & 16 != 0 }
    var isControl: Bool { attributes & 32 != 0 }

    /// The header at the start of `bytes`; nil where there is no whole batch.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size else { return nil }
        func load<Value: FixedWidthInteger>(_ offset: Int, _: Value.Type = Value.self) -> Value {
            Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
        let length: Int32 = load(8)
        guard length >= Self.size - Self.lengthEnd, Int(length) <= bytes.count - Self.lengthEnd else { return nil }
        baseOffset = load(0)
        // Of any log there could ever be; offsets can be computed with.
        guard baseOffset >> 62 == 0 else { return nil }
        byteCount = Int(length) + Self.lengthEnd
        magic = load(16)
        checksum = load(17)
        attributes = load(21)
        lastOffset = baseOffset + Int64(load(23, Int32.self))
        baseTimestamp = load(27)
        maximumTimestamp = load(35)
        producer = load(43)
        recordCount = load(57)
    }
}
