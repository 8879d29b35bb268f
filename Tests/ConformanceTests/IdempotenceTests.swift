import DevBroker
import NIOCore
import Testing

/// What sequence numbers and epochs of a producer keep out.
@Suite(.timeLimit(.minutes(2))) struct IdempotenceTests {
    @Test(arguments: ProtocolVersions.allCases)
    func retriesAreAcceptedOnce(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            let producer = try cluster.idempotentProducer()
            #expect(try cluster.produce(["a", "b"], to: partition, as: producer, sequence: 0).baseOffset == 0)
            #expect(try cluster.produce(["c"], to: partition, as: producer, sequence: 2).baseOffset == 2)
            let retry = try cluster.produce(["a", "b"], to: partition, as: producer, sequence: 0)
            #expect(retry.errorCode == .none)
            #expect(retry.baseOffset == 0)
            let last = try cluster.produce(["c"], to: partition, as: producer, sequence: 2)
            #expect(last.errorCode == .none)
            #expect(last.baseOffset == 2)
            #expect(try cluster.fetch(partition).values() == ["a", "b", "c"])
        }
    }

    @Test func gapsAreRefused() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let producer = try cluster.idempotentProducer()
            #expect(try cluster.produce(["a"], to: partition, as: producer, sequence: 0).errorCode == .none)
            #expect(
                try cluster.produce(["c"], to: partition, as: producer, sequence: 2).errorCode
                    == .outOfOrderSequenceNumber)
            // What overlaps without being the same batch is no retry.
            #expect(
                try cluster.produce(["a", "b"], to: partition, as: producer, sequence: 0).errorCode
                    == .outOfOrderSequenceNumber)
            #expect(try cluster.produce(["b"], to: partition, as: producer, sequence: 1).baseOffset == 1)
        }
    }

    @Test func retriesAreKnownForFiveBatches() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let producer = try cluster.idempotentProducer()
            for sequence in 0..<6 {
                let answer = try cluster.produce(
                    ["\(sequence)"], to: partition, as: producer, sequence: Int32(sequence))
                #expect(answer.baseOffset == Int64(sequence))
            }
            #expect(try cluster.produce(["1"], to: partition, as: producer, sequence: 1).baseOffset == 1)
            #expect(
                try cluster.produce(["0"], to: partition, as: producer, sequence: 0).errorCode
                    == .outOfOrderSequenceNumber)
        }
    }

    @Test func sequencesBeginAnywhereForAnUnknownProducerAndWrap() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let producer = try cluster.idempotentProducer()
            let sequence = Int32.max - 2
            #expect(try cluster.produce(["a", "b"], to: partition, as: producer, sequence: sequence).baseOffset == 0)
            // The batch's second record has number 0 again.
            #expect(try cluster.produce(["c", "d"], to: partition, as: producer, sequence: .max).baseOffset == 2)
            #expect(try cluster.produce(["c", "d"], to: partition, as: producer, sequence: .max).baseOffset == 2)
            #expect(try cluster.produce(["e"], to: partition, as: producer, sequence: 1).baseOffset == 4)
        }
    }

    @Test func epochsFenceEarlierOnes() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let old = try cluster.idempotentProducer()
            let new = ProducerIdentity(id: old.id, epoch: old.epoch + 1)
            #expect(try cluster.produce(["a"], to: partition, as: old, sequence: 0).errorCode == .none)
            #expect(
                try cluster.produce(["b"], to: partition, as: new, sequence: 1).errorCode
                    == .outOfOrderSequenceNumber)
            #expect(try cluster.produce(["b"], to: partition, as: new, sequence: 0).errorCode == .none)
            #expect(
                try cluster.produce(["c"], to: partition, as: old, sequence: 1).errorCode == .invalidProducerEpoch)
            #expect(try cluster.fetch(partition).values() == ["a", "b"])
        }
    }

    @Test func producerIdsDiffer() async throws {
        try await Cluster.run { cluster in
            let producers = try (0..<5).map { _ in try cluster.idempotentProducer() }
            #expect(Set(producers.map(\.id)).count == 5)
            #expect(producers.allSatisfy { $0.epoch == 0 })
        }
    }

    @Test func damagedBatchesAreRefused() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            var records = RecordBatch.of([(key: nil, value: "abc")], timestamp: Cluster.now).encoded()
            records.setInteger(UInt8(ascii: "z"), at: records.writerIndex - 2)
            var entry = ProduceRequest.Partition()
            entry.records = records
            var topic = ProduceRequest.Topic()
            topic.name = partition.topic
            topic.partitions = [entry]
            var request = ProduceRequest()
            request.acks = -1
            request.timeoutMilliseconds = 30_000
            request.topics = [topic]
            let answer = try cluster.leader(partition).send(request).topics.only().partitions.only()
            #expect(answer.errorCode == .corruptMessage)
            #expect(try cluster.produce("b", to: partition) == 0)
        }
    }
}
