import DevBroker
import NIOCore
import Testing

@Suite struct OffsetTests {
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.createTopic("t", partitions: 2)
        return harness
    }

    @Test func committedOffsetsAreToldAndSurviveACrash() throws {
        let harness = try harness()
        #expect(try harness.commit(5, metadata: "note") == .none)
        try harness.crash()
        let found = try harness.committed()
        #expect(found.committedOffset == 5)
        #expect(found.metadata == "note")
        #expect(try harness.committed(partition: 1).committedOffset == -1)
        #expect(try harness.committed(group: "other").committedOffset == -1)
    }

    @Test(arguments: [1, 2, 5, 7, 8, 9] as [Int16])
    func everyVersionTellsTheSame(version: Int16) throws {
        let harness = try harness()
        _ = try harness.commit(5, metadata: "note")
        #expect(try harness.committed(version: version).committedOffset == 5)
    }

    @Test func metadataHasALimit() throws {
        let harness = try harness()
        let most = harness.configuration.maxOffsetMetadataByteCount
        #expect(try harness.commit(1, metadata: String(repeating: "x", count: most)) == .none)
        #expect(try harness.commit(2, metadata: String(repeating: "x", count: most + 1)) == .offsetMetadataTooLarge)
        #expect(try harness.committed().committedOffset == 1)
    }

    @Test func offsetsOfUnknownTopicsAreRefused() throws {
        #expect(try harness().commit(1, topic: "missing") == .unknownTopicOrPartition)
    }

    @Test func strangersCannotCommit() throws {
        let harness = try harness()
        #expect(try harness.commit(1, generation: 3, member: "ghost") == .groupIdNotFound)
        #expect(try harness.commit(1, generation: 3, member: "ghost", version: 8) == .illegalGeneration)
        _ = try harness.commit(1)
        #expect(try harness.commit(1, generation: 3, member: "ghost") == .unknownMemberId)
    }

    @Test func pendingOffsetsAreUnstableUntilDecided() throws {
        let harness = try harness()
        _ = try harness.commit(1)
        let producer = try harness.initProducer("x").producer
        for (offset, commit) in [(7 as Int64, false), (9, true)] {
            let before = try harness.committed().committedOffset
            #expect(try harness.addOffsets("x", producer) == .none)
            #expect(try harness.commitInTransaction(offset, "x", producer) == .none)
            #expect(try harness.committed(requireStable: true).errorCode == .unstableOffsetCommit)
            #expect(try harness.committed().committedOffset == before)
            try harness.crash()
            #expect(try harness.committed(requireStable: true).errorCode == .unstableOffsetCommit)
            try harness.end("x", producer, commit: commit)
            #expect(try harness.committed(requireStable: true).committedOffset == (commit ? offset : before))
        }
    }

    @Test func pendingOffsetsOfAGroupWithoutOthersAreKnown() throws {
        let harness = try harness()
        let producer = try harness.initProducer("x").producer
        try harness.addOffsets("x", producer)
        _ = try harness.commitInTransaction(4, "x", producer)
        #expect(try harness.committed(requireStable: true).errorCode == .unstableOffsetCommit)
        #expect(try harness.committed().errorCode == .none)
        #expect(try harness.committed().committedOffset == -1)
    }

    @Test func theTimeoutOfATransactionFreesItsOffsets() throws {
        let harness = try harness()
        let producer = try harness.initProducer("x", timeout: 1000).producer
        try harness.addOffsets("x", producer)
        _ = try harness.commitInTransaction(4, "x", producer)
        harness.advance(by: 1000)
        #expect(try harness.committed(requireStable: true).errorCode == .none)
        #expect(try harness.committed(requireStable: true).committedOffset == -1)
        #expect(try harness.commitInTransaction(5, "x", producer) == .invalidProducerEpoch)
    }

    @Test func transactionalCommitsNeedTheGroupInTheTransaction() throws {
        let harness = try harness()
        let producer = try harness.initProducer("x").producer
        #expect(try harness.commitInTransaction(1, "x", producer) == .transactionAbortable)
        try harness.addPartition("x", producer)
        #expect(try harness.commitInTransaction(1, "x", producer) == .transactionAbortable)
        try harness.addOffsets("x", producer)
        #expect(try harness.commitInTransaction(1, "x", producer) == .none)
        let metadata = String(repeating: "x", count: harness.configuration.maxOffsetMetadataByteCount + 1)
        #expect(try harness.commitInTransaction(1, "x", producer, metadata: metadata) == .offsetMetadataTooLarge)
    }

    @Test func offsetsGoWithTheirTopicAndGroup() throws {
        let harness = try harness()
        _ = try harness.commit(5)
        var deletion = DeleteGroupsRequest()
        deletion.groupsNames = ["g", "none"]
        #expect(try harness.send(deletion).results.map(\.errorCode) == [.none, .groupIdNotFound])
        #expect(try harness.committed().committedOffset == -1)
        _ = try harness.commit(5)
        var topics = DeleteTopicsRequest()
        topics.topicNames = ["t"]
        #expect(try harness.send(topics, version: 5).topics.map(\.errorCode) == [.none])
        try harness.createTopic("t", partitions: 2)
        #expect(try harness.committed().committedOffset == -1)
        try harness.crash()
        #expect(try harness.committed().committedOffset == -1)
    }

    @Test func groupsWithoutMembersExpire() throws {
        let harness = try harness()
        _ = try harness.commit(5)
        harness.clock.advance(by: harness.configuration.offsetRetentionMilliseconds)
        try harness.broker.clean()
        #expect(try harness.committed().committedOffset == -1)
        #expect(try harness.send(ListGroupsRequest()).groups.isEmpty)
    }
}

