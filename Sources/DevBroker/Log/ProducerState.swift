/// What a partition remembers of one producer to refuse duplicates and zombies.
struct ProducerState {
    /// A batch that was appended.
    struct Batch {
        var firstSequence: Int32
        var lastSequence: Int32
        var baseOffset: Int64
        var lastOffset: Int64
    }

    /// Batches that a retry is recognised by: the most that an idempotent producer has in flight.
    static let rememberedBatchCount = 5

    private(set) var epoch: Int16
    /// The last batches of the epoch, oldest first.
    private(set) var batches: [Batch] = []
    private(set) var coordinatorEpoch: Int32 = -1
    private(set) var lastTimestamp: Int64
    /// The first offset of the open transaction.
    private(set) var transactionStart: Int64?

    init(epoch: Int16, timestamp: Int64) {
        self.epoch = epoch
        lastTimestamp = timestamp
    }

    /// The batch that the producer sent before with the same sequence numbers.
    func duplicate(of header: RecordBatchHeader) -> Batch? {
        guard header.producerEpoch == epoch else { return nil }
        return batches.first {
            $0.firstSequence == header.baseSequence && $0.lastSequence == header.lastSequence
        }
    }

    /// Why the batch must not be appended; nil when it may.
    func refusal(of header: RecordBatchHeader) -> ErrorCode? {
        if header.producerEpoch < epoch { return .invalidProducerEpoch }
        if header.producerEpoch > epoch { return header.baseSequence == 0 ? nil : .outOfOrderSequenceNumber }
        let last = batches.last?.lastSequence ?? -1
        let next = last == Int32.max ? 0 : last + 1
        guard header.baseSequence == next else { return .outOfOrderSequenceNumber }
        if transactionStart != nil && !header.isTransactional { return .invalidTxnState }
        return nil
    }

    /// Takes in a batch of records that was appended.
    mutating func append(_ header: RecordBatchHeader, timestamp: Int64) {
        if header.producerEpoch != epoch {
            epoch = header.producerEpoch
            batches.removeAll(keepingCapacity: true)
        }
        if batches.count == Self.rememberedBatchCount { batches.removeFirst() }
        batches.append(
            Batch(
                firstSequence: header.baseSequence, lastSequence: header.lastSequence,
                baseOffset: header.baseOffset, lastOffset: header.lastOffset))
        if header.isTransactional && transactionStart == nil { transactionStart = header.baseOffset }
        lastTimestamp = timestamp
    }

    /// Takes in the end of a transaction. A newer epoch starts again at sequence number 0.
    ///
    /// - Returns: The first offset of the transaction that ended, if one was open here.
    mutating func end(epoch newEpoch: Int16, coordinatorEpoch: Int32, timestamp: Int64) -> Int64? {
        if newEpoch != epoch {
            epoch = newEpoch
            batches.removeAll(keepingCapacity: true)
        }
        self.coordinatorEpoch = coordinatorEpoch
        lastTimestamp = timestamp
        defer { transactionStart = nil }
        return transactionStart
    }
}
