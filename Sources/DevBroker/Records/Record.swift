package import NIOCore

/// One record of a batch, with what compaction and tests look at.
package struct Record: Sendable, Equatable {
    package var offsetDelta: Int32
    package var timestampDelta: Int64
    package var key: ByteBuffer?
    /// nil deletes the key in a compacted topic.
    package var value: ByteBuffer?
    package var headers: [Header]

    /// A name with a value.
    package struct Header: Sendable, Equatable {
        package var key: String
        package var value: ByteBuffer?

        package init(key: String, value: ByteBuffer?) {
            self.key = key
            self.value = value
        }
    }

    package init(
        offsetDelta: Int32 = 0, timestampDelta: Int64 = 0, key: ByteBuffer?, value: ByteBuffer?, headers: [Header] = []
    ) {
        self.offsetDelta = offsetDelta
        self.timestampDelta = timestampDelta
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// Reads the next record of an uncompressed batch.
    package init(from buffer: inout ByteBuffer) throws(DevBrokerError) {
        let length = try buffer.readVarint()
        guard length >= 0, var body = buffer.readSlice(length: Int(length)) else {
            throw .truncated(wanted: Int(length), buffer)
        }
        guard body.readInteger(as: Int8.self) != nil else { throw .truncated(wanted: 1, body) }
        timestampDelta = try body.readVarint()
        offsetDelta = Int32(truncatingIfNeeded: try body.readVarint())
        key = try body.readVarintBytes()
        value = try body.readVarintBytes()
        let count = try body.readVarint()
        guard count >= 0, count <= body.readableBytes else { throw .malformed("\(count) record headers") }
        headers = []
        for _ in 0..<count {
            guard let name = try body.readVarintBytes() else { throw .malformed("a record header without a name") }
            headers.append(Header(key: String(buffer: name), value: try body.readVarintBytes()))
        }
        guard body.readableBytes == 0 else { throw .malformed("a record with \(body.readableBytes) bytes too many") }
    }

    /// Writes the record in the format of an uncompressed batch.
    package func write(to buffer: inout ByteBuffer) {
        var body = ByteBuffer()
        body.writeInteger(0 as Int8)
        body.writeVarint(timestampDelta)
        body.writeVarint(Int64(offsetDelta))
        body.writeVarintBytes(key)
        body.writeVarintBytes(value)
        body.writeVarint(Int64(headers.count))
        for header in headers {
            body.writeVarintBytes(ByteBuffer(string: header.key))
            body.writeVarintBytes(header.value)
        }
        buffer.writeVarint(Int64(body.readableBytes))
        buffer.writeImmutableBuffer(body)
    }
}

extension ByteBuffer {
    /// Reads a zigzag variable-length integer.
    mutating func readVarint() throws(DevBrokerError) -> Int64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            guard let byte = readInteger(as: UInt8.self) else { throw .truncated(wanted: 1, self) }
            result |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int64(bitPattern: result >> 1) ^ -Int64(bitPattern: result & 1) }
            shift += 7
        }
        throw .malformed("a variable-length integer of more than 10 bytes")
    }

    mutating func writeVarint(_ value: Int64) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(truncatingIfNeeded: rest))
    }

    mutating func readVarintBytes() throws(DevBrokerError) -> ByteBuffer? {
        let length = try readVarint()
        if length < 0 { return nil }
        guard let bytes = readSlice(length: Int(length)) else { throw .truncated(wanted: Int(length), self) }
        return bytes
    }

    mutating func writeVarintBytes(_ bytes: ByteBuffer?) {
        guard let bytes else { return writeVarint(-1) }
        writeVarint(Int64(bytes.readableBytes))
        writeImmutableBuffer(bytes)
    }
}
