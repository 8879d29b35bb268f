import DevBroker
import NIOCore
import Testing

/// What tools see of groups and transactions, and do to them.
@Suite(.timeLimit(.minutes(2))) struct AdministrationTests {
    @Test(arguments: ProtocolVersions.allCases)
    func groupsAreDescribedListedAndDeleted(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let member = try Member(cluster, group)
            try member.lead()
            #expect(try cluster.commit(1, of: partition, group: group, as: member.identity) == .none)
            let described = try cluster.describe(group: group)
            #expect(described.errorCode == .none)
            #expect(described.groupState == "Stable")
            #expect(described.protocolType == "consumer")
            #expect(described.protocolData == "range")
            let entry = try described.members.only()
            #expect(entry.memberId == member.identity.memberId)
            #expect(entry.clientId == "conformance")
            #expect(entry.memberMetadata == Member.subscription)
            #expect(String(buffer: entry.memberAssignment) == "all")
            let listed = try cluster.listGroups().filter { $0.groupId == group }.only()
            #expect(listed.protocolType == "consumer")
            #expect(try cluster.deleteGroup(group) == .nonEmptyGroup)

            #expect(try member.leave() == .none)
            #expect(try cluster.describe(group: group).groupState == "Empty")
            if versions == .newest {
                #expect(try cluster.listGroups(in: ["Empty"]).contains { $0.groupId == group })
                #expect(try !cluster.listGroups(in: ["Stable"]).contains { $0.groupId == group })
            }
            #expect(try cluster.committed(partition, group: group).offset == 1)
            #expect(try cluster.deleteGroup(group) == .none)
            #expect(try cluster.committed(partition, group: group) == .nothing)
            #expect(try cluster.deleteGroup(group) == .groupIdNotFound)
            let missing = try cluster.describe(group: group)
            #expect(missing.groupState == "Dead")
            #expect(missing.errorCode == (versions == .newest ? .groupIdNotFound : .none))
        }
    }

    @Test func offsetsAreDeleted() async throws {
        try await Cluster.run { cluster in
            let topic = try cluster.createTopic(partitions: 2)
            let group = cluster.name("g")
            let (first, second) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
            #expect(try cluster.commit(1, of: first, group: group) == .none)
            #expect(try cluster.commit(2, of: second, group: group) == .none)
            #expect(try cluster.deleteOffset(first, group: group) == .none)
            #expect(try cluster.committed(first, group: group) == .nothing)
            #expect(try cluster.committed(second, group: group).offset == 2)
            #expect(try cluster.deleteOffset(first, group: cluster.name("none")) == .groupIdNotFound)
        }
    }

    @Test func offsetsGoWithTheirTopic() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            #expect(try cluster.commit(1, of: partition, group: group) == .none)
            #expect(try cluster.deleteTopic(partition.topic) == .none)
            _ = try eventually("an offset forgotten") {
                try cluster.committed(partition, group: group) == .nothing ? true : nil
            }
            #expect(try cluster.commit(1, of: partition, group: group) == .unknownTopicOrPartition)
        }
    }

    @Test func openTransactionsAreShown() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            try cluster.produce("before", to: partition)
            var producer = try TransactionalProducer(cluster, cluster.name("t"), timeoutMilliseconds: 45_000)
            #expect(try cluster.describe(transaction: producer.id).transactionState == "Empty")
            try producer.send("a", to: partition)
            try producer.send("b", to: partition)
            let open = try cluster.describe(transaction: producer.id)
            #expect(open.transactionState == "Ongoing")
            #expect(open.transactionTimeoutMilliseconds == 45_000)
            #expect(open.producerId == producer.identity.id)
            #expect(open.producerEpoch == producer.identity.epoch)
            #expect(open.transactionStartTimeMilliseconds > 0)
            #expect(try open.topics.only().topic == partition.topic)
            #expect(try open.topics.only().partitions == [0])
            #expect(try cluster.listTransactions(in: ["Ongoing"]).contains { $0.transactionalId == producer.id })
            let active = try cluster.producers(partition).only()
            #expect(active.producerId == producer.identity.id)
            #expect(active.producerEpoch == Int32(producer.identity.epoch))
            #expect(active.lastSequence == 1)
            #expect(active.currentTxnStartOffset == 1)

            #expect(try producer.end(commit: true) == .none)
            _ = try cluster.awaitStable(partition, 4)
            _ = try eventually("a completed transaction") {
                let state = try cluster.describe(transaction: producer.id).transactionState
                return state == "CompleteCommit" ? true : nil
            }
            #expect(try cluster.producers(partition).only().currentTxnStartOffset == -1)
            #expect(try cluster.describe(transaction: cluster.name("none")).errorCode == .transactionalIdNotFound)
        }
    }

    @Test func settingsAreChanged() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            func limit() throws -> String? {
                try cluster.describe(topic: partition.topic, ["max.message.bytes"]).configs.only().value
            }
            #expect(try cluster.alter(topic: partition.topic, "max.message.bytes", "1000") == .none)
            _ = try eventually("the new limit") { try limit() == "1000" ? true : nil }
            let large = RecordBatch.of([(key: nil, value: String(repeating: "x", count: 1000))], timestamp: Cluster.now)
            _ = try eventually("a refusal") {
                try cluster.produce(large, to: partition).errorCode == .messageTooLarge ? true : nil
            }
            #expect(try cluster.alter(topic: partition.topic, "max.message.bytes", nil, operation: 1) == .none)
            _ = try eventually("the old limit") { try limit() == "1048588" ? true : nil }
            #expect(try cluster.alter(topic: partition.topic, "max.message.bytes", "many") == .invalidConfig)
            #expect(try cluster.alter(topic: cluster.name("none"), "retention.ms", "1") == .unknownTopicOrPartition)
        }
    }

    @Test func leaderEpochsEndAtTheLogsEnd() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            try cluster.produce("a", "b", to: partition)
            let epoch = try cluster.metadata(partition.topic).topics.only().partitions.only().leaderEpoch
            var entry = OffsetForLeaderEpochRequest.Partition()
            entry.partition = partition.partition
            entry.leaderEpoch = epoch
            entry.currentLeaderEpoch = epoch
            var topic = OffsetForLeaderEpochRequest.Topic()
            topic.topic = partition.topic
            topic.partitions = [entry]
            var request = OffsetForLeaderEpochRequest()
            request.replicaId = -1
            request.topics = [topic]
            let client = try cluster.leader(partition)
            let answer = try client.send(request).topics.only().partitions.only()
            #expect(answer.errorCode == .none)
            #expect(answer.leaderEpoch == epoch)
            #expect(answer.endOffset == 2)
            request.topics[0].partitions[0].currentLeaderEpoch = epoch + 1
            #expect(try client.send(request).topics.only().partitions.only().errorCode == .unknownLeaderEpoch)
        }
    }
}
