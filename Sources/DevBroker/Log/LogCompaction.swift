internal import NIOCore

/// Decides what stays of a compacted log: for every key its last record, as far as transactions are decided.
///
/// Compressed batches are kept whole, because this broker cannot look into them, and so are those whose records do not
/// follow the format. Their keys supersede nothing, and a delete that comes after one is kept for ever, as the batch may
/// hold a value of its key.
struct LogCompaction {
    /// Records from this offset on stay as they are.
    let limit: Int64
    let now: Int64
    let deleteRetentionMilliseconds: Int64
    private let transactions: TransactionIndex
    private var lastOffsets: [ByteBuffer: Int64] = [:]
    /// The last records and the last marker of every producer, which are kept, the records' batch empty if need be, so
    /// that the producer's sequence and epoch survive.
    private var lastRecords: [Int64: Int64] = [:]
    private var lastMarkers: [Int64: Int64] = [:]
    /// Producers whose open transaction, at this point of the log, keeps records.
    private var producersWithRecords: Set<Int64> = []
    private var hasKeptCompressed = false

    init(limit: Int64, now: Int64, deleteRetentionMilliseconds: Int64, transactions: TransactionIndex) {
        self.limit = limit
        self.now = now
        self.deleteRetentionMilliseconds = deleteRetentionMilliseconds
        self.transactions = transactions
    }

    /// First pass, over all batches in order: learns where the last record of every key is.
    mutating func learn(_ header: RecordBatchHeader, _ bytes: () throws(DevBrokerError) -> ByteBuffer)
        throws(DevBrokerError)
    {
        guard header.baseOffset < limit else { return }
        if header.isControl {
            lastMarkers[header.producerId] = header.baseOffset
        } else if header.producerId >= 0 {
            lastRecords[header.producerId] = header.baseOffset
        }
        guard !header.isControl, header.compression == 0, !isAborted(header),
            let batch = try Self.readable(bytes())
        else { return }
        for record in batch.records {
            guard let key = record.key else { continue }
            // A copy, because a slice would keep the whole batch in memory.
            lastOffsets[ByteBuffer(bytes: key.readableBytesView)] = header.baseOffset + Int64(record.offsetDelta)
        }
    }

    /// What stays of a batch.
    enum Verdict {
        case keep
        case drop
        case replace(RecordBatch)
    }

    /// Second pass, over the same batches in order.
    mutating func judge(_ header: RecordBatchHeader, _ bytes: () throws(DevBrokerError) -> ByteBuffer)
        throws(DevBrokerError) -> Verdict
    {
        guard header.baseOffset < limit else { return .keep }
        if header.isControl { return judgeMarker(header) }
        if isAborted(header) { return judgeEmpty(header) }
        guard header.compression == 0, var batch = try Self.readable(bytes()) else {
            hasKeptCompressed = true
            noteKept(header)
            return .keep
        }
        let count = batch.records.count
        batch.records.removeAll { isSuperseded($0, in: header) }
        if batch.records.isEmpty { return judgeEmpty(header) }
        noteKept(header)
        let needsHorizon = header.deleteHorizon == nil && batch.records.contains { $0.value == nil }
        if batch.records.count == count && !needsHorizon { return .keep }
        if needsHorizon { setDeleteHorizon(of: &batch) }
        batch.header.maxTimestamp =
            batch.records.map { batch.header.baseTimestamp &+ $0.timestampDelta }.max() ?? header.maxTimestamp
        return .replace(batch)
    }

    /// The batch, or nil where its records do not follow the format: producers may have written anything there.
    private static func readable(_ bytes: ByteBuffer) throws(DevBrokerError) -> RecordBatch? {
        do throws(DevBrokerError) {
            return try RecordBatch(reading: bytes)
        } catch {
            if error.code == .malformedMessage { return nil }
            throw error
        }
    }

    /// A batch without records stays only for its sequence numbers, and then its transaction's marker does too.
    private mutating func judgeEmpty(_ header: RecordBatchHeader) -> Verdict {
        guard header.producerId >= 0, lastRecords[header.producerId] == header.baseOffset else { return .drop }
        noteKept(header)
        return header.recordCount == 0 ? .keep : .replace(RecordBatch(header: header.emptied, records: []))
    }

    private func isSuperseded(_ record: Record, in header: RecordBatchHeader) -> Bool {
        guard let key = record.key else { return false }
        if lastOffsets[key] != header.baseOffset + Int64(record.offsetDelta) { return true }
        guard record.value == nil, let horizon = header.deleteHorizon else { return false }
        return horizon < now && !hasKeptCompressed
    }

    /// A marker goes when its transaction has no records left and readers have had time to see it.
    private mutating func judgeMarker(_ header: RecordBatchHeader) -> Verdict {
        let hadRecords = producersWithRecords.remove(header.producerId) != nil
        let isOld = header.maxTimestamp < now - deleteRetentionMilliseconds
        return hadRecords || lastMarkers[header.producerId] == header.baseOffset || !isOld ? .keep : .drop
    }

    private mutating func noteKept(_ header: RecordBatchHeader) {
        if header.isTransactional { producersWithRecords.insert(header.producerId) }
    }

    /// Puts the time until which deletes stay in the place of the base timestamp, as the format has it.
    private func setDeleteHorizon(of batch: inout RecordBatch) {
        let (sum, isOverflow) = now.addingReportingOverflow(deleteRetentionMilliseconds)
        let horizon = isOverflow ? Int64.max : sum
        for index in batch.records.indices {
            batch.records[index].timestampDelta &+= batch.header.baseTimestamp &- horizon
        }
        batch.header.baseTimestamp = horizon
        batch.header.attributes |= 0x40
    }

    private func isAborted(_ header: RecordBatchHeader) -> Bool {
        header.isTransactional && transactions.isAborted(producerId: header.producerId, offset: header.baseOffset)
    }
}

extension RecordBatchHeader {
    /// The header of a batch that has lost all its records, but keeps its offsets and sequence numbers.
    fileprivate var emptied: RecordBatchHeader {
        var header = self
        header.attributes &= ~0x47
        return header
    }
}
