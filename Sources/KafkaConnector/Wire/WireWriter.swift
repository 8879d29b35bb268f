/// Writes the fields of a request in the order of Kafka's protocol: big-endian, texts and arrays behind their lengths.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ value: String) {
        integer(Int16(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func text(_ value: String?) {
        if let value { text(value) } else { integer(Int16(-1)) }
    }

    /// The length of an array whose elements follow.
    mutating func count(_ value: Int) {
        integer(Int32(value))
    }

    mutating func append(_ other: WireWriter) {
        bytes += other.bytes
    }
}
