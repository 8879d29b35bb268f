import DevBroker
import NIOCore

/// Requests of any bytes are answered or close their connection; the broker goes on, and what it wrote can be read
/// after a crash.
enum RequestFuzz {
    /// The requests, each counted; after each the time that passes, in tenths of a second.
    static func run(_ bytes: [UInt8]) throws {
        let harness = try FuzzBroker()
        try harness.broker.ensureTopic("t", partitionCount: 2, settings: [:])
        try harness.broker.ensureTopic(
            "compacted", partitionCount: 1, settings: ["cleanup.policy": "compact"])
        var reader = InputReader(bytes)
        while !reader.isAtEnd {
            harness.handle(reader.take(reader.number()))
            try FuzzFinding.check(
                harness.broker.failure == nil, "the broker stopped: \(harness.broker.failure!)")
            harness.advance(by: Int64(reader.byte()) * 100)
        }
        try harness.broker.clean(isForced: true)
        try FuzzFinding.check(
            harness.broker.failure == nil, "the broker stopped: \(harness.broker.failure!)")
        let before = try harness.log()
        try harness.restart()
        try FuzzFinding.check(
            try harness.log() == before, "the log of a topic is another one after a crash")
        try harness.broker.ensureTopic("after", partitionCount: 1, settings: [:])
        let batch = RecordBatch.of([(key: "k", value: "v")], timestamp: 5).encoded()
        let answer = try harness.send(
            FuzzBroker.produce(Array(batch.readableBytesView), topic: "after"))
        try FuzzFinding.check(
            answer?.topics.first?.partitions.first?.errorCode == ErrorCode.none,
            "a batch is refused: \(answer as Any)")
    }

    static func seeds() throws -> [[UInt8]] {
        let frames = try single()
        return frames.map { $0.counted + [0] } + [try transaction(), try group()]
    }

    /// One request of every kind, in the first and the last version.
    private static func single() throws -> [[UInt8]] {
        try both(MetadataRequest()) + both(ApiVersionsRequest()) + both(ListOffsetsRequest())
            + both(OffsetCommitRequest()) + both(OffsetFetchRequest()) + both(FindCoordinatorRequest())
            + both(JoinGroupRequest()) + both(HeartbeatRequest()) + both(LeaveGroupRequest())
            + both(SyncGroupRequest()) + both(DescribeGroupsRequest()) + both(ListGroupsRequest())
            + both(CreateTopicsRequest()) + both(DeleteTopicsRequest()) + both(DeleteRecordsRequest())
            + both(InitProducerIdRequest()) + both(OffsetForLeaderEpochRequest())
            + both(AddPartitionsToTxnRequest())
            + both(AddOffsetsToTxnRequest()) + both(EndTxnRequest()) + both(TxnOffsetCommitRequest())
            + both(DescribeConfigsRequest()) + both(AlterConfigsRequest())
            + both(IncrementalAlterConfigsRequest())
            + both(CreatePartitionsRequest()) + both(DeleteGroupsRequest()) + both(OffsetDeleteRequest())
            + both(DescribeClusterRequest()) + both(DescribeProducersRequest())
            + both(DescribeTransactionsRequest())
            + both(ListTransactionsRequest()) + both(FuzzBroker.fetch(from: 0))
            + both(FuzzBroker.listOffsets(time: -1))
            + both(FuzzBroker.produce(batch())) + both(createTopic())
    }

    private static func both<Request: RequestMessage>(_ request: Request) throws -> [[UInt8]] {
        let versions = Request.api.versions
        return [
            try FuzzBroker.frame(request, version: versions.lowerBound),
            try FuzzBroker.frame(request, version: versions.upperBound),
        ]
    }

    private static func batch(_ producer: ProducerIdentity? = nil) -> [UInt8] {
        let batch = RecordBatch.of(
            [(key: "k", value: "v"), (key: "k", value: nil)], timestamp: 5, producer: producer,
            baseSequence: producer == nil ? -1 : 0, isTransactional: producer != nil)
        return Array(batch.encoded().readableBytesView)
    }

    private static func createTopic() -> CreateTopicsRequest {
        var config = CreateTopicsRequest.Config()
        config.name = "segment.bytes"
        config.value = "100"
        var topic = CreateTopicsRequest.Topic()
        topic.name = "u"
        topic.numPartitions = 3
        topic.replicationFactor = 1
        topic.configs = [config]
        var request = CreateTopicsRequest()
        request.topics = [topic]
        return request
    }

    /// A producer that writes in a transaction, commits an offset with it and ends it.
    private static func transaction() throws -> [UInt8] {
        // The broker is fresh: its first producer id is 0.
        let producer = ProducerIdentity(id: 0, epoch: 0)
        var initialization = InitProducerIdRequest()
        initialization.transactionalId = "x"
        initialization.transactionTimeoutMilliseconds = 5000
        var topic = AddPartitionsToTxnRequest.Topic()
        topic.name = "t"
        topic.partitions = [0]
        var addition = AddPartitionsToTxnRequest()
        addition.transactionalId = "x"
        addition.producerId = producer.id
        addition.producerEpoch = producer.epoch
        addition.topics = [topic]
        var offsets = AddOffsetsToTxnRequest()
        offsets.transactionalId = "x"
        offsets.groupId = "g"
        var partition = TxnOffsetCommitRequest.Partition()
        partition.committedOffset = 5
        partition.committedMetadata = "v1;lineage;7;0123456789abcdef"
        var commitTopic = TxnOffsetCommitRequest.Topic()
        commitTopic.name = "t"
        commitTopic.partitions = [partition]
        var commit = TxnOffsetCommitRequest()
        commit.transactionalId = "x"
        commit.groupId = "g"
        commit.topics = [commitTopic]
        var end = EndTxnRequest()
        end.transactionalId = "x"
        end.committed = true
        let frames = [
            try FuzzBroker.frame(initialization), try FuzzBroker.frame(addition),
            try FuzzBroker.frame(FuzzBroker.produce(batch(producer), transactionalId: "x")),
            try FuzzBroker.frame(offsets), try FuzzBroker.frame(commit), try FuzzBroker.frame(end),
            try FuzzBroker.frame(FuzzBroker.fetch(from: 0, isCommitted: true)),
        ]
        return frames.flatMap { $0.counted + [1] }
    }

    /// A member that joins a group, commits and leaves.
    private static func group() throws -> [UInt8] {
        var proposal = JoinGroupRequest.MemberProtocol()
        proposal.name = "range"
        var join = JoinGroupRequest()
        join.groupId = "g"
        join.groupInstanceId = "instance"
        join.sessionTimeoutMilliseconds = 6000
        join.rebalanceTimeoutMilliseconds = 6000
        join.protocolType = "consumer"
        join.protocols = [proposal]
        var partition = OffsetCommitRequest.Partition()
        partition.committedOffset = 3
        var topic = OffsetCommitRequest.Topic()
        topic.name = "t"
        topic.partitions = [partition]
        var commit = OffsetCommitRequest()
        commit.groupId = "g"
        commit.topics = [topic]
        var fetchGroup = OffsetFetchRequest.Group()
        fetchGroup.groupId = "g"
        fetchGroup.topics = nil
        var fetch = OffsetFetchRequest()
        fetch.groups = [fetchGroup]
        let frames = [
            try FuzzBroker.frame(join), try FuzzBroker.frame(commit), try FuzzBroker.frame(fetch),
        ]
        return frames.flatMap { $0.counted + [30] }
    }
}
