import DevBroker
import NIOCore
import Testing

@Suite struct PartitionLogTests {
    @Test func recordsGetConsecutiveOffsets() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        #expect(try harness.produce(["a", "b"]).baseOffset == 0)
        #expect(try harness.produce(["c"]).baseOffset == 2)
        #expect(try harness.endOffset() == 3)
        #expect(try harness.consume() == ["a", "b", "c"])
    }

    @Test func batchesAreKeptAsSentExceptForTheirOffset() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        try harness.produce(["first"])
        let sent = RecordBatch.of([(key: "k", value: "v")], timestamp: 5).encoded()
        _ = try harness.produce(sent)
        var expected = sent
        expected.setInteger(1 as Int64, at: expected.readerIndex)
        #expect(try harness.fetch(from: 1).records == expected)
    }

    @Test func fetchInTheMiddleOfABatchReturnsTheWholeBatch() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        try harness.produce(["a", "b", "c"])
        let batches = try BrokerHarness.batches(harness.fetch(from: 1).records)
        #expect(batches.map(\.header.baseOffset) == [0])
    }

    @Test func fetchReturnsSeveralWholeBatchesWithinItsLimit() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        for index in 0..<100 { try harness.produce(["value \(index)"]) }
        let size = RecordBatch.of([(key: nil, value: "value 10")], timestamp: 0).encoded().readableBytes
        let batches = try BrokerHarness.batches(harness.fetch(from: 50, maxBytes: Int32(3 * size + 5)).records)
        #expect(batches.map(\.header.baseOffset) == [50, 51, 52])
    }

    @Test func aBatchLargerThanTheLimitIsReturnedAlone() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        try harness.produce([String(repeating: "x", count: 50_000)])
        try harness.produce(["small"])
        let batches = try BrokerHarness.batches(harness.fetch(from: 0, maxBytes: 1).records)
        #expect(batches.map(\.header.baseOffset) == [0])
    }

    @Test func offsetsOutsideTheLogAreOutOfRange() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        try harness.produce(["a"])
        #expect(try harness.fetch(from: 1).errorCode == .none)
        #expect(try harness.fetch(from: 2).errorCode == .offsetOutOfRange)
        #expect(try harness.fetch(from: 0, topic: "missing").errorCode == .unknownTopicOrPartition)
        #expect(try harness.fetch(from: 0, partition: 1).errorCode == .unknownTopicOrPartition)
    }

    @Test func logsGoOnOverSegments() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t", ["segment.bytes": "1000"])
        let values = (0..<500).map { "value \($0)" }
        for value in values { try harness.produce([value]) }
        #expect(harness.storage.files(in: "t-0").count > 10)
        #expect(try harness.consume() == values)
        try harness.crash()
        #expect(try harness.consume() == values)
        #expect(try harness.produce(["more"]).baseOffset == 500)
    }

    @Test func damagedBatchesAreRefused() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        var batch = RecordBatch.of([(key: nil, value: "value")], timestamp: 1).encoded()
        let last = batch.writerIndex - 2
        batch.setInteger(try #require(batch.getInteger(at: last, as: UInt8.self)) ^ 1, at: last)
        #expect(try harness.produce(batch).errorCode == .corruptMessage)
        #expect(try harness.endOffset() == 0)
    }

    @Test func oldMessageFormatsAreRefused() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        var batch = RecordBatch.of([(key: nil, value: "value")], timestamp: 1).encoded()
        batch.setInteger(1 as Int8, at: batch.readerIndex + 16)
        #expect(try harness.produce(batch).errorCode == .unsupportedForMessageFormat)
        #expect(try harness.produce(batch, version: 2).errorCode == .unsupportedForMessageFormat)
    }

    @Test func clientsCannotWriteControlBatchesOrSeveralBatchesAtOnce() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        var marker = RecordBatch.marker(
            isCommit: true, producer: ProducerIdentity(id: 1, epoch: 0), coordinatorEpoch: 0, timestamp: 0)
        marker.header.attributes = 0x20
        marker.header.baseSequence = 0
        #expect(try harness.produce(marker.encoded()).errorCode == .invalidRecord)
        var two = RecordBatch.of([(key: nil, value: "a")], timestamp: 1).encoded()
        var other = two
        two.writeBuffer(&other)
        #expect(try harness.produce(two).errorCode == .invalidRecord)
    }

    @Test func messagesOverTheTopicsLimitAreTooLarge() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t", ["max.message.bytes": "1000"])
        #expect(try harness.produce([String(repeating: "x", count: 2000)]).errorCode == .messageTooLarge)
        #expect(try harness.produce([String(repeating: "x", count: 200)]).errorCode == .none)
    }

    @Test func compactedTopicsTakeNoRecordsWithoutKeys() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t", ["cleanup.policy": "compact"])
        #expect(try harness.produce(["a"]).errorCode == .invalidRecord)
        #expect(try harness.produce(["a"], keys: ["k"]).errorCode == .none)
    }

    @Test func offsetsAreFoundByTime() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t", ["segment.bytes": "300"])
        let start = harness.clock.now
        for index in 0..<20 {
            try harness.produce(["\(index)a", "\(index)b"])
            harness.clock.advance(by: 10)
        }
        #expect(try harness.endOffset(time: -2) == 0)
        #expect(try harness.endOffset(time: start) == 0)
        #expect(try harness.endOffset(time: start + 41) == 10)
        #expect(try harness.endOffset(time: start + 190) == 38)
        #expect(try harness.endOffset(time: start + 191) == -1)
    }

    @Test func deletedRecordsCannotBeReadAndStayDeleted() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t", ["segment.bytes": "300"])
        for index in 0..<50 { try harness.produce(["value \(index)"]) }
        var entry = DeleteRecordsRequest.Partition()
        entry.offset = 33
        var topic = DeleteRecordsRequest.Topic()
        topic.name = "t"
        topic.partitions = [entry]
        var request = DeleteRecordsRequest()
        request.topics = [topic]
        #expect(try harness.send(request).topics[0].partitions[0].lowWatermark == 33)
        for _ in 0..<2 {
            #expect(try harness.fetch(from: 32).errorCode == .offsetOutOfRange)
            #expect(try harness.consume().first == "value 33")
            #expect(try harness.endOffset(time: -2) == 33)
            try harness.crash()
        }
    }

    @Test func oldSegmentsAreDeletedByTheirRetention() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t", ["segment.bytes": "300", "retention.ms": "1000"])
        for index in 0..<10 { try harness.produce(["old value \(index)"]) }
        harness.clock.advance(by: 5000)
        try harness.produce(["new"])
        try harness.broker.clean()
        let left = try harness.consume()
        #expect(left.last == "new")
        #expect(left.count < 8)
    }

    /// Whatever a crash leaves of the last batch, every batch before it is there and the log goes on.
    @Test func aTornEndIsCutOff() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        try harness.produce(["a", "b"])
        let whole = harness.storage.open("t-0/00000000000000000000.log").size
        try harness.produce(["torn"])
        let end = harness.storage.open("t-0/00000000000000000000.log").size
        let before = harness.storage.snapshot()
        for size in whole..<end {
            let storage = before.snapshot()
            try storage.open("t-0/00000000000000000000.log").truncate(to: size)
            let broker = try Broker(configuration: harness.configuration, storage: storage, clock: harness.clock.clock)
            broker.close()
            #expect(storage.open("t-0/00000000000000000000.log").size == whole)
        }
    }

    @Test func aWaitingFetchIsAnsweredByAnAppend() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        let fetch = try harness.begin(harness.fetchRequest(from: 0, maxWait: 500))
        #expect(try fetch.answer() == nil)
        try harness.produce(["a"])
        #expect(try #require(try fetch.answer()).topics[0].partitions[0].records?.readableBytes ?? 0 > 0)
    }

    @Test func aWaitingFetchIsAnsweredEmptyWhenTimeIsUp() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        let fetch = try harness.begin(harness.fetchRequest(from: 0, maxWait: 500))
        harness.advance(by: 499)
        #expect(try fetch.answer() == nil)
        #expect(harness.broker.nextDeadline == harness.clock.now + 1)
        harness.advance(by: 1)
        #expect(try #require(try fetch.answer()).topics[0].partitions[0].records?.readableBytes == 0)
    }

    @Test func aFetchWaitsForItsLeastBytes() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        let fetch = try harness.begin(harness.fetchRequest(from: 0, maxWait: 500, minBytes: 150))
        try harness.produce(["a"])
        #expect(try fetch.answer() == nil)
        try harness.produce(["b"])
        try harness.produce(["c"])
        let records = try #require(try fetch.answer()).topics[0].partitions[0].records
        #expect(try BrokerHarness.batches(records).count == 3)
    }

    @Test func aDroppedConnectionsFetchIsForgotten() throws {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        let fetch = try harness.begin(harness.fetchRequest(from: 0, maxWait: 500))
        fetch.disconnect()
        try harness.produce(["a"])
        #expect(try fetch.answer() == nil)
        #expect(harness.broker.nextDeadline == nil)
    }
}
