import DevBroker
import NIOCore
import Testing

/// What producers and consumers rely on without transactions.
struct RecordTests {
    @Test(.timeLimit(.minutes(2)), arguments: ProtocolVersions.allCases)
    func batchesAreKeptAsSentAndCountedOn(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            #expect(try cluster.produce("a", "b", to: partition) == 0)
            #expect(try cluster.produce("c", to: partition) == 2)
            var sent = RecordBatch.of([(key: "k", value: "d"), (key: nil, value: nil)], timestamp: Cluster.now)
            sent.records[0].headers = [Record.Header(key: "h", value: ByteBuffer(string: "v"))]
            sent.records[1].timestampDelta = 7
            sent.header.maxTimestamp += 7
            #expect(try cluster.produce(sent, to: partition).baseOffset == 3)

            let answer = try cluster.fetch(partition)
            let batches = try answer.batches()
            #expect(try answer.values() == ["a", "b", "c", "d", ""])
            #expect(batches.map(\.header.baseOffset) == [0, 2, 3])
            #expect(batches.last?.records == sent.records)
            #expect(batches.last?.header.maxTimestamp == Cluster.now + 7)
            #expect(answer.highWatermark == 5)
            #expect(answer.lastStableOffset == 5)
            // The batch that holds the offset comes whole; the client drops what is before.
            #expect(try cluster.fetch(partition, .init(offset: 4)).batches().map(\.header.baseOffset) == [3])
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ProtocolVersions.allCases)
    func fetchKeepsToItsByteLimitsButMakesProgress(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let topic = try cluster.createTopic(partitions: 2)
            let (first, second) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
            let value = String(repeating: "x", count: 300)
            for _ in 0..<5 { try cluster.produce(value, to: first) }
            try cluster.produce(value, to: second)
            let all = try cluster.fetch(first).batches()
            #expect(all.count == 5)
            let size = Int32(all[0].header.byteCount)

            #expect(try cluster.fetch(first, .init(partitionMaxBytes: 2 * size)).batches().count == 2)
            #expect(try cluster.fetch(first, .init(partitionMaxBytes: 3 * size - 1)).batches().count == 2)
            #expect(try cluster.fetch(first, .init(maxBytes: 2 * size)).batches().count == 2)
            #expect(try cluster.fetch(first, .init(offset: 1, partitionMaxBytes: 1)).batches().count == 1)
            #expect(try cluster.fetch(first, .init(offset: 1, maxBytes: 1)).batches().count == 1)
            // Only the first partition with records may exceed the request's limit.
            let both = try cluster.leader(first).send(Cluster.fetchRequest([first, second], .init(maxBytes: 1)))
            #expect(try both.topics.flatMap(\.partitions).map { try $0.batches().count }.reduce(0, +) == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ProtocolVersions.allCases)
    func fetchWaitsForRecordsOrTime(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            try cluster.produce("a", to: partition)
            let started = ContinuousClock.now
            let nothing = try cluster.fetch(
                partition, .init(offset: 1, minBytes: 1, maxWaitMilliseconds: 300))
            #expect(nothing.errorCode == .none)
            #expect(try nothing.batches().isEmpty)
            #expect(ContinuousClock.now - started >= .milliseconds(250))

            let waiting = try cluster.reader(partition)
            let held = try waiting.begin(
                Cluster.fetchRequest(
                    [partition], .init(offset: 1, minBytes: 1, maxWaitMilliseconds: 50_000)))
            try cluster.produce("b", to: partition)
            #expect(try waiting.finish(held).topics.only().partitions.only().values() == ["b"])
            #expect(ContinuousClock.now - started < .seconds(50))
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ProtocolVersions.allCases)
    func offsetsOutsideTheLogAreRefused(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            try cluster.produce("a", to: partition)
            #expect(try cluster.fetch(partition, .init(offset: 2)).errorCode == .offsetOutOfRange)
            #expect(try cluster.fetch(partition, .init(offset: 1)).errorCode == .none)
            let nowhere = TopicPartition(partition.topic, 9)
            let answer = try cluster.leader(partition).send(Cluster.fetchRequest([nowhere], .init()))
            #expect(try answer.topics.only().partitions.only().errorCode == .unknownTopicOrPartition)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ProtocolVersions.allCases)
    func offsetsAreFoundByTime(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            #expect(try cluster.listOffsets(partition, time: -2).offset == 0)
            #expect(try cluster.listOffsets(partition, time: -1).offset == 0)
            try cluster.produce("a", "b", to: partition, at: Cluster.now)
            try cluster.produce("c", to: partition, at: Cluster.now + 2000)
            try cluster.produce("d", to: partition, at: Cluster.now + 1000)
            #expect(try cluster.listOffsets(partition, time: -1).offset == 4)
            let found = try cluster.listOffsets(partition, time: Cluster.now + 1)
            #expect(found.offset == 2)
            #expect(found.timestamp == Cluster.now + 2000)
            #expect(try cluster.listOffsets(partition, time: Cluster.now).offset == 0)
            #expect(try cluster.listOffsets(partition, time: 0).offset == 0)
            let late = try cluster.listOffsets(partition, time: Cluster.now + 2001)
            #expect(late.errorCode == .none)
            #expect(late.offset == -1)
            #expect(late.timestamp == -1)
            guard versions == .newest else { return }
            let greatest = try cluster.listOffsets(partition, time: -3)
            #expect(greatest.offset == 2)
            #expect(greatest.timestamp == Cluster.now + 2000)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ProtocolVersions.allCases)
    func batchesAboveTheTopicsLimitAreRefused(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition(["max.message.bytes": "1000"])
            let large = RecordBatch.of([(key: nil, value: String(repeating: "x", count: 1000))], timestamp: Cluster.now)
            #expect(try cluster.produce(large, to: partition).errorCode == .messageTooLarge)
            let small = RecordBatch.of([(key: nil, value: String(repeating: "x", count: 900))], timestamp: Cluster.now)
            #expect(try cluster.produce(small, to: partition).baseOffset == 0)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ProtocolVersions.allCases)
    func recordsAreDeletedFromTheStart(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            for value in ["a", "b", "c", "d"] { try cluster.produce(value, to: partition) }
            let answer = try cluster.deleteRecords(partition, before: 3)
            #expect(answer.errorCode == .none)
            #expect(answer.lowWatermark == 3)
            #expect(try cluster.listOffsets(partition, time: -2).offset == 3)
            #expect(try cluster.fetch(partition, .init(offset: 2)).errorCode == .offsetOutOfRange)
            #expect(try cluster.fetch(partition, .init(offset: 3)).values() == ["d"])
            #expect(try cluster.deleteRecords(partition, before: 5).errorCode == .offsetOutOfRange)
            // Moving the start back changes nothing.
            #expect(try cluster.deleteRecords(partition, before: 1).lowWatermark == 3)
            #expect(try cluster.deleteRecords(partition, before: -1).lowWatermark == 4)
            #expect(try cluster.produce("e", to: partition) == 4)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func compactionKeepsTheLastRecordOfAKey() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition([
                "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "1000",
            ])
            func put(_ key: String?, _ value: String?, at time: Int64) throws -> ErrorCode {
                try cluster.produce(RecordBatch.of([(key: key, value: value)], timestamp: time), to: partition)
                    .errorCode
            }
            #expect(try put(nil, "keyless", at: Cluster.now) == .invalidRecord)
            for (key, value) in [("a", "1"), ("b", "1"), ("a", "2"), ("c", "1")] {
                #expect(try put(key, value, at: Cluster.now - 10_000) == .none)
            }
            #expect(try put("b", nil, at: Cluster.now - 10_000) == .none)
            // A record that is so much later makes a real broker begin a new segment, and compact those before.
            #expect(try put("d", "1", at: Cluster.now) == .none)
            let kept: [RecordBatch] = try eventually("a compacted log") {
                let batches = try cluster.batches(partition, to: 6)
                if batches.map(\.records.count).reduce(0, +) <= 4 { return batches }
                let end = Cluster.FetchWish(offset: 6, minBytes: 1, maxWaitMilliseconds: 250)
                _ = try cluster.fetch(partition, end)
                return nil
            }
            let offsets = kept.flatMap { batch in
                batch.records.map { batch.header.baseOffset + Int64($0.offsetDelta) }
            }
            // The delete of b stays until its retention is over.
            #expect(offsets == [2, 3, 4, 5])
            #expect(try cluster.listOffsets(partition, time: -1).offset == 6)
            #expect(
                try cluster.produce(RecordBatch.of([(key: "a", value: "3")], timestamp: Cluster.now), to: partition)
                    .baseOffset == 6)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func malformedProduceRequestsAreRefused() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let good = RecordBatch.of([(key: nil, value: "a"), (key: nil, value: "b")], timestamp: Cluster.now)
            var miscounted = good
            miscounted.header.lastOffsetDelta = 5
            #expect(try cluster.produce(miscounted, to: partition).errorCode == .invalidRecord)
            var control = good
            control.header.attributes = 0x20
            let marked = try cluster.produce(control, to: partition).errorCode
            #expect(marked == .invalidRecord)
            var unnumbered = good
            unnumbered.header.producerId = try cluster.idempotentProducer().id
            unnumbered.header.producerEpoch = 0
            let unordered = try cluster.produce(unnumbered, to: partition).errorCode
            #expect(unordered == .invalidRecord)
            var anonymous = good
            anonymous.header.attributes = 0x10
            anonymous.header.producerId = unnumbered.header.producerId
            anonymous.header.producerEpoch = 0
            anonymous.header.baseSequence = 0
            let unnamed = try cluster.produce(anonymous, to: partition).errorCode
            #expect(unnamed == .transactionalIdAuthorizationFailed)
            var old = good
            old.header.magic = 7
            let ancient = try cluster.produce(old, to: partition).errorCode
            #expect(ancient == .corruptMessage)
            #expect(try cluster.produce(good, to: partition).baseOffset == 0)
        }
    }
}
