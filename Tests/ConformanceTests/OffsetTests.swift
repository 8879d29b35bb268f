import DevBroker
import Testing

/// What groups' committed offsets promise, in and out of transactions.
@Suite(.timeLimit(.minutes(2))) struct OffsetTests {
    @Test(arguments: ProtocolVersions.allCases)
    func offsetsAreCommittedAndFetched(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            #expect(try cluster.committed(partition, group: group) == .nothing)
            #expect(try cluster.commit(3, of: partition, group: group, metadata: "note") == .none)
            #expect(try cluster.committed(partition, group: group) == .init(offset: 3, metadata: "note"))
            #expect(try cluster.commit(2, of: partition, group: group) == .none)
            #expect(try cluster.committed(partition, group: group) == .init(offset: 2, metadata: ""))
            #expect(try cluster.committed(TopicPartition(partition.topic, 7), group: group) == .nothing)
            #expect(try cluster.committed(partition, group: cluster.name("other")) == .nothing)
        }
    }

    @Test func metadataHasALimit() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let (fits, tooLarge) = (String(repeating: "m", count: 4096), String(repeating: "m", count: 4097))
            #expect(try cluster.commit(1, of: partition, group: group, metadata: fits) == .none)
            #expect(try cluster.commit(2, of: partition, group: group, metadata: tooLarge) == .offsetMetadataTooLarge)
            #expect(try cluster.committed(partition, group: group) == .init(offset: 1, metadata: fits))

            let producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try producer.add(group: group) == .none)
            #expect(
                try producer.commit(3, of: partition, group: group, metadata: tooLarge) == .offsetMetadataTooLarge)
            #expect(try producer.commit(4, of: partition, group: group, metadata: fits) == .none)
            #expect(try producer.end(commit: true) == .none)
            #expect(try cluster.stableCommitted(partition, group: group) == .init(offset: 4, metadata: fits))
        }
    }

    @Test(arguments: [true, false])
    func offsetsOfATransactionAreDecidedWithIt(isCommit: Bool) async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try cluster.commit(3, of: partition, group: group) == .none)
            #expect(try producer.add(group: group) == .none)
            #expect(try producer.commit(8, of: partition, group: group, metadata: "m") == .none)
            #expect(try cluster.committed(partition, group: group).offset == 3)
            let unstable = try cluster.committed(partition, group: group, requireStable: true)
            #expect(unstable.error == .unstableOffsetCommit)
            #expect(unstable.offset == -1)
            // Another partition of the group is not held back.
            let other = TopicPartition(partition.topic, 1)
            #expect(try cluster.committed(other, group: group, requireStable: true) == .nothing)

            #expect(try producer.end(commit: isCommit) == .none)
            let decided = try cluster.stableCommitted(partition, group: group)
            #expect(decided == (isCommit ? .init(offset: 8, metadata: "m") : .init(offset: 3, metadata: "")))
        }
    }

    @Test(arguments: ProtocolVersions.allCases)
    func offsetsAndRecordsAreOneTransaction(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            for round in 1...3 {
                try producer.send("\(round)", to: partition)
                #expect(try producer.add(group: group) == .none)
                #expect(try producer.commit(Int64(round), of: partition, group: group) == .none)
                #expect(try producer.end(commit: round != 2) == .none)
                _ = try cluster.awaitStable(partition, Int64(2 * round))
            }
            #expect(try cluster.fetch(partition, .init(isCommitted: true)).committedValues() == ["1", "3"])
            let committed: Int64 = try eventually("the committed offset") {
                let offset = try cluster.committed(partition, group: group).offset
                return offset == 3 ? offset : nil
            }
            #expect(committed == 3)
        }
    }

    @Test(arguments: ProtocolVersions.allCases)
    func offsetsNeedAGroupInTheTransaction(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            let (group, other) = (cluster.name("g"), cluster.name("other"))
            let producer = try TransactionalProducer(cluster, cluster.name("t"))
            let early = try producer.commit(8, of: partition, group: group)
            #expect(ErrorCode.outsideOfTransaction.contains(early))
            #expect(try producer.add(group: other) == .none)
            let foreign = try producer.commit(8, of: partition, group: group)
            #expect(ErrorCode.outsideOfTransaction.contains(foreign))
            #expect(try producer.commit(8, of: partition, group: other) == .none)
            #expect(try producer.end(commit: true) == .none)
            #expect(try cluster.committed(partition, group: group) == .nothing)
        }
    }

    @Test func offsetsOfATransactionAreFencedByGeneration() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let member = try Member(cluster, group)
            try member.lead()
            let producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try producer.add(group: group) == .none)
            var stale = member.identity
            stale.generation -= 1
            #expect(try producer.commit(1, of: partition, group: group, as: stale) == .illegalGeneration)
            var stranger = member.identity
            stranger.memberId = "stranger"
            #expect(try producer.commit(2, of: partition, group: group, as: stranger) == .unknownMemberId)
            #expect(try producer.commit(3, of: partition, group: group, as: member.identity) == .none)
            #expect(try producer.end(commit: true) == .none)
            #expect(try cluster.stableCommitted(partition, group: group).offset == 3)

            // A commit that names neither member nor generation is not fenced.
            #expect(try producer.add(group: group) == .none)
            #expect(try producer.commit(4, of: partition, group: group) == .none)
            #expect(try producer.end(commit: true) == .none)
            #expect(try cluster.stableCommitted(partition, group: group).offset == 4)
            // Outside of transactions it is.
            #expect(try cluster.commit(5, of: partition, group: group) == .unknownMemberId)
            #expect(try cluster.commit(5, of: partition, group: group, as: stale) == .illegalGeneration)
            #expect(try cluster.commit(5, of: partition, group: group, as: stranger) == .unknownMemberId)
            #expect(try cluster.commit(5, of: partition, group: group, as: member.identity) == .none)
        }
    }

    @Test func offsetsAreStableWhenAllTransactionsAreDecided() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let first = try TransactionalProducer(cluster, cluster.name("first"))
            let second = try TransactionalProducer(cluster, cluster.name("second"))
            #expect(try first.add(group: group) == .none)
            #expect(try second.add(group: group) == .none)
            #expect(try first.commit(1, of: partition, group: group) == .none)
            #expect(try second.commit(2, of: partition, group: group) == .none)
            #expect(try second.end(commit: true) == .none)
            _ = try eventually("the second's offset") {
                try cluster.committed(partition, group: group).offset == 2 ? true : nil
            }
            let unstable = try cluster.committed(partition, group: group, requireStable: true)
            #expect(unstable.error == .unstableOffsetCommit)
            #expect(try first.end(commit: false) == .none)
            #expect(try cluster.stableCommitted(partition, group: group).offset == 2)
        }
    }

    @Test func aLaterCommitOutsideOfTheTransactionStays() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try producer.add(group: group) == .none)
            #expect(try producer.commit(5, of: partition, group: group) == .none)
            #expect(try cluster.commit(9, of: partition, group: group) == .none)
            #expect(try producer.end(commit: true) == .none)
            // What counts is when an offset was sent, not when its transaction was decided.
            #expect(try cluster.stableCommitted(partition, group: group).offset == 9)
        }
    }

    @Test func allOffsetsOfAGroupAreTold() async throws {
        try await Cluster.run { cluster in
            let topic = try cluster.createTopic(partitions: 3)
            let group = cluster.name("g")
            for index in [Int32(0), 2] {
                let error = try cluster.commit(Int64(index + 5), of: TopicPartition(topic, index), group: group)
                #expect(error == .none)
            }
            let all = try cluster.allCommitted(group: group)
            #expect(all == [TopicPartition(topic, 0): 5, TopicPartition(topic, 2): 7])
        }
    }
}
