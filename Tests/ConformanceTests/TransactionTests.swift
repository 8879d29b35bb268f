import DevBroker
import Testing

/// What transactional producers and committed readers rely on.
@Suite(.timeLimit(.minutes(2))) struct TransactionTests {
    @Test(arguments: ProtocolVersions.allCases)
    func committedRecordsBecomeVisibleAtTheCommit(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try producer.send("a", to: partition) == 0)
            #expect(try producer.send("b", to: partition) == 1)
            #expect(try cluster.fetch(partition).values() == ["a", "b"])
            let before = try cluster.fetch(partition, .init(isCommitted: true))
            #expect(try before.batches().isEmpty)
            #expect(before.lastStableOffset == 0)
            #expect(before.highWatermark == 2)

            #expect(try producer.end(commit: true) == .none)
            let after = try cluster.awaitStable(partition, 3)
            #expect(try after.committedValues() == ["a", "b"])
            #expect((after.abortedTransactions ?? []).isEmpty)
            let marker = try #require(try after.batches().last)
            #expect(marker.header.isControl)
            #expect(marker.header.baseOffset == 2)
            #expect(marker.header.producerId == producer.identity.id)
            #expect(marker.markerCommits == true)
            #expect(after.highWatermark == 3)
        }
    }

    @Test(arguments: ProtocolVersions.allCases)
    func abortedTransactionsAreListedToCommittedReaders(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            try cluster.produce("before", to: partition)
            try producer.send("gone", to: partition)
            try cluster.produce("between", to: partition)
            #expect(try producer.end(commit: false) == .none)
            let answer = try cluster.awaitStable(partition, 4)
            #expect(try answer.values() == ["before", "gone", "between"])
            #expect(try answer.committedValues() == ["before", "between"])
            let aborted = try (answer.abortedTransactions ?? []).only()
            #expect(aborted.producerId == producer.identity.id)
            #expect(aborted.firstOffset == 1)
            #expect(try answer.batches().last?.markerCommits == false)
            #expect(try cluster.fetch(partition).abortedTransactions?.isEmpty ?? true)
            // It is of no concern to one who begins after it.
            let later = try cluster.fetch(partition, .init(offset: 4, isCommitted: true))
            #expect((later.abortedTransactions ?? []).isEmpty)

            try producer.send("kept", to: partition)
            #expect(try producer.end(commit: true) == .none)
            #expect(try cluster.awaitStable(partition, 6).committedValues() == ["before", "between", "kept"])
        }
    }

    @Test(arguments: ProtocolVersions.allCases)
    func theFirstOpenTransactionHoldsCommittedReadersBack(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            var slow = try TransactionalProducer(cluster, cluster.name("slow"))
            var quick = try TransactionalProducer(cluster, cluster.name("quick"))
            try cluster.produce("0", to: partition)
            try slow.send("1", to: partition)
            try quick.send("2", to: partition)
            #expect(try quick.end(commit: true) == .none)
            _ = try eventually("a marker") {
                try cluster.listOffsets(partition, time: -1).offset == 4 ? true : nil
            }
            guard versions == .newest else {
                let answer = try cluster.fetch(partition, .init(isCommitted: true))
                #expect(answer.lastStableOffset == 1)
                #expect(try slow.end(commit: false) == .none)
                #expect(try cluster.awaitStable(partition, 5).committedValues() == ["0", "2"])
                return
            }
            let answer = try cluster.fetch(partition, .init(isCommitted: true))
            #expect(answer.lastStableOffset == 1)
            #expect(try answer.committedValues() == ["0"])
            #expect(try cluster.listOffsets(partition, time: -1, isCommitted: true).offset == 1)
            #expect(try slow.end(commit: true) == .none)
            #expect(try cluster.awaitStable(partition, 5).committedValues() == ["0", "1", "2"])
            #expect(try cluster.listOffsets(partition, time: -1, isCommitted: true).offset == 5)
        }
    }

    @Test func aHeldCommittedFetchIsAnsweredByTheCommit() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            try producer.send("a", to: partition)
            let reader = try cluster.reader(partition)
            let wish = Cluster.FetchWish(isCommitted: true, minBytes: 1, maxWaitMilliseconds: 50_000)
            let started = ContinuousClock.now
            let held = try reader.begin(Cluster.fetchRequest([partition], wish))
            #expect(try producer.end(commit: true) == .none)
            #expect(try reader.finish(held).topics.only().partitions.only().committedValues() == ["a"])
            #expect(ContinuousClock.now - started < .seconds(50))
        }
    }

    @Test func transactionsSpanPartitions() async throws {
        try await Cluster.run { cluster in
            let topic = try cluster.createTopic(partitions: 3)
            let partitions = (0..<3).map { TopicPartition(topic, $0) }
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try producer.addAll(partitions).allSatisfy { $0.errorCode == .none })
            for partition in partitions.dropLast() {
                #expect(try producer.write("x", to: partition).errorCode == .none)
            }
            #expect(try producer.end(commit: true) == .none)
            for partition in partitions.dropLast() {
                #expect(try cluster.awaitStable(partition, 2).committedValues() == ["x"])
            }
            // A partition that was added gets its marker even when nothing was written there.
            let rest = try cluster.awaitStable(partitions[2], 1)
            #expect(try rest.batches().map(\.markerCommits) == [true])
        }
    }

    @Test func partitionsMustBeAddedBeforeTheyAreWritten() async throws {
        try await Cluster.run { cluster in
            let topic = try cluster.createTopic(partitions: 2)
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            let refused = try producer.write("a", to: TopicPartition(topic, 0)).errorCode
            #expect(ErrorCode.outsideOfTransaction.contains(refused))
            #expect(try producer.add(TopicPartition(topic, 0)) == .none)
            let foreign = try producer.write("a", to: TopicPartition(topic, 1)).errorCode
            #expect(ErrorCode.outsideOfTransaction.contains(foreign))
            #expect(try producer.write("a", to: TopicPartition(topic, 0)).errorCode == .none)
        }
    }

    @Test func partitionsAreAddedAllOrNone() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            let answers = try producer.addAll([partition, TopicPartition(cluster.name("missing"), 0)])
            #expect(answers.map(\.errorCode) == [.operationNotAttempted, .unknownTopicOrPartition])
            let refused = try producer.write("a", to: partition).errorCode
            #expect(ErrorCode.outsideOfTransaction.contains(refused))
        }
    }

    @Test func onlyOpenTransactionsEnd() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try producer.end(commit: true) == .invalidTxnState)
            #expect(try producer.end(commit: false) == .invalidTxnState)
            try producer.send("a", to: partition)
            #expect(try producer.end(commit: true) == .none)
            // The answer may have been lost: the same decision is accepted again, the other is not.
            #expect(try producer.end(commit: true) == .none)
            #expect(try producer.end(commit: false) == .invalidTxnState)
            try producer.send("b", to: partition)
            #expect(try producer.end(commit: false) == .none)
            #expect(try producer.end(commit: false) == .none)
            #expect(try producer.end(commit: true) == .invalidTxnState)
            #expect(try cluster.awaitStable(partition, 4).committedValues() == ["a"])
            producer.identity.id += 1_000_000
            #expect(try producer.end(commit: true) == .invalidProducerIdMapping)
            #expect(try producer.add(partition) == .invalidProducerIdMapping)
        }
    }

    @Test func sequencesGoOnAfterTheEndOfATransaction() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            try producer.send("a", to: partition)
            #expect(try producer.end(commit: false) == .none)
            #expect(try producer.add(partition) == .none)
            let gap = RecordBatch.of(
                [(key: nil, value: "c")], timestamp: Cluster.now, producer: producer.identity, baseSequence: 5,
                isTransactional: true)
            let refused = try cluster.produce(gap, to: partition, transactionalId: producer.id)
            #expect(refused.errorCode == .outOfOrderSequenceNumber)
            let first = try producer.write("b", to: partition)
            let retry = RecordBatch.of(
                [(key: nil, value: "b")], timestamp: Cluster.now, producer: producer.identity, baseSequence: 1,
                isTransactional: true)
            let again = try cluster.produce(retry, to: partition, transactionalId: producer.id)
            #expect(again.errorCode == .none)
            #expect(again.baseOffset == first.baseOffset)
            #expect(try producer.end(commit: true) == .none)
            #expect(try cluster.awaitStable(partition, 4).committedValues() == ["b"])
        }
    }

    @Test func aTransactionTakesNoOtherRecordsOfItsProducer() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            try producer.send("a", to: partition)
            let plain = try cluster.produce(["b"], to: partition, as: producer.identity, sequence: 1)
            #expect(plain.errorCode == .invalidTxnState)
        }
    }

    @Test func abortedTransactionsAreToldForWhatIsSent() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            var producer = try TransactionalProducer(cluster, cluster.name("t"))
            for round in 0..<4 {
                try producer.send("\(round)", to: partition)
                #expect(try producer.end(commit: round % 2 == 1) == .none)
                _ = try cluster.awaitStable(partition, Int64(2 * round + 2))
            }
            let all = try cluster.fetch(partition, .init(isCommitted: true))
            #expect((all.abortedTransactions ?? []).map(\.firstOffset).sorted() == [0, 4])
            #expect(try all.committedValues() == ["1", "3"])
            let second = try cluster.fetch(partition, .init(offset: 2, isCommitted: true))
            #expect((second.abortedTransactions ?? []).map(\.firstOffset) == [4])
            // A broker may list later ones too: Kafka looks only as closely as its sparse index does.
            let first = try cluster.fetch(partition, .init(offset: 0, isCommitted: true, partitionMaxBytes: 1))
            #expect(try first.batches().count == 1)
            #expect(try first.committedValues() == [])
        }
    }
}
