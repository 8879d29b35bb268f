package import NIOCore

/// A whole record batch taken apart: for control batches, compaction, lookups by time, and tests. Data passes the
/// broker without this.
package struct RecordBatch: Sendable, Equatable {
    package var header: RecordBatchHeader
    package var records: [Record]

    package init(header: RecordBatchHeader, records: [Record]) {
        self.header = header
        self.records = records
    }

    /// Reads the batch that begins at the reader index.
    ///
    /// - Throws: `malformedMessage` for a compressed batch or one that does not follow the format.
    package init(reading buffer: ByteBuffer) throws(DevBrokerError) {
        guard let header = RecordBatchHeader(buffer, at: buffer.readerIndex), header.magic == 2,
            header.length >= Int32(RecordBatchHeader.byteCount - RecordBatchHeader.prefixByteCount),
            var body = buffer.getSlice(
                at: buffer.readerIndex + RecordBatchHeader.byteCount,
                length: header.byteCount - RecordBatchHeader.byteCount)
        else { throw .malformed("no whole record batch") }
        guard header.compression == 0 else { throw .malformed("a compressed batch where records are needed") }
        guard header.recordCount >= 0, Int(header.recordCount) <= body.readableBytes else {
            throw .malformed("a batch of \(header.recordCount) records")
        }
        self.header = header
        records = []
        records.reserveCapacity(Int(header.recordCount))
        for _ in 0..<header.recordCount { records.append(try Record(from: &body)) }
        guard body.readableBytes == 0 else { throw .malformed("a batch with \(body.readableBytes) bytes too many") }
    }

    /// The batch's bytes, with length, record count and checksum set.
    package func encoded() -> ByteBuffer {
        var body = ByteBuffer()
        for record in records { record.write(to: &body) }
        var header = header
        header.length = Int32(RecordBatchHeader.byteCount - RecordBatchHeader.prefixByteCount + body.readableBytes)
        header.recordCount = Int32(records.count)
        var buffer = ByteBufferAllocator().buffer(capacity: header.byteCount)
        header.write(to: &buffer)
        buffer.writeImmutableBuffer(body)
        let checksum = CRC32C.checksum(of: buffer, from: RecordBatchHeader.checksumStart)
        buffer.setInteger(checksum, at: buffer.readerIndex + RecordBatchHeader.checksumStart - 4)
        return buffer
    }

    /// A batch of records with consecutive offsets, as a client builds it.
    ///
    /// - Parameter timestamp: Milliseconds since 1970 of every record.
    package static func of(
        _ records: [(key: String?, value: String?)], timestamp: Int64,
        producer: ProducerIdentity? = nil, baseSequence: Int32 = -1, isTransactional: Bool = false
    ) -> RecordBatch {
        var header = RecordBatchHeader(baseOffset: 0, attributes: isTransactional ? 0x10 : 0)
        header.baseTimestamp = timestamp
        header.maxTimestamp = timestamp
        header.lastOffsetDelta = Int32(records.count - 1)
        if let producer {
            header.producerId = producer.id
            header.producerEpoch = producer.epoch
        }
        header.baseSequence = baseSequence
        return RecordBatch(
            header: header,
            records: records.enumerated().map { index, record in
                Record(
                    offsetDelta: Int32(index), key: record.key.map { ByteBuffer(string: $0) },
                    value: record.value.map { ByteBuffer(string: $0) })
            })
    }

    /// The control batch that ends a producer's transaction in a partition.
    package static func marker(
        isCommit: Bool, producer: ProducerIdentity, coordinatorEpoch: Int32, timestamp: Int64
    ) -> RecordBatch {
        var header = RecordBatchHeader(baseOffset: 0, attributes: 0x30)
        header.baseTimestamp = timestamp
        header.maxTimestamp = timestamp
        header.producerId = producer.id
        header.producerEpoch = producer.epoch
        var key = ByteBuffer()
        key.writeMultipleIntegers(0 as Int16, isCommit ? 1 as Int16 : 0)
        var value = ByteBuffer()
        value.writeMultipleIntegers(0 as Int16, coordinatorEpoch)
        return RecordBatch(header: header, records: [Record(key: key, value: value)])
    }

    /// Whether this is a marker that commits (true) or aborts (false); nil for other batches.
    package var markerCommits: Bool? {
        guard header.isControl, let key = records.first?.key,
            let type = key.getInteger(at: key.readerIndex + 2, as: Int16.self)
        else { return nil }
        return type == 1
    }
}

/// A producer id with its epoch.
package struct ProducerIdentity: Hashable, Sendable {
    package var id: Int64
    package var epoch: Int16

    package init(id: Int64, epoch: Int16) {
        self.id = id
        self.epoch = epoch
    }

    /// What a request says that names no producer.
    package static let none = ProducerIdentity(id: -1, epoch: -1)
}
