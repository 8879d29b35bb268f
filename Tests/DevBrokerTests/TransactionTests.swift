import DevBroker
import NIOCore
import Testing

@Suite struct TransactionTests {
    private func harness(
        _ adapt: (inout BrokerConfiguration) -> Void = { _ in }
    ) throws -> (BrokerHarness, ProducerIdentity) {
        let harness = try BrokerHarness(adapt)
        try harness.createTopic("t", partitions: 2)
        return (harness, try harness.initProducer("x").producer)
    }

    @Test func openTransactionsHideWhatFollows() throws {
        let (harness, producer) = try harness()
        try harness.produce(["before"])
        try harness.addPartition("x", producer)
        try harness.produce(["in"], producer: producer, sequence: 0, transactionalId: "x")
        try harness.produce(["after"])
        #expect(try harness.consume() == ["before"])
        #expect(try harness.consume(isCommitted: false) == ["before", "in", "after"])
        #expect(try harness.endOffset(isCommitted: true) == 1)
        #expect(try harness.fetch(from: 0).lastStableOffset == 1)
        #expect(try harness.end("x", producer, commit: true) == .none)
        #expect(try harness.consume() == ["before", "in", "after"])
        // The marker takes an offset.
        #expect(try harness.endOffset() == 4)
    }

    @Test func abortedRecordsAreListed() throws {
        let (harness, producer) = try harness()
        try harness.transact(["a"], "x", producer, sequence: 0, commit: true)
        try harness.transact(["b", "c"], "x", producer, sequence: 1, commit: false)
        try harness.transact(["d"], "x", producer, sequence: 3, commit: true)
        let aborted = try #require(try harness.fetch(from: 0, isCommitted: true).abortedTransactions)
        #expect(aborted.map(\.producerId) == [producer.id])
        #expect(aborted.map(\.firstOffset) == [2])
        #expect(try harness.fetch(from: 0).abortedTransactions == nil)
        #expect(try harness.fetch(from: 5, isCommitted: true).abortedTransactions?.isEmpty == true)
        #expect(try harness.consume() == ["a", "d"])
        try harness.crash()
        #expect(try harness.consume() == ["a", "d"])
    }

    @Test func interleavedTransactionsAreToldApart() throws {
        let (harness, first) = try harness()
        let second = try harness.initProducer("y").producer
        try harness.addPartition("x", first)
        try harness.addPartition("y", second)
        try harness.produce(["x0"], producer: first, sequence: 0, transactionalId: "x")
        try harness.produce(["y0"], producer: second, sequence: 0, transactionalId: "y")
        try harness.produce(["x1"], producer: first, sequence: 1, transactionalId: "x")
        try harness.produce(["y1"], producer: second, sequence: 1, transactionalId: "y")
        try harness.end("y", second, commit: false)
        #expect(try harness.consume() == [])
        try harness.end("x", first, commit: true)
        #expect(try harness.consume() == ["x0", "x1"])
        try harness.transact(["y2"], "y", second, sequence: 2, commit: true)
        #expect(try harness.consume() == ["x0", "x1", "y2"])
    }

