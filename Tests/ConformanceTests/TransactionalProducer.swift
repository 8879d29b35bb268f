import DevBroker

/// A transactional producer as the broker sees it: an id, an epoch, and sequence numbers per partition.
struct TransactionalProducer {
    let cluster: Cluster
    let id: String
    var identity: ProducerIdentity
    private var sequences: [TopicPartition: Int32] = [:]

    init(_ cluster: Cluster, _ id: String, timeoutMilliseconds: Int32 = 60_000) throws {
        self.cluster = cluster
        self.id = id
        let answer = try cluster.initProducer(id, timeoutMilliseconds: timeoutMilliseconds)
        guard answer.errorCode == .none else { throw Unexpected("InitProducerId of \(id): \(answer.errorCode)") }
        identity = ProducerIdentity(id: answer.producerId, epoch: answer.producerEpoch)
    }

    /// Takes partitions into the transaction; the first partition's error.
    func add(_ partitions: TopicPartition...) throws -> ErrorCode {
        try addAll(partitions).first?.errorCode ?? .none
    }

    func addAll(_ partitions: [TopicPartition]) throws -> [AddPartitionsToTxnResponse.Partition] {
        var request = AddPartitionsToTxnRequest()
        request.transactionalId = id
        request.producerId = identity.id
        request.producerEpoch = identity.epoch
        request.topics = partitions.map { partition in
            var topic = AddPartitionsToTxnRequest.Topic()
            topic.name = partition.topic
            topic.partitions = [partition.partition]
            return topic
        }
        let client = try cluster.coordinator(transaction: id)
        let answers: [AddPartitionsToTxnResponse.Partition] = try settled({ $0.first?.errorCode }) {
            let topics = try client.send(request).topics
            // Answers need not come in the order of the request.
            return try partitions.map { partition in
                try topics.filter { $0.name == partition.topic }.flatMap(\.partitions)
                    .filter { $0.partitionIndex == partition.partition }.only()
            }
        }
        return answers
    }

    /// Writes values, without asking the coordinator first.
    mutating func write(_ values: String..., to partition: TopicPartition) throws -> ProduceResponse.Partition {
        let batch = RecordBatch.of(
            values.map { (key: nil, value: $0) }, timestamp: Cluster.now, producer: identity,
            baseSequence: sequences[partition, default: 0], isTransactional: true)
        let answer = try cluster.produce(batch, to: partition, transactionalId: id)
        if answer.errorCode == .none { sequences[partition, default: 0] += Int32(values.count) }
        return answer
    }

    /// Adds the partition and writes one value; the value's offset.
    @discardableResult
    mutating func send(_ value: String, to partition: TopicPartition) throws -> Int64 {
        let error = try add(partition)
        guard error == .none else { throw Unexpected("adding \(partition): \(error)") }
        let answer = try write(value, to: partition)
        guard answer.errorCode == .none else { throw Unexpected("writing \(value): \(answer.errorCode)") }
        return answer.baseOffset
    }

    func end(commit: Bool) throws -> ErrorCode {
        var request = EndTxnRequest()
        request.transactionalId = id
        request.producerId = identity.id
        request.producerEpoch = identity.epoch
        request.committed = commit
        let client = try cluster.coordinator(transaction: id)
        return try settled({ $0 }) { try client.send(request).errorCode }
    }

    /// Takes a group into the transaction.
    func add(group: String) throws -> ErrorCode {
        var request = AddOffsetsToTxnRequest()
        request.transactionalId = id
        request.producerId = identity.id
        request.producerEpoch = identity.epoch
        request.groupId = group
        let client = try cluster.coordinator(transaction: id)
        return try settled({ $0 }) { try client.send(request).errorCode }
    }

    /// Commits an offset with the transaction.
    func commit(
        _ offset: Int64, of partition: TopicPartition, group: String, as member: GroupIdentity = GroupIdentity(),
        metadata: String = ""
    ) throws -> ErrorCode {
        var entry = TxnOffsetCommitRequest.Partition()
        entry.partitionIndex = partition.partition
        entry.committedOffset = offset
        entry.committedMetadata = metadata
        var topic = TxnOffsetCommitRequest.Topic()
        topic.name = partition.topic
        topic.partitions = [entry]
        var request = TxnOffsetCommitRequest()
        request.transactionalId = id
        request.groupId = group
        request.producerId = identity.id
        request.producerEpoch = identity.epoch
        request.generationId = member.generation
        request.memberId = member.memberId
        request.groupInstanceId = member.instanceId
        request.topics = [topic]
        let client = try cluster.coordinator(group: group)
        return try settled({ $0 }) { try client.send(request).topics.only().partitions.only().errorCode }
    }
}

/// Who a request to a group says it comes from.
struct GroupIdentity {
    var memberId = ""
    var instanceId: String?
    var generation: Int32 = -1
}

extension Cluster {
    /// Asks for a producer id, and waits while an earlier transaction is being aborted.
    func initProducer(
        _ id: String?, timeoutMilliseconds: Int32 = 60_000, expected: ProducerIdentity = .none
    ) throws -> InitProducerIdResponse {
        var request = InitProducerIdRequest()
        request.transactionalId = id
        request.transactionTimeoutMilliseconds = timeoutMilliseconds
        request.producerId = expected.id
        request.producerEpoch = expected.epoch
        let client = try id.map { try coordinator(transaction: $0) } ?? connection()
        return try settled(\.errorCode) { try client.send(request) }
    }

    /// A new producer without transactions.
    func idempotentProducer() throws -> ProducerIdentity {
        let answer = try initProducer(nil)
        guard answer.errorCode == .none else { throw Unexpected("InitProducerId: \(answer.errorCode)") }
        return ProducerIdentity(id: answer.producerId, epoch: answer.producerEpoch)
    }
}
