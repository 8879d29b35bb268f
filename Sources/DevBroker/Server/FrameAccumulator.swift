package import NIOCore

/// Cuts frames, each with its length before it, out of a stream of bytes.
///
/// A frame that comes whole in one read is passed on without a copy; of one that comes in parts every byte is copied
/// once, into a buffer of its size, which is used again for the next.
package struct FrameAccumulator {
    private let maxFrameByteCount: Int
    /// The begun frame, with its length; empty when none is.
    private var partial = ByteBuffer()
    /// Bytes that `partial` needs to be whole; 0 while its length is not known.
    private var partialByteCount = 0
    /// What was received after `partial`.
    private var rest = ByteBuffer()

    private static let lengthByteCount = 4
    /// How a TLS connection begins (RFC 8446, section 5.1): a record of kind 22, and the version's first byte.
    private static let tlsHandshake: Int32 = 0x1603

    package init(maxFrameByteCount: Int) {
        self.maxFrameByteCount = maxFrameByteCount
    }

    /// Bytes received that no frame was made of yet.
    package var byteCount: Int { partial.readableBytes + rest.readableBytes }

    /// Takes in what was received.
    package mutating func append(_ bytes: ByteBuffer) {
        if rest.readableBytes == 0 { rest = bytes } else { rest.writeImmutableBuffer(bytes) }
    }

    /// The next whole frame without its length; nil while there is none.
    ///
    /// The frame must be let go of before the next call for its memory to be used again.
    package mutating func next() throws(DevBrokerError) -> ByteBuffer? {
        if partial.readableBytes > 0 { return try completePartial() }
        guard let frameByteCount = try Self.frameByteCount(rest, limit: maxFrameByteCount) else {
            begin(capacity: 0)
            return nil
        }
        guard rest.readableBytes >= frameByteCount else {
            begin(capacity: frameByteCount)
            return nil
        }
        rest.moveReaderIndex(forwardBy: Self.lengthByteCount)
        return rest.readSlice(length: frameByteCount - Self.lengthByteCount)
    }

    /// Moves a begun frame out of the received buffer, so that it does not grow with what follows.
    private mutating func begin(capacity: Int) {
        partialByteCount = capacity
        guard rest.readableBytes > 0 else {
            rest = ByteBuffer()
            return
        }
        partial.clear(minimumCapacity: capacity)
        partial.writeBuffer(&rest)
        rest = ByteBuffer()
    }

    private mutating func completePartial() throws(DevBrokerError) -> ByteBuffer? {
        if partialByteCount == 0 {
            take(Self.lengthByteCount - partial.readableBytes)
            guard let frameByteCount = try Self.frameByteCount(partial, limit: maxFrameByteCount) else { return nil }
            partialByteCount = frameByteCount
            partial.reserveCapacity(frameByteCount)
        }
        take(partialByteCount - partial.readableBytes)
        guard partial.readableBytes == partialByteCount else { return nil }
        let frame = partial.getSlice(
            at: partial.readerIndex + Self.lengthByteCount, length: partialByteCount - Self.lengthByteCount)
        // Only the indexes move: the memory is the frame's until it is let go of.
        partial.moveReaderIndex(to: partial.writerIndex)
        partialByteCount = 0
        return frame
    }

    private mutating func take(_ byteCount: Int) {
        guard var slice = rest.readSlice(length: min(byteCount, rest.readableBytes)) else { return }
        partial.writeBuffer(&slice)
    }

    private static func frameByteCount(_ buffer: ByteBuffer, limit: Int) throws(DevBrokerError) -> Int? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: Int32.self) else { return nil }
        guard length >= 0, length <= limit else {
            if length >> 16 == tlsHandshake {
                throw .refused(
                    "the client speaks TLS, which this port does not: security.protocol=PLAINTEXT or SASL_PLAINTEXT")
            }
            throw .malformed("a length of \(length) bytes; requests have up to \(limit) (is this a Kafka client?)")
        }
        return lengthByteCount + Int(length)
    }
}
