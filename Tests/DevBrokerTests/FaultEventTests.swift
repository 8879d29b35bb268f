import DevBroker
import Testing

/// What happens to the broker's state at once that otherwise takes time or a failure.
@Suite struct FaultEventTests {
    @Test func openTransactionsAreAbortedAndTheirProducersFenced() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        let (first, _) = try harness.initProducer("job-a")
        let (second, _) = try harness.initProducer("other")
        for (id, producer) in [("job-a", first), ("other", second)] {
            try harness.addPartition(id, producer)
            try harness.produce([id], producer: producer, sequence: 0, transactionalId: id)
        }
        harness.broker.fire(.expireTransactions(Glob("job-*")))
        #expect(try harness.end("job-a", first, commit: true) == .producerFenced)
        #expect(try harness.end("other", second, commit: true) == .none)
        #expect(try harness.consume() == ["other"])
    }

    @Test func topicsAreMadeAnewWithOtherIds() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t", partitions: 3)
        try harness.produce(["a", "b"])
        let before = try harness.send(MetadataRequest.all).topics
        harness.broker.fire(.recreateTopics(Glob("t")))
        let after = try harness.send(MetadataRequest.all).topics
        #expect(after.count == 1 && after[0].partitions.count == 3 && after[0].topicId != before[0].topicId)
        #expect(try harness.endOffset() == 0)
        try harness.crash()
        #expect(try harness.produce(["c"]).baseOffset == 0)
    }

    @Test func logsLoseTheirEnds() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t", ["segment.bytes": "200"])
        for value in 1...10 { try harness.produce([String(value)]) }
        harness.broker.fire(.shortenTopics(Glob("*"), count: 4))
        #expect(try harness.endOffset() == 6)
        try harness.produce(["new"])
        #expect(try harness.consume() == ["1", "2", "3", "4", "5", "6", "new"])
        try harness.crash()
        #expect(try harness.consume() == ["1", "2", "3", "4", "5", "6", "new"])
        harness.broker.fire(.shortenTopics(Glob("t"), count: 100))
        #expect(try harness.endOffset() == 0)
        #expect(try harness.produce(["first"]).baseOffset == 0)
    }

    @Test func anOpenTransactionWhoseRecordsAreLostLeavesNothing() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        try harness.produce(["a"])
        let (producer, _) = try harness.initProducer("id")
        try harness.addPartition("id", producer)
        try harness.produce(["b"], producer: producer, sequence: 0, transactionalId: "id")
        harness.broker.fire(.shortenTopics(Glob("t"), count: 1))
        #expect(try harness.endOffset(isCommitted: true) == 1)
        #expect(try harness.consume() == ["a"])
    }

    @Test func committedOffsetsAreForgotten() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        for group in ["one", "two"] { _ = try harness.commit(5, group: group, version: 7) }
        harness.broker.fire(.expireOffsets(Glob("one")))
        #expect(try harness.committed(group: "one").committedOffset == -1)
        #expect(try harness.committed(group: "two").committedOffset == 5)
        try harness.crash()
        #expect(try harness.committed(group: "one").committedOffset == -1)
    }
}

extension MetadataRequest {
    fileprivate static var all: MetadataRequest {
        var request = MetadataRequest()
        request.topics = nil
        return request
    }
}
