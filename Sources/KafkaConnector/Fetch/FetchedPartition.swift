internal import CCompression
internal import CKafka

/// A partition that is fetched by a `Fetcher`, as its worker reads it.
final class FetchedPartition: PartitionQueue {
    /// A segment that is being read.
    private struct Reading {
        var segment: FetchedQueue.Segment
        /// Of the next batch, in the segment's frame.
        var position: Int
        /// Producers whose records here belong to aborted transactions.
        var abortedProducers: Set<Int64> = []
        var nextAborted = 0
        /// The batch that is being read: its records, and what they lie in where that is not the segment's frame.
        var run = ckafka_run()
        var unpacked: FrameBuffer?
        /// The offset behind the batch.
        var behind: Int64 = -1
        /// The offset behind the batches read so far; nil before the first.
        var last: Int64?

        init(_ segment: FetchedQueue.Segment) {
            self.segment = segment
            position = segment.range.lowerBound
        }
    }

    /// What a batch may become when it is unpacked.
    static let maximumUnpackedByteCount = 256 << 20

    private let queue: FetchedQueue
    private let checksChecksums: Bool
    /// Kept alive: its thread fills the queue.
    private let fetcher: Fetcher?
    private let pool: FramePool
    private var reading: Reading?
    private let countRead: @Sendable () -> Void

    /// - Parameter countRead: called for every read that finds something.
    init(queue: FetchedQueue, fetcher: Fetcher, countRead: @escaping @Sendable () -> Void) {
        self.queue = queue
        self.fetcher = fetcher
        self.countRead = countRead
        pool = fetcher.pool
        checksChecksums = fetcher.settings.checksChecksums
    }

    /// Reads what somebody else fills the queue with.
    init(queue: FetchedQueue, pool: FramePool, checksChecksums: Bool) {
        self.queue = queue
        self.pool = pool
        self.checksChecksums = checksChecksums
        fetcher = nil
        countRead = {}
    }

    func read(minimumOffset: Int64, limit: Int, into batch: MessageBatch) -> Int {
        batch.release()
        var expected = minimumOffset
        var taken = 0
        let limit = min(limit, batch.capacity)
        while batch.count < limit {
            if reading != nil {
                guard readSegment(&expected, limit, batch) else { break }
                if reading != nil { continue }
            }
            guard let item = queue.pop() else { break }
            switch item {
            case .segment(let segment):
                reading = Reading(segment)
            case .end(let offset):
                batch.end(at: max(offset, expected))
                taken += 1
            case .failure(let code):
                batch.fail(code)
                return batch.count + taken + 1
            }
        }
        let count = batch.count + taken + (batch.hasFailed ? 1 : 0)
        if count > 0 { countRead() }
        // What was passed over, such as the end of a transaction, has moved the position though there is nothing to show.
        // An end that was read before a full batch is not to look like a batch with nothing behind it.
        return count > 0 ? min(count, limit) : (batch.nextOffset == nil ? 0 : 1)
    }

    /// Reads on in the segment until it ends or the batch is full.
    ///
    /// - Returns: false where the batch must be looked at before anything else is read.
    private func readSegment(_ expected: inout Int64, _ limit: Int, _ batch: MessageBatch) -> Bool {
        guard var current = reading else { return true }
        reading = nil
        while batch.count < limit {
            if current.run.left > 0 {
                guard batch.take(&current.run, minimumOffset: expected, limit: limit) else {
                    batch.fail(RD_KAFKA_RESP_ERR__BAD_MSG.rawValue)
                    return false
                }
                batch.keep(current.unpacked ?? current.segment.frame)
                if let next = batch.nextOffset { expected = max(expected, next) }
                if current.run.left > 0 { break }
                guard current.run.next == current.run.end else {
                    batch.fail(RD_KAFKA_RESP_ERR__BAD_MSG.rawValue)
                    return false
                }
                expected = max(expected, current.behind)
                batch.moved(to: expected)
                current.unpacked = nil
                continue
            }
            guard let code = begin(&current, &expected, batch) else { continue }
            if code == 0 {
                // The segment's last batch is read.
                queue.release(current.segment)
                return true
            }
            if code != Self.regressed { batch.fail(code) }
            return false
        }
        reading = current
        return true
    }

