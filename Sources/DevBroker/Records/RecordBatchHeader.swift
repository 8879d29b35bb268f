package import NIOCore

/// The fixed first 61 bytes of a record batch in format 2.
package struct RecordBatchHeader: Sendable, Equatable {
    /// Bytes of the header.
    package static let byteCount = 61
    /// Bytes before those that `length` counts: base offset and length.
    package static let prefixByteCount = 12
    /// Bytes before those that the checksum covers.
    package static let checksumStart = 21

    package var baseOffset: Int64
    /// Bytes that follow the first 12.
    package var length: Int32
    package var leaderEpoch: Int32
    package var magic: Int8
    package var checksum: UInt32
    package var attributes: Int16
    package var lastOffsetDelta: Int32
    package var baseTimestamp: Int64
    package var maxTimestamp: Int64
    /// -1 when the producer is not idempotent.
    package var producerId: Int64
    package var producerEpoch: Int16
    package var baseSequence: Int32
    package var recordCount: Int32

    /// Reads a header; nil when there are fewer than 61 bytes.
    ///
    /// - Parameter index: Where the batch begins, as an index of the buffer.
    package init?(_ buffer: ByteBuffer, at index: Int) {
        guard index >= buffer.readerIndex, index + Self.byteCount <= buffer.writerIndex,
            let values = buffer.getMultipleIntegers(
                at: index, as: (Int64, Int32, Int32, Int8, UInt32, Int16, Int32).self),
            let more = buffer.getMultipleIntegers(
                at: index + 27, as: (Int64, Int64, Int64, Int16, Int32, Int32).self)
        else { return nil }
        (baseOffset, length, leaderEpoch, magic, checksum, attributes, lastOffsetDelta) = values
        (baseTimestamp, maxTimestamp, producerId, producerEpoch, baseSequence, recordCount) = more
    }

    package init(baseOffset: Int64, attributes: Int16) {
        self.baseOffset = baseOffset
        self.attributes = attributes
        length = 0
        leaderEpoch = 0
        magic = 2
        checksum = 0
        lastOffsetDelta = 0
        baseTimestamp = -1
        maxTimestamp = -1
        producerId = -1
        producerEpoch = -1
        baseSequence = -1
        recordCount = 0
    }

    /// Bytes of the whole batch.
    package var byteCount: Int { Self.prefixByteCount + Int(length) }
    package var lastOffset: Int64 { baseOffset + Int64(lastOffsetDelta) }
    /// The sequence number of the last record; it wraps to 0 after `Int32.max`.
    package var lastSequence: Int32 {
        let sum = Int64(baseSequence) + Int64(lastOffsetDelta)
        return Int32(truncatingIfNeeded: sum > Int64(Int32.max) ? sum - Int64(Int32.max) - 1 : sum)
    }
    /// 0: none; 1: gzip; 2: snappy; 3: lz4; 4: zstd.
    package var compression: Int16 { attributes & 0x07 }
    package var usesAppendTime: Bool { attributes & 0x08 != 0 }
    package var isTransactional: Bool { attributes & 0x10 != 0 }
    package var isControl: Bool { attributes & 0x20 != 0 }
    /// When deletes in the batch may be forgotten; set by compaction, which puts it in place of the base timestamp.
    package var deleteHorizon: Int64? { attributes & 0x40 != 0 ? baseTimestamp : nil }

    /// Writes the header with `checksum` and `length` as they are.
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(baseOffset, length, leaderEpoch, magic, checksum, attributes, lastOffsetDelta)
        buffer.writeMultipleIntegers(baseTimestamp, maxTimestamp, producerId, producerEpoch, baseSequence, recordCount)
    }
}
