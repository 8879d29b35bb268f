package import NIOCore

/// Writes messages into a chain of buffers: large record batches become buffers of their own instead of being copied.
package struct MessageWriter: MessageCoder {
    package let version: Int16
    package let isFlexible: Bool
    private var finished: [ByteBuffer] = []
    private var current: ByteBuffer

    /// Records of at least this many bytes are passed on as they are.
    private static let passThroughThreshold = 4096

    package init(version: Int16, isFlexible: Bool, reservedBytes: Int = 256) {
        self.version = version
        self.isFlexible = isFlexible
        current = ByteBufferAllocator().buffer(capacity: reservedBytes)
    }

    /// What was written, in order, as a chain of buffers.
    package consuming func finish() -> [ByteBuffer] {
        if current.readableBytes > 0 { finished.append(current) }
        return finished
    }

    /// What was written, in one buffer.
    package consuming func finishContiguous() -> ByteBuffer {
        if finished.isEmpty { return current }
        var all = finished.removeFirst()
        for buffer in finished { all.writeImmutableBuffer(buffer) }
        all.writeImmutableBuffer(current)
        return all
    }

    package mutating func code(_ value: inout Bool) { current.writeInteger(value ? 1 as Int8 : 0) }

    package mutating func code(_ value: inout Int8) { current.writeInteger(value) }

    package mutating func code(_ value: inout Int16) { current.writeInteger(value) }

    package mutating func code(_ value: inout Int32) { current.writeInteger(value) }

    package mutating func code(_ value: inout Int64) { current.writeInteger(value) }

    package mutating func code(_ value: inout String) throws(DevBrokerError) {
        let length = value.utf8.count
        if isFlexible {
            writeUnsignedVarint(UInt32(truncatingIfNeeded: length + 1))
        } else {
            guard let short = Int16(exactly: length) else {
                throw .malformed("a string of \(length) bytes, at most 32767 fit")
            }
            current.writeInteger(short)
        }
        current.writeString(value)
    }

    package mutating func code(_ value: inout String?) throws(DevBrokerError) {
        if var text = value {
            try code(&text)
        } else if isFlexible {
            writeUnsignedVarint(0)
        } else {
            current.writeInteger(-1 as Int16)
        }
    }

    package mutating func code(_ value: inout ByteBuffer) {
        writeLength(value.readableBytes)
        current.writeImmutableBuffer(value)
    }

    package mutating func code(_ value: inout ByteBuffer?) {
        if var bytes = value { code(&bytes) } else { writeLength(nil) }
    }

    package mutating func codeRecords(_ value: inout ByteBuffer?) {
        guard let records = value, records.readableBytes >= Self.passThroughThreshold else { return code(&value) }
        writeLength(records.readableBytes)
        finished.append(current)
        finished.append(records)
        current = ByteBufferAllocator().buffer(capacity: 256)
    }

    package mutating func code<Element: Message>(_ value: inout [Element]) throws(DevBrokerError) {
        writeLength(value.count)
        for index in value.indices {
            // A copy, because changing the element in place would copy the whole array.
            var element = value[index]
            try element.code(with: &self)
        }
    }

    package mutating func code<Element: Message>(_ value: inout [Element]?) throws(DevBrokerError) {
        if var elements = value { try code(&elements) } else { writeLength(nil) }
    }

    package mutating func codeTaggedFields() {
        if isFlexible { current.writeInteger(0 as UInt8) }
    }

    private mutating func writeLength(_ length: Int?) {
        if isFlexible {
            writeUnsignedVarint(length.map { UInt32(truncatingIfNeeded: $0 + 1) } ?? 0)
        } else {
            current.writeInteger(length.map { Int32(truncatingIfNeeded: $0) } ?? -1)
        }
    }

    private mutating func writeUnsignedVarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            current.writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        current.writeInteger(UInt8(truncatingIfNeeded: rest))
    }
}
