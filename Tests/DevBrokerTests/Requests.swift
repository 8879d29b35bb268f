import DevBroker
import NIOCore

/// Requests in the form in which tests think of them.
extension BrokerHarness {
    @discardableResult
    func produce(
        _ values: [String], to topic: String = "t", partition: Int32 = 0, producer: ProducerIdentity? = nil,
        sequence: Int32 = -1, transactionalId: String? = nil, keys: [String]? = nil
    ) throws -> ProduceResponse.Partition {
        let records = values.enumerated().map { index, value in
            (key: keys?[index], value: value == "" ? nil : value)
        }
        let batch = RecordBatch.of(
            records, timestamp: clock.now, producer: producer, baseSequence: sequence,
            isTransactional: transactionalId != nil)
        return try produce(batch.encoded(), to: topic, partition: partition, transactionalId: transactionalId)
    }

    func produce(
        _ records: ByteBuffer, to topic: String = "t", partition: Int32 = 0, transactionalId: String? = nil,
        version: Int16 = 9
    ) throws -> ProduceResponse.Partition {
        var entry = ProduceRequest.Partition()
        entry.index = partition
        entry.records = records
        var topicRequest = ProduceRequest.Topic()
        topicRequest.name = topic
        topicRequest.partitions = [entry]
        var request = ProduceRequest()
        request.acks = -1
        request.transactionalId = transactionalId
        request.topics = [topicRequest]
        guard let answer = try send(request, version: version).topics.first?.partitions.first else {
            throw Missing(what: "a partition")
        }
        return answer
    }

    func fetchRequest(
        from offset: Int64, topic: String = "t", partition: Int32 = 0, isCommitted: Bool = false,
        maxBytes: Int32 = 1 << 20, maxWait: Int32 = 0, minBytes: Int32 = 1
    ) -> FetchRequest {
        var entry = FetchRequest.Partition()
        entry.partition = partition
        entry.fetchOffset = offset
        entry.partitionMaxBytes = maxBytes
        var topicRequest = FetchRequest.Topic()
        topicRequest.topic = topic
        topicRequest.partitions = [entry]
        var request = FetchRequest()
        request.maxWaitMilliseconds = maxWait
        request.minBytes = minBytes
        request.isolationLevel = isCommitted ? 1 : 0
        request.topics = [topicRequest]
        return request
    }

    func fetch(
        from offset: Int64, topic: String = "t", partition: Int32 = 0, isCommitted: Bool = false,
        maxBytes: Int32 = 1 << 20
    ) throws -> FetchResponse.Partition {
        let request = fetchRequest(
            from: offset, topic: topic, partition: partition, isCommitted: isCommitted, maxBytes: maxBytes)
        guard let answer = try send(request).topics.first?.partitions.first else { throw Missing(what: "a partition") }
        return answer
    }

    /// What a consumer sees from the start on: aborted records left out, as clients do.
    func consume(_ topic: String = "t", partition: Int32 = 0, isCommitted: Bool = true) throws -> [String] {
        var values: [String] = []
        var offset = try fetch(from: 0, topic: topic, partition: partition).logStartOffset
        if offset < 0 { offset = 0 }
        while true {
            let answer = try fetch(from: offset, topic: topic, partition: partition, isCommitted: isCommitted)
            let batches = try Self.batches(answer.records)
            guard let last = batches.last else { return values }
            values += try Self.visible(batches, aborted: answer.abortedTransactions ?? [], from: offset)
            offset = last.header.lastOffset + 1
        }
    }

    /// The records a committed reader keeps, by the algorithm of the clients.
    private static func visible(
        _ batches: [RecordBatch], aborted: [FetchResponse.AbortedTransaction], from offset: Int64
    ) throws -> [String] {
        var pending = aborted.sorted { $0.firstOffset < $1.firstOffset }
        var open: Set<Int64> = []
        var values: [String] = []
        for batch in batches {
            while let first = pending.first, first.firstOffset <= batch.header.lastOffset {
                open.insert(first.producerId)
                pending.removeFirst()
            }
            if batch.header.isControl {
                if batch.markerCommits == false { open.remove(batch.header.producerId) }
                continue
            }
            if batch.header.isTransactional && open.contains(batch.header.producerId) { continue }
            for record in batch.records where batch.header.baseOffset + Int64(record.offsetDelta) >= offset {
                values.append(record.value.map { String(buffer: $0) } ?? "")
            }
        }
        return values
    }

    static func batches(_ records: ByteBuffer?) throws -> [RecordBatch] {
        var rest = records ?? ByteBuffer()
        var batches: [RecordBatch] = []
        while rest.readableBytes > 0 {
            let batch = try RecordBatch(reading: rest)
            batches.append(batch)
            rest.moveReaderIndex(forwardBy: batch.header.byteCount)
        }
        return batches
    }

    func initProducer(
        _ id: String?, timeout: Int32 = 60_000, expected: ProducerIdentity = .none
    ) throws -> (producer: ProducerIdentity, error: ErrorCode) {
        var request = InitProducerIdRequest()
        request.transactionalId = id
        request.transactionTimeoutMilliseconds = timeout
        request.producerId = expected.id
        request.producerEpoch = expected.epoch
        let answer = try send(request)
        return (ProducerIdentity(id: answer.producerId, epoch: answer.producerEpoch), answer.errorCode)
    }

    @discardableResult
    func addPartition(
        _ id: String, _ producer: ProducerIdentity, topic: String = "t", partition: Int32 = 0
    ) throws -> ErrorCode {
        var topicRequest = AddPartitionsToTxnRequest.Topic()
        topicRequest.name = topic
        topicRequest.partitions = [partition]
        var request = AddPartitionsToTxnRequest()
        request.transactionalId = id
        request.producerId = producer.id
        request.producerEpoch = producer.epoch
        request.topics = [topicRequest]
        guard let answer = try send(request).topics.first?.partitions.first else { throw Missing(what: "a partition") }
        return answer.errorCode
    }

    @discardableResult
    func end(_ id: String, _ producer: ProducerIdentity, commit: Bool) throws -> ErrorCode {
        var request = EndTxnRequest()
        request.transactionalId = id
        request.producerId = producer.id
        request.producerEpoch = producer.epoch
        request.committed = commit
        return try send(request).errorCode
    }

    /// Writes values in a transaction of their own.
    func transact(
        _ values: [String], _ id: String, _ producer: ProducerIdentity, sequence: Int32 = 0, commit: Bool,
        topic: String = "t", keys: [String]? = nil
    ) throws {
        try addPartition(id, producer, topic: topic)
        let answer = try produce(
            values, to: topic, producer: producer, sequence: sequence, transactionalId: id, keys: keys)
        guard answer.errorCode == .none else { throw Missing(what: "a place for \(values): \(answer.errorCode)") }
        try end(id, producer, commit: commit)
    }

    func endOffset(_ topic: String = "t", partition: Int32 = 0, isCommitted: Bool = false, time: Int64 = -1) throws
        -> Int64
    {
        var entry = ListOffsetsRequest.Partition()
        entry.partitionIndex = partition
        entry.timestamp = time
        var topicRequest = ListOffsetsRequest.Topic()
        topicRequest.name = topic
        topicRequest.partitions = [entry]
        var request = ListOffsetsRequest()
        request.isolationLevel = isCommitted ? 1 : 0
        request.topics = [topicRequest]
        guard let answer = try send(request).topics.first?.partitions.first else { throw Missing(what: "a partition") }
        return answer.offset
    }
}