    private static let regressed: Int32 = .max

    /// Begins with the next batch of the segment, or passes it over.
    ///
    /// - Returns: nil to go on; 0 where there is none; else what is wrong with it.
    private func begin(_ current: inout Reading, _ expected: inout Int64, _ batch: MessageBatch) -> Int32? {
        let bytes = current.segment.frame.bytes
        let rest = UnsafeRawBufferPointer(rebasing: bytes[current.position..<current.segment.range.upperBound])
        guard let header = BatchHeader(rest) else { return 0 }
        guard header.magic == 2 else { return RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED.rawValue }
        // Compaction may have left a batch without records, and offsets without theirs.
        guard header.recordCount >= 0, header.lastOffset >= header.baseOffset else {
            return RD_KAFKA_RESP_ERR__BAD_MSG.rawValue
        }
        current.position += header.byteCount
        let whole = UnsafeRawBufferPointer(rebasing: rest[..<header.byteCount])
        if checksChecksums, Self.checksum(whole) != header.checksum { return RD_KAFKA_RESP_ERR__BAD_MSG.rawValue }
        if let last = current.last, header.baseOffset < last {
            batch.regressed(to: header.baseOffset)
            return Self.regressed
        }
        current.last = header.lastOffset + 1
        current.behind = header.lastOffset + 1
        if passesOver(header, whole, &current) {
            expected = max(expected, current.behind)
            batch.moved(to: expected)
            return nil
        }
        var records = UnsafeRawBufferPointer(rebasing: whole[BatchHeader.size...])
        if header.compression != BatchHeader.Compression.none {
            guard let unpacked = unpack(records, header.compression) else {
                return RD_KAFKA_RESP_ERR__BAD_COMPRESSION.rawValue
            }
            current.unpacked = unpacked
            records = unpacked.bytes
        }
        let start = records.baseAddress?.assumingMemoryBound(to: UInt8.self)
        current.run = ckafka_run(
            next: start, end: start.map { $0 + records.count }, left: header.recordCount,
            base_offset: header.baseOffset, base_timestamp: header.baseTimestamp,
            maximum_timestamp: header.maximumTimestamp, is_append_time: header.isAppendTime)
        return nil
    }

    private static func checksum(_ batch: UnsafeRawBufferPointer) -> UInt32 {
        guard let start = batch.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
        return ckafka_crc32c(start + BatchHeader.checkedStart, batch.count - BatchHeader.checkedStart)
    }

    /// Whether no record of the batch is to be read: it ends a transaction, or belongs to one that was aborted.
    private func passesOver(
        _ header: BatchHeader, _ batch: UnsafeRawBufferPointer, _ current: inout Reading
    ) -> Bool {
        let aborted = current.segment.aborted
        while current.nextAborted < aborted.count, aborted[current.nextAborted].firstOffset <= header.lastOffset {
            current.abortedProducers.insert(aborted[current.nextAborted].producer)
            current.nextAborted += 1
        }
        if header.isControl {
            // Behind its end the producer may have records that are committed.
            current.abortedProducers.remove(header.producer)
            return true
        }
        return header.recordCount == 0 || header.isTransactional && current.abortedProducers.contains(header.producer)
    }

    private func unpack(_ packed: UnsafeRawBufferPointer, _ kind: BatchHeader.Compression?) -> FrameBuffer? {
        guard let kind, let start = packed.baseAddress, let codec = Self.codec(kind) else { return nil }
        var size = 0
        guard
            let bytes = ccompression_unpack(
                codec, start.assumingMemoryBound(to: UInt8.self), packed.count, Self.maximumUnpackedByteCount, &size)
        else { return nil }
        defer { ccompression_free(bytes) }
        let frame = pool.take(size)
        frame.writable.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: size))
        return frame
    }

    private static func codec(_ kind: BatchHeader.Compression) -> ccompression_kind? {
        switch kind {
        case .none: nil
        case .gzip: CCOMPRESSION_GZIP
        case .snappy: CCOMPRESSION_SNAPPY
        case .lz4: CCOMPRESSION_LZ4
        case .zstd: CCOMPRESSION_ZSTD
        }
    }
}