extension BrokerHarness {
    func commit(
        _ offset: Int64, group: String = "g", topic: String = "t", partition: Int32 = 0, metadata: String = "",
        generation: Int32 = -1, member: String = "", version: Int16 = 9
    ) throws -> ErrorCode {
        var entry = OffsetCommitRequest.Partition()
        entry.partitionIndex = partition
        entry.committedOffset = offset
        entry.committedMetadata = metadata
        var topicRequest = OffsetCommitRequest.Topic()
        topicRequest.name = topic
        topicRequest.partitions = [entry]
        var request = OffsetCommitRequest()
        request.groupId = group
        request.generationIdOrMemberEpoch = generation
        request.memberId = member
        request.topics = [topicRequest]
        guard let answer = try send(request, version: version).topics.first?.partitions.first else {
            throw Missing(what: "a partition")
        }
        return answer.errorCode
    }

    func committed(
        group: String = "g", partition: Int32 = 0, requireStable: Bool = false, version: Int16 = 9
    ) throws -> OffsetFetchResponse.GroupPartition {
        var request = OffsetFetchRequest()
        request.requireStable = requireStable
        if version >= 8 {
            var topic = OffsetFetchRequest.GroupTopic()
            topic.name = "t"
            topic.partitionIndexes = [partition]
            var groupRequest = OffsetFetchRequest.Group()
            groupRequest.groupId = group
            groupRequest.topics = [topic]
            request.groups = [groupRequest]
            guard let found = try send(request, version: version).groups.first?.topics.first?.partitions.first else {
                throw Missing(what: "a partition")
            }
            return found
        }
        var topic = OffsetFetchRequest.Topic()
        topic.name = "t"
        topic.partitionIndexes = [partition]
        request.groupId = group
        request.topics = [topic]
        guard let found = try send(request, version: version).topics.first?.partitions.first else {
            throw Missing(what: "a partition")
        }
        var entry = OffsetFetchResponse.GroupPartition()
        entry.committedOffset = found.committedOffset
        entry.metadata = found.metadata
        entry.errorCode = found.errorCode
        return entry
    }

    @discardableResult
    func addOffsets(_ id: String, _ producer: ProducerIdentity, group: String = "g") throws -> ErrorCode {
        var request = AddOffsetsToTxnRequest()
        request.transactionalId = id
        request.producerId = producer.id
        request.producerEpoch = producer.epoch
        request.groupId = group
        return try send(request).errorCode
    }

    func commitInTransaction(
        _ offset: Int64, _ id: String, _ producer: ProducerIdentity, group: String = "g", metadata: String = "",
        generation: Int32 = -1, member: String = ""
    ) throws -> ErrorCode {
        var entry = TxnOffsetCommitRequest.Partition()
        entry.committedOffset = offset
        entry.committedMetadata = metadata
        var topic = TxnOffsetCommitRequest.Topic()
        topic.name = "t"
        topic.partitions = [entry]
        var request = TxnOffsetCommitRequest()
        request.transactionalId = id
        request.groupId = group
        request.producerId = producer.id
        request.producerEpoch = producer.epoch
        request.generationId = generation
        request.memberId = member
        request.topics = [topic]
        guard let answer = try send(request).topics.first?.partitions.first else { throw Missing(what: "a partition") }
        return answer.errorCode
    }
}
