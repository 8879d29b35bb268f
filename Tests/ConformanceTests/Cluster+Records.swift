import DevBroker
import NIOCore

extension Cluster {
    /// Sends one batch.
    func produce(_ batch: RecordBatch, to partition: TopicPartition, transactionalId: String? = nil) throws
        -> ProduceResponse.Partition
    {
        var entry = ProduceRequest.Partition()
        entry.index = partition.partition
        entry.records = batch.encoded()
        var topic = ProduceRequest.Topic()
        topic.name = partition.topic
        topic.partitions = [entry]
        var request = ProduceRequest()
        request.acks = -1
        request.timeoutMilliseconds = 30_000
        request.transactionalId = transactionalId
        request.topics = [topic]
        let client = try leader(partition)
        return try settled(\.errorCode) { try client.send(request).topics.only().partitions.only() }
    }

    /// Sends values without a producer id and returns the first's offset.
    @discardableResult
    func produce(_ values: String..., to partition: TopicPartition, at time: Int64 = Cluster.now) throws -> Int64 {
        let batch = RecordBatch.of(values.map { (key: nil, value: $0) }, timestamp: time)
        let answer = try produce(batch, to: partition)
        guard answer.errorCode == .none else { throw Unexpected("producing to \(partition): \(answer.errorCode)") }
        return answer.baseOffset
    }

    /// Sends a batch of values of an idempotent producer.
    func produce(_ values: [String], to partition: TopicPartition, as producer: ProducerIdentity, sequence: Int32)
        throws
        -> ProduceResponse.Partition
    {
        let batch = RecordBatch.of(
            values.map { (key: nil, value: $0) }, timestamp: Cluster.now, producer: producer,
            baseSequence: sequence)
        return try produce(batch, to: partition)
    }

    /// What a fetch asks for.
    struct FetchWish {
        var offset: Int64 = 0
        var isCommitted = false
        var maxBytes: Int32 = 1 << 20
        var partitionMaxBytes: Int32 = 1 << 20
        var minBytes: Int32 = 0
        var maxWaitMilliseconds: Int32 = 0
    }

    static func fetchRequest(_ partitions: [TopicPartition], _ wish: FetchWish) -> FetchRequest {
        var request = FetchRequest()
        request.maxWaitMilliseconds = wish.maxWaitMilliseconds
        request.minBytes = wish.minBytes
        request.maxBytes = wish.maxBytes
        request.isolationLevel = wish.isCommitted ? 1 : 0
        request.topics = partitions.map { partition in
            var entry = FetchRequest.Partition()
            entry.partition = partition.partition
            entry.fetchOffset = wish.offset
            entry.partitionMaxBytes = wish.partitionMaxBytes
            var topic = FetchRequest.Topic()
            topic.topic = partition.topic
            topic.partitions = [entry]
            return topic
        }
        return request
    }

    func fetch(_ partition: TopicPartition, _ wish: FetchWish = FetchWish()) throws -> FetchResponse.Partition {
        try leader(partition).send(Self.fetchRequest([partition], wish)).topics.only().partitions.only()
    }

    /// All batches up to an offset; an answer may end before, as it does at the end of a segment.
    func batches(_ partition: TopicPartition, to end: Int64) throws -> [RecordBatch] {
        var batches: [RecordBatch] = []
        var offset: Int64 = 0
        while offset < end {
            let next = try fetch(partition, FetchWish(offset: offset)).batches()
            guard let last = next.last else { throw Unexpected("nothing at \(offset) of \(partition)") }
            batches += next
            offset = last.header.lastOffset + 1
        }
        return batches
    }

    func listOffsets(_ partition: TopicPartition, time: Int64, isCommitted: Bool = false) throws
        -> ListOffsetsResponse.Partition
    {
        var entry = ListOffsetsRequest.Partition()
        entry.partitionIndex = partition.partition
        entry.timestamp = time
        var topic = ListOffsetsRequest.Topic()
        topic.name = partition.topic
        topic.partitions = [entry]
        var request = ListOffsetsRequest()
        request.replicaId = -1
        request.isolationLevel = isCommitted ? 1 : 0
        request.topics = [topic]
        return try leader(partition).send(request).topics.only().partitions.only()
    }

    /// Waits until the last stable offset is at least `offset`.
    ///
    /// - Returns: What a committed reader is sent from the start on.
    func awaitStable(_ partition: TopicPartition, _ offset: Int64) throws -> FetchResponse.Partition {
        try eventually("a stable offset \(offset) in \(partition)") {
            let answer = try fetch(partition, FetchWish(isCommitted: true))
            if answer.lastStableOffset >= offset { return answer }
            // Waits at the broker for what becomes readable there.
            let wish = FetchWish(
                offset: answer.lastStableOffset, isCommitted: true, minBytes: 1, maxWaitMilliseconds: 250)
            _ = try fetch(partition, wish)
            return nil
        }
    }
}

extension FetchResponse.Partition {
    /// The whole batches of the answer; Kafka may cut the last one short, which clients leave out.
    func batches() throws -> [RecordBatch] {
        var rest = records ?? ByteBuffer()
        var batches: [RecordBatch] = []
        while let header = RecordBatchHeader(rest, at: rest.readerIndex), header.byteCount <= rest.readableBytes {
            batches.append(try RecordBatch(reading: rest))
            rest.moveReaderIndex(forwardBy: header.byteCount)
        }
        return batches
    }

    /// The values of all records but markers.
    func values() throws -> [String] {
        try batches().filter { !$0.header.isControl }.flatMap {
            $0.records.map { $0.value.map { String(buffer: $0) } ?? "" }
        }
    }

    /// The values of the records that a committed reader keeps.
    func committedValues() throws -> [String] {
        var aborted = (abortedTransactions ?? []).sorted { $0.firstOffset < $1.firstOffset }
        var skipped: Set<Int64> = []
        var values: [String] = []
        for batch in try batches() {
            while let next = aborted.first, next.firstOffset <= batch.header.lastOffset {
                skipped.insert(next.producerId)
                aborted.removeFirst()
            }
            if batch.header.isControl {
                if batch.markerCommits == false { skipped.remove(batch.header.producerId) }
            } else if !batch.header.isTransactional || !skipped.contains(batch.header.producerId) {
                values += batch.records.map { $0.value.map { String(buffer: $0) } ?? "" }
            }
        }
        return values
    }
}