    @Test func aNewProducerFencesTheOldOneAndAbortsItsTransaction() throws {
        let (harness, old) = try harness()
        try harness.addPartition("x", old)
        try harness.produce(["old"], producer: old, sequence: 0, transactionalId: "x")
        let (new, error) = try harness.initProducer("x")
        #expect(error == .none)
        #expect(new.id == old.id)
        #expect(new.epoch > old.epoch)
        #expect(
            try harness.produce(["z"], producer: old, sequence: 1, transactionalId: "x").errorCode
                == .invalidProducerEpoch)
        #expect(try harness.addPartition("x", old) == .producerFenced)
        #expect(try harness.end("x", old, commit: true) == .producerFenced)
        try harness.transact(["new"], "x", new, commit: true)
        #expect(try harness.consume() == ["new"])
    }

    @Test func olderClientsSeeAnotherErrorWhenFenced() throws {
        let (harness, old) = try harness()
        _ = try harness.initProducer("x")
        var request = EndTxnRequest()
        request.transactionalId = "x"
        request.producerId = old.id
        request.producerEpoch = old.epoch
        #expect(try harness.send(request, version: 1).errorCode == .invalidProducerEpoch)
        #expect(try harness.send(request, version: 2).errorCode == .producerFenced)
    }

    @Test func transactionsAreAbortedAndFencedByTimeout() throws {
        let (harness, _) = try harness()
        let (producer, _) = try harness.initProducer("x", timeout: 5000)
        try harness.addPartition("x", producer)
        try harness.produce(["late"], producer: producer, sequence: 0, transactionalId: "x")
        #expect(harness.broker.nextDeadline == harness.clock.now + 5000)
        harness.advance(by: 4999)
        #expect(try harness.endOffset(isCommitted: true) == 0)
        harness.advance(by: 1)
        #expect(try harness.endOffset(isCommitted: true) == 2)
        #expect(try harness.consume() == [])
        #expect(try harness.end("x", producer, commit: true) == .producerFenced)
        #expect(
            try harness.produce(["z"], producer: producer, sequence: 1, transactionalId: "x").errorCode
                == .invalidProducerEpoch)
        #expect(try harness.initProducer("x").error == .none)
    }

    @Test func timeoutsAreBounded() throws {
        let (harness, _) = try harness()
        let most = harness.configuration.maxTransactionTimeoutMilliseconds
        #expect(try harness.initProducer("y", timeout: most).error == .none)
        #expect(try harness.initProducer("y", timeout: most + 1).error == .invalidTransactionTimeout)
        #expect(try harness.initProducer("", timeout: 10).error == .invalidRequest)
    }

    /// A record that comes after the end of its transaction would never be decided (KIP-890).
    @Test func recordsOutsideAnOpenTransactionAreRefused() throws {
        let (harness, producer) = try harness()
        #expect(
            try harness.produce(["a"], producer: producer, sequence: 0, transactionalId: "x").errorCode
                == .invalidTxnState)
        try harness.addPartition("x", producer)
        #expect(
            try harness.produce(["a"], partition: 1, producer: producer, sequence: 0, transactionalId: "x").errorCode
                == .invalidTxnState)
        try harness.end("x", producer, commit: false)
        #expect(
            try harness.produce(["a"], producer: producer, sequence: 0, transactionalId: "x").errorCode
                == .invalidTxnState)
        #expect(try harness.endOffset(isCommitted: true) == 1)
    }

    @Test func decisionsCanBeRepeatedButNotReversed() throws {
        let (harness, producer) = try harness()
        #expect(try harness.end("x", producer, commit: true) == .invalidTxnState)
        try harness.transact(["a"], "x", producer, commit: true)
        #expect(try harness.end("x", producer, commit: true) == .none)
        #expect(try harness.end("x", producer, commit: false) == .invalidTxnState)
        #expect(try harness.endOffset() == 2)
    }

    @Test func unknownPartitionsKeepTheOthersOutToo() throws {
        let (harness, producer) = try harness()
        var topic = AddPartitionsToTxnRequest.Topic()
        topic.name = "t"
        topic.partitions = [0, 9]
        var request = AddPartitionsToTxnRequest()
        request.transactionalId = "x"
        request.producerId = producer.id
        request.producerEpoch = producer.epoch
        request.topics = [topic]
        let errors = try harness.send(request).topics[0].partitions.map(\.errorCode)
        #expect(errors == [.operationNotAttempted, .unknownTopicOrPartition])
        #expect(try harness.addPartition("x", ProducerIdentity(id: 999, epoch: 0)) == .invalidProducerIdMapping)
    }

    @Test func decidedTransactionsAreConcurrentUntilTheirMarkersAreWritten() throws {
        let (harness, producer) = try harness { $0.transactionMarkerDelayMilliseconds = 50 }
        try harness.addPartition("x", producer)
        try harness.produce(["a"], producer: producer, sequence: 0, transactionalId: "x")
        #expect(try harness.end("x", producer, commit: true) == .none)
        #expect(try harness.consume() == [])
        #expect(try harness.addPartition("x", producer) == .concurrentTransactions)
        #expect(try harness.initProducer("x").error == .concurrentTransactions)
        #expect(try harness.end("x", producer, commit: true) == .concurrentTransactions)
        #expect(try harness.end("x", producer, commit: false) == .invalidTxnState)
        harness.advance(by: 50)
        #expect(try harness.consume() == ["a"])
        #expect(try harness.addPartition("x", producer) == .none)
    }

    /// A decision that was answered holds after a crash, whatever was written of its markers.
    @Test func decidedTransactionsAreCompletedAfterACrash() throws {
        let (harness, producer) = try harness { $0.transactionMarkerDelayMilliseconds = 50 }
        for partition in 0..<2 as Range<Int32> {
            try harness.addPartition("x", producer, partition: partition)
            try harness.produce(
                ["p\(partition)"], partition: partition, producer: producer, sequence: 0, transactionalId: "x")
        }
        try harness.end("x", producer, commit: true)
        try harness.crash()
        #expect(try harness.consume(partition: 0) == ["p0"])
        #expect(try harness.consume(partition: 1) == ["p1"])
        #expect(try harness.addPartition("x", producer) == .none)
    }

    @Test func openTransactionsStayOpenAcrossACrash() throws {
        let (harness, _) = try harness()
        let (producer, _) = try harness.initProducer("x", timeout: 5000)
        try harness.addPartition("x", producer)
        try harness.produce(["a"], producer: producer, sequence: 0, transactionalId: "x")
        try harness.crash()
        #expect(try harness.consume() == [])
        try harness.produce(["b"], producer: producer, sequence: 1, transactionalId: "x")
        #expect(try harness.end("x", producer, commit: true) == .none)
        #expect(try harness.consume() == ["a", "b"])
        try harness.addPartition("x", producer)
        try harness.produce(["c"], producer: producer, sequence: 2, transactionalId: "x")
        try harness.crash()
        harness.advance(by: 5000)
        #expect(try harness.consume() == ["a", "b"])
    }

    @Test func epochsThatRunOutLeadToANewProducerId() throws {
        var coordinator = TransactionCoordinator(configuration: BrokerConfiguration())
        let last = ProducerIdentity(id: 5, epoch: Int16.max - 1)
        coordinator.restore(Transaction(id: "x", producer: last, timeoutMilliseconds: 1000, updatedAt: 0))
        let outcome = coordinator.initProducer(
            "x", timeoutMilliseconds: 1000, expected: .none, now: 1, newProducerId: { 6 })
        #expect(outcome == .ready(ProducerIdentity(id: 6, epoch: 0)))
        let error = coordinator.add(
            partitions: [TopicPartition("t", 0)], groups: EmptyCollection(), to: "x", producer: last, now: 2)
        #expect(error == .invalidProducerIdMapping)
    }

    /// KIP-360: a producer may ask for its own next epoch, once or again when the answer was lost.
    @Test func aProducerMayAskForItsNextEpoch() throws {
        let (harness, producer) = try harness()
        let next = try harness.initProducer("x", expected: producer).producer
        #expect(next == ProducerIdentity(id: producer.id, epoch: producer.epoch + 1))
        #expect(try harness.initProducer("x", expected: producer).producer == next)
        let third = try harness.initProducer("x").producer
        #expect(try harness.initProducer("x", expected: producer).error == .producerFenced)
        #expect(try harness.initProducer("x", expected: next).error == .producerFenced)
        #expect(try harness.initProducer("x", expected: third).error == .none)
    }

    @Test func transactionsAreListedAndDescribed() throws {
        let (harness, producer) = try harness()
        try harness.addPartition("x", producer, partition: 1)
        var request = DescribeTransactionsRequest()
        request.transactionalIds = ["x", "missing"]
        let described = try harness.send(request).transactionStates
        #expect(described.map(\.errorCode) == [.none, .transactionalIdNotFound])
        #expect(described[0].transactionState == "Ongoing")
        #expect(described[0].topics.first?.partitions == [1])
        var list = ListTransactionsRequest()
        list.stateFilters = ["Ongoing", "Nonsense"]
        let listed = try harness.send(list)
        #expect(listed.unknownStateFilters == ["Nonsense"])
        #expect(listed.transactionStates.map(\.transactionalId) == ["x"])
    }
}
