internal import NIOCore

extension PartitionLog {
    /// Bytes read at a time.
    private static let chunkByteCount = 1024 * 1024

    /// Opens the segments and rebuilds index, producers and transactions from every batch.
    func recover() throws(DevBrokerError) {
        for name in try storage.files(in: folder) {
            guard name.hasSuffix(Self.fileSuffix), let baseOffset = Int64(name.dropLast(Self.fileSuffix.count)) else {
                // Left behind by a compaction that did not finish.
                try storage.remove("\(folder)/\(name)")
                continue
            }
            segments.append(try openSegment(baseOffset: baseOffset))
        }
        segments.sort { $0.baseOffset < $1.baseOffset }
        endOffset = segments.first?.baseOffset ?? startOffset
        for (index, segment) in segments.enumerated() {
            try recover(segment, isLast: index == segments.count - 1)
        }
        if segments.isEmpty { try roll() }
        startOffset = max(startOffset, segments[0].baseOffset)
        endOffset = max(endOffset, startOffset)
        transactions.forget(before: startOffset)
    }

    private func recover(_ segment: LogSegment, isLast: Bool) throws(DevBrokerError) {
        endOffset = max(endOffset, segment.baseOffset)
        var chunk = ByteBuffer()
        while segment.size < segment.file.size {
            let header = RecordBatchHeader(chunk, at: chunk.readerIndex)
            guard let header, header.length > 0, header.byteCount <= chunk.readableBytes else {
                let wanted = max(Self.chunkByteCount, header.map { $0.length > 0 ? $0.byteCount : 0 } ?? 0)
                let bytesRead = chunk.readableBytes
                chunk = try segment.file.read(at: segment.size, length: wanted)
                if chunk.readableBytes > bytesRead && bytesRead < wanted { continue }
                return try cutTornEnd(of: segment, isLast: isLast)
            }
            let batch = chunk.getSlice(at: chunk.readerIndex, length: header.byteCount) ?? ByteBuffer()
            guard header.magic == 2, header.baseOffset >= endOffset,
                CRC32C.checksum(of: batch, from: RecordBatchHeader.checksumStart) == header.checksum
            else { return try cutTornEnd(of: segment, isLast: isLast) }
            segment.note(header)
            try restore(header, batch)
            endOffset = header.lastOffset + 1
            chunk.moveReaderIndex(forwardBy: header.byteCount)
        }
    }

    /// Takes a batch's producer and transaction in.
    private func restore(_ header: RecordBatchHeader, _ batch: ByteBuffer) throws(DevBrokerError) {
        guard header.producerId >= 0 else { return }
        guard header.isControl else { return noteRecords(header, now: header.maxTimestamp) }
        let marker = try RecordBatch(reading: batch)
        // A control batch without a record is what compaction leaves of a marker to keep the producer's epoch.
        guard let isCommit = marker.markerCommits, let record = marker.records.first else { return }
        let coordinatorEpoch = record.value.flatMap { $0.getInteger(at: $0.readerIndex + 2, as: Int32.self) } ?? 0
        noteMarker(header, isCommit: isCommit, coordinatorEpoch: coordinatorEpoch, now: header.maxTimestamp)
    }

    private func cutTornEnd(of segment: LogSegment, isLast: Bool) throws(DevBrokerError) {
        guard isLast else {
            throw DevBrokerError(
                .corruptStorage,
                "a log is damaged before its end; move the topic's folders away to start without its data",
                context: "\(folder)/\(segment.name) at byte \(segment.size)")
        }
        try segment.file.truncate(to: segment.size)
    }
}
