/// Bytes as brokers send them, read as a job reads them: for programs that try what damage to a log, or a broker gone wrong, does.
package enum FetchedLog {
    package struct Record: Equatable, Sendable {
        package var offset: Int64
        /// Milliseconds since 1970-01-01T00:00:00Z; -1 when it has none.
        package var timestamp: Int64
        package var key: [UInt8]?
        package var value: [UInt8]?
        /// As a JSON array.
        package var headers: String
    }

    /// What came of it.
    package struct Reading: Equatable, Sendable {
        package var records: [Record] = []
        /// Of Kafka's protocol or of librdkafka; nil where nothing is wrong.
        package var failure: Int32?
        /// Behind all that was read or passed over; nil where there was nothing.
        package var nextOffset: Int64?
        /// Of a batch that does not come after the one before it.
        package var regressedOffset: Int64?
    }

    /// Reads batches that follow each other, at most `limit` records at a time.
    ///
    /// - Parameters:
    ///   - aborted: transactions whose records are not to be read: their producers and first offsets.
    ///   - offset: what is before it is passed over.
    /// - Returns: nil where not even the first batch is whole.
    package static func read(
        batches: [UInt8], aborted: [(producer: Int64, firstOffset: Int64)], from offset: Int64, limit: Int
    ) -> Reading? {
        let frame = frame(batches)
        let transactions = aborted.map {
            FetchedQueue.AbortedTransaction(producer: $0.producer, firstOffset: $0.firstOffset)
        }.sorted { $0.firstOffset < $1.firstOffset }
        return read(frame, 0..<frame.count, transactions, offset, limit, checksChecksums: true)
    }

    /// Reads an answer to Fetch, the batches of each partition without regard to their checksums.
    ///
    /// - Parameters:
    ///   - answer: from the field that says for how long nothing is to be asked for.
    ///   - version: of the request, from 4 on.
    /// - Returns: one reading a partition whose first batch is whole; nil where it is no answer.
    package static func read(answer: [UInt8], version: Int16, limit: Int) -> [Reading]? {
        let frame = frame(answer)
        var readings: [Reading] = []
        var reader = WireReader(frame.bytes)
        do throws(WireReader.Damaged) {
            try FetchedAnswer.read(
                &reader, version: version, throttle: { _ in },
                { part in
                    if let reading = read(frame, part.batches, part.aborted, 0, limit, checksChecksums: false) {
                        readings.append(reading)
                    }
                })
        } catch {
            return nil
        }
        return readings
    }

    private static func frame(_ bytes: [UInt8]) -> FrameBuffer {
        let frame = FramePool(maximumKeptByteCount: 0).take(bytes.count)
        frame.writable.copyBytes(from: bytes)
        return frame
    }

    private static func read(
        _ frame: FrameBuffer, _ range: Range<Int>, _ aborted: [FetchedQueue.AbortedTransaction], _ offset: Int64,
        _ limit: Int, checksChecksums: Bool
    ) -> Reading? {
        guard let (segment, _) = FetchedQueue.Segment.wholeBatches(of: frame, range, aborted) else { return nil }
        let queue = FetchedQueue(maximumByteCount: .max, wakeReader: {}, wakeFetcher: {})
        queue.push(.segment(segment))
        let partition = FetchedPartition(
            queue: queue, pool: FramePool(maximumKeptByteCount: 0), checksChecksums: checksChecksums)
        let batch = MessageBatch(capacity: limit)
        var reading = Reading()
        while partition.read(minimumOffset: reading.nextOffset ?? offset, limit: limit, into: batch) > 0 {
            for index in 0..<batch.count { reading.records.append(Record(batch, index)) }
            reading.nextOffset = batch.nextOffset ?? reading.nextOffset
            reading.regressedOffset = batch.regressedOffset
            reading.failure = batch.failureCode
            if batch.hasFailed { break }
        }
        batch.release()
        return reading
    }
}

extension FetchedLog.Record {
    fileprivate init(_ batch: MessageBatch, _ index: Int) {
        self.init(
            offset: batch.offset(index), timestamp: batch.timestamp(index), key: batch.key(index).map(Array.init),
            value: batch.value(index).map(Array.init), headers: HeaderText.json(batch, index))
    }
}
