package import NIOCore

extension PartitionLog {
    /// What became of a batch.
    package enum AppendResult: Equatable, Sendable {
        /// The batch got the offsets from `baseOffset` on.
        case appended(baseOffset: Int64)
        /// A retry of a batch that was appended before.
        case duplicate(baseOffset: Int64)
        case refused(ErrorCode)
    }

    /// Appends what a client sent: exactly one batch.
    ///
    /// - Parameter now: Milliseconds since 1970.
    package func append(_ records: ByteBuffer, now: Int64) -> AppendResult {
        guard let header = RecordBatchHeader(records, at: records.readerIndex) else {
            // Older formats have shorter headers; their magic byte stands at the same place.
            let magic = records.getInteger(at: records.readerIndex + 16, as: Int8.self)
            return .refused(magic.map { $0 < 2 } ?? false ? .unsupportedForMessageFormat : .corruptMessage)
        }
        if let error = refusal(of: header, records) { return .refused(error) }
        if header.producerId >= 0, let producer = producers[header.producerId] {
            if let known = producer.duplicate(of: header) { return .duplicate(baseOffset: known.baseOffset) }
            if let error = producer.refusal(of: header) { return .refused(error) }
        }
        do throws(DevBrokerError) {
            return .appended(baseOffset: try write(header, records, now: now).baseOffset)
        } catch {
            return .refused(.storageError)
        }
    }

    /// Ends a producer's transaction in this partition by a control batch.
    package func appendMarker(
        isCommit: Bool, producer: ProducerIdentity, coordinatorEpoch: Int32, now: Int64
    ) throws(DevBrokerError) {
        let batch = RecordBatch.marker(
            isCommit: isCommit, producer: producer, coordinatorEpoch: coordinatorEpoch, timestamp: now
        ).encoded()
        guard let header = RecordBatchHeader(batch, at: batch.readerIndex) else {
            preconditionFailure("a marker of \(batch.readableBytes) bytes")
        }
        let written = try write(header, batch, now: now)
        noteMarker(written, isCommit: isCommit, coordinatorEpoch: coordinatorEpoch, now: now)
    }

    private func refusal(of header: RecordBatchHeader, _ records: ByteBuffer) -> ErrorCode? {
        guard header.magic == 2 else {
            return header.magic < 2 ? .unsupportedForMessageFormat : .corruptMessage
        }
        guard header.length >= Int32(RecordBatchHeader.byteCount - RecordBatchHeader.prefixByteCount),
            header.byteCount <= records.readableBytes
        else { return .corruptMessage }
        guard header.byteCount <= configuration.maxMessageByteCount else { return .messageTooLarge }
        guard header.byteCount == records.readableBytes else { return .invalidRecord }
        guard CRC32C.checksum(of: records, from: RecordBatchHeader.checksumStart) == header.checksum else {
            return .corruptMessage
        }
        guard header.recordCount > 0, header.lastOffsetDelta == header.recordCount - 1, !header.isControl else {
            return .invalidRecord
        }
        guard header.compression <= 4 else { return .unsupportedCompressionType }
        if header.producerId >= 0 && (header.baseSequence < 0 || header.producerEpoch < 0) { return .invalidRecord }
        if header.isTransactional && header.producerId < 0 { return .invalidRecord }
        return configuration.isCompacted && hasRecordWithoutKey(records) ? .invalidRecord : nil
    }

    /// Whether a record has no key, which a compacted topic does not take; unknown, so false, when compressed.
    private func hasRecordWithoutKey(_ records: ByteBuffer) -> Bool {
        (try? RecordBatch(reading: records))?.records.contains { $0.key == nil } ?? false
    }

    /// Writes a batch at the end of the log, with its offset put in; everything else stays as it is, so that the
    /// checksum, which does not cover the offset, stays right.
    private func write(
        _ header: RecordBatchHeader, _ batch: ByteBuffer, now: Int64
    ) throws(DevBrokerError) -> RecordBatchHeader {
        if active.size > 0 && active.size + Int64(header.byteCount) > Int64(configuration.segmentByteCount) {
            try roll()
        }
        var header = header
        header.baseOffset = endOffset
        header.leaderEpoch = 0
        var prefix = ByteBufferAllocator().buffer(capacity: 16)
        prefix.writeMultipleIntegers(header.baseOffset, header.length, header.leaderEpoch)
        var rest = batch
        rest.moveReaderIndex(forwardBy: 16)
        try active.append(prefix: prefix, rest: rest, header: header)
        if syncsAppends { try active.file.sync() }
        endOffset = header.lastOffset + 1
        if header.producerId >= 0 && !header.isControl { noteRecords(header, now: now) }
        return header
    }

    /// Takes in a batch of records of an idempotent producer.
    func noteRecords(_ header: RecordBatchHeader, now: Int64) {
        producers[header.producerId, default: ProducerState(epoch: header.producerEpoch, timestamp: now)]
            .append(header, timestamp: now)
        if header.isTransactional { transactions.begin(producerId: header.producerId, at: header.baseOffset) }
    }

    /// Takes in a control batch.
    func noteMarker(_ header: RecordBatchHeader, isCommit: Bool, coordinatorEpoch: Int32, now: Int64) {
        _ = producers[header.producerId, default: ProducerState(epoch: header.producerEpoch, timestamp: now)]
            .end(epoch: header.producerEpoch, coordinatorEpoch: coordinatorEpoch, timestamp: now)
        transactions.end(producerId: header.producerId, markerOffset: header.baseOffset, isCommit: isCommit)
    }
}
