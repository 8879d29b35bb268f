package import NIOCore

extension PartitionLog {
    /// Whole record batches, and the offset after the last of them.
    package struct ReadResult: Sendable {
        package var records: ByteBuffer
        /// The next offset to read; the offset asked for when there was nothing.
        package var nextOffset: Int64

        fileprivate static func nothing(at range: ReadRange) -> ReadResult {
            ReadResult(records: ByteBuffer(), nextOffset: range.offset)
        }
    }

    /// What to read.
    package struct ReadRange: Sendable {
        /// The first offset wanted; the first batch may begin before it.
        package var offset: Int64
        /// No batch that begins here or later is read.
        package var limit: Int64
        /// Most bytes, unless the first batch alone has more and `includesFirst` is set.
        package var maxBytes: Int
        package var includesFirst = false

        package init(offset: Int64, limit: Int64, maxBytes: Int, includesFirst: Bool) {
            self.offset = offset
            self.limit = limit
            self.maxBytes = maxBytes
            self.includesFirst = includesFirst
        }
    }

    /// Reads whole batches, all from one segment.
    package func read(_ range: ReadRange) throws(DevBrokerError) -> ReadResult {
        var candidate = (segments.lastIndex { $0.baseOffset <= range.offset }) ?? 0
        while candidate < segments.count {
            if let result = try read(range, in: segments[candidate]) { return result }
            candidate += 1
        }
        return .nothing(at: range)
    }

    /// Nil when the segment holds nothing at or after the offset.
    private func read(_ range: ReadRange, in segment: LogSegment) throws(DevBrokerError) -> ReadResult? {
        var position = segment.position(before: range.offset)
        let chunkByteCount = range.maxBytes + Int(LogSegment.indexInterval) + RecordBatchHeader.byteCount
        var chunk = ByteBuffer()
        while position < segment.size {
            guard let header = RecordBatchHeader(chunk, at: chunk.readerIndex) else {
                chunk = try segment.file.read(at: position, length: chunkByteCount)
                guard chunk.readableBytes >= RecordBatchHeader.byteCount else { throw .shortened(folder, position) }
                continue
            }
            guard header.lastOffset < range.offset else {
                guard header.baseOffset < range.limit else { return .nothing(at: range) }
                guard header.byteCount <= range.maxBytes else {
                    guard range.includesFirst else { return .nothing(at: range) }
                    let batch = try segment.file.read(at: position, length: header.byteCount)
                    return ReadResult(records: batch, nextOffset: header.lastOffset + 1)
                }
                return try wholeBatches(range, chunk, at: position, in: segment)
            }
            position += Int64(header.byteCount)
            chunk.moveReaderIndex(forwardBy: min(header.byteCount, chunk.readableBytes))
        }
        return nil
    }

    /// Cuts whole batches out of a chunk that begins with one of at most `maxBytes`.
    private func wholeBatches(
        _ range: ReadRange, _ chunk: ByteBuffer, at position: Int64, in segment: LogSegment
    ) throws(DevBrokerError) -> ReadResult {
        var chunk = chunk
        let wanted = Int(min(Int64(range.maxBytes), segment.size - position))
        if chunk.readableBytes < wanted { chunk = try segment.file.read(at: position, length: wanted) }
        var end = 0
        var nextOffset: Int64 = 0
        while let header = RecordBatchHeader(chunk, at: chunk.readerIndex + end), header.baseOffset < range.limit,
            end + header.byteCount <= min(range.maxBytes, chunk.readableBytes)
        {
            end += header.byteCount
            nextOffset = header.lastOffset + 1
        }
        guard let records = chunk.getSlice(at: chunk.readerIndex, length: end), end > 0 else {
            throw .shortened(folder, position)
        }
        return ReadResult(records: records, nextOffset: nextOffset)
    }

    /// The first record at or after a time; nil when there is none.
    ///
    /// In a compressed batch, whose records cannot be told apart here, it is the batch's first record.
    package func offset(
        atOrAfter timestamp: Int64, limit: Int64
    ) throws(DevBrokerError) -> (offset: Int64, timestamp: Int64)? {
        for segment in segments where segment.maxTimestamp >= timestamp {
            guard let start = segment.position(atOrAfter: timestamp) else { continue }
            var found: (offset: Int64, timestamp: Int64)?
            try segment.scan(from: start) { header, position throws(DevBrokerError) in
                guard header.baseOffset < limit else { return false }
                guard header.maxTimestamp >= timestamp, header.lastOffset >= startOffset, !header.isControl else {
                    return true
                }
                guard header.compression == 0 else {
                    found = (offset: max(startOffset, header.baseOffset), timestamp: header.baseTimestamp)
                    return false
                }
                let batch = try RecordBatch(
                    reading: segment.file.read(at: position, length: header.byteCount))
                for record in batch.records {
                    let recordOffset = header.baseOffset + Int64(record.offsetDelta)
                    let recordTimestamp = header.baseTimestamp &+ record.timestampDelta
                    guard recordTimestamp >= timestamp, recordOffset >= startOffset else { continue }
                    found = (offset: recordOffset, timestamp: recordTimestamp)
                    return false
                }
                return true
            }
            if let found { return found.offset < limit ? found : nil }
        }
        return nil
    }

    /// The greatest timestamp and the offset of a batch's last record that may have it; nil for an empty log.
    package func maxTimestamp() throws(DevBrokerError) -> (offset: Int64, timestamp: Int64)? {
        guard let greatest = segments.map(\.maxTimestamp).max(), greatest >= 0 else { return nil }
        return try offset(atOrAfter: greatest, limit: endOffset)
    }
}

extension DevBrokerError {
    fileprivate static func shortened(_ folder: String, _ position: Int64) -> DevBrokerError {
        DevBrokerError(
            .corruptStorage, "a log is shorter than it was; restart the broker to cut it at the last whole batch",
            context: "\(folder) at byte \(position)")
    }
}
