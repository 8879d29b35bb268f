import CKafka
import Columnar
import Dataflow
import DevBroker
import Formats
import TestKit
import Testing

@testable import KafkaConnector

/// Rows of transactions that go over connections of our own.
@Suite(.timeLimit(.minutes(3)))
struct SendTests {
    private static let partitionCount = 3

    private static func producer(_ cluster: TestCluster, _ id: String) throws -> KafkaProducer {
        let producer = try KafkaProducer(
            properties: cluster.properties.producer(
                transactionalID: cluster.name(id), transactionTimeoutMilliseconds: 30_000),
            path: .direct, events: .ignored)
        #expect(producer.sender != nil)
        try producer.initTransactions(timeoutMilliseconds: 20_000)
        return producer
    }

    /// Hands over rows with the keys 0 to 9, and some without.
    private static func send(_ range: Range<Int>, to topic: String, with producer: KafkaProducer) throws {
        let outgoing = try producer.makeTopic(topic, capacity: 4096, partitionCount: Int32(partitionCount))
        let chunk = EncodedChunk(hasKeys: true)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 1000) {
            chunk.removeAll()
            chunk.stickyPartition = Int32(start / 1000 % partitionCount)
            for index in start..<min(start + 1000, range.upperBound) {
                chunk.values.append("\(index)" + String(repeating: "x", count: index % 97))
                chunk.keys?.append(index % 13 == 0 ? "" : "\(index % 10)")
            }
            outgoing.stage(chunk.rows(.standard, partitionCount: Int32(partitionCount)))
            while try outgoing.send() > 0 { producer.poll(timeoutMilliseconds: 1) }
        }
    }

    private static func values(_ range: Range<Int>) -> [String] {
        range.map { "\($0)" + String(repeating: "x", count: $0 % 97) }.sorted()
    }

    /// Offsets are what the coordinator is asked for by librdkafka, which ends the transaction for that reason.
    private static func commit(_ producer: KafkaProducer, _ member: KafkaGroupMember, _ topic: String) throws {
        while true {
            do {
                try producer.flush(timeoutMilliseconds: 20_000)
                break
            } catch  where error.isRetriable {
                continue
            }
        }
        try producer.sendOffsets(
            [KafkaPosition(topic: topic, partition: 0, offset: 1, metadata: "m")], member: member,
            timeoutMilliseconds: 20_000)
        try producer.commitTransaction()
    }

    private static func member(_ cluster: TestCluster, _ topic: String) throws -> KafkaGroupMember {
        try KafkaGroupMember(
            properties: cluster.properties.member(group: cluster.name("group"), instanceID: cluster.name("member")),
            topics: [topic], timeoutMilliseconds: 20_000, events: .ignored)
    }

    @Test func committedRowsAreThereOnceAndInOrder() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("sent", partitions: Self.partitionCount)
            let member = try Self.member(cluster, topic)
            let producer = try Self.producer(cluster, "sender")
            for round in 0..<4 {
                try producer.beginTransaction()
                try Self.send(round * 20_000..<(round + 1) * 20_000, to: topic, with: producer)
                try Self.commit(producer, member, topic)
            }
            #expect(producer.sender?.outstanding.recordCount == 0)
            let found = try cluster.read(topic, partitions: Self.partitionCount)
            #expect(found.flatMap { $0.compactMap(\.value) }.sorted() == Self.values(0..<80_000))
            // A key's rows are in one partition, the one that Kafka's own producer chooses, in the order of their writing.
            var partitions: [String: Set<Int>] = [:]
            for (partition, records) in found.enumerated() {
                var last: [String: Int] = [:]
                for record in records {
                    guard let key = record.key, let number = Int((record.value ?? "").prefix { $0.isNumber }) else {
                        continue
                    }
                    partitions[key, default: []].insert(partition)
                    #expect(last[key] ?? -1 < number)
                    last[key] = number
                }
            }
            #expect(partitions.count == 10)
            #expect(partitions.values.allSatisfy { $0.count == 1 })
            member.stop()
        }
    }

    /// What was given up is never seen, and holds back nobody who reads committed records.
    @Test func abortedRowsAreNeverSeen() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("given-up", partitions: Self.partitionCount)
            let member = try Self.member(cluster, topic)
            let producer = try Self.producer(cluster, "sender")
            try producer.beginTransaction()
            try Self.send(0..<5000, to: topic, with: producer)
            try producer.flush(timeoutMilliseconds: 20_000)
            try producer.abortTransaction(timeoutMilliseconds: 20_000)
            let next = try Self.producer(cluster, "sender")
            try next.beginTransaction()
            try Self.send(5000..<6000, to: topic, with: next)
            try Self.commit(next, member, topic)
            let found = try cluster.read(topic, partitions: Self.partitionCount)
            #expect(found.flatMap { $0.compactMap(\.value) }.sorted() == Self.values(5000..<6000))
            member.stop()
        }
    }

    /// Without a word to librdkafka, which has nothing of the transaction.
    @Test func anAbortEndsTheTransactionAtOnce() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("let-go", partitions: Self.partitionCount)
            let producer = try Self.producer(cluster, "sender")
            try producer.beginTransaction()
            try Self.send(0..<5000, to: topic, with: producer)
            try producer.flush(timeoutMilliseconds: 20_000)
            try producer.abortTransaction(timeoutMilliseconds: 20_000)
            try cluster.produce([TestRecord("0", "behind")], to: topic, partition: 0)
            let found = try cluster.read(topic, partitions: Self.partitionCount)
            #expect(found.flatMap { $0.compactMap(\.value) } == ["behind"])
        }
    }

    @Test func rowsOfAnySizeAreSent() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic(
                "big", configs: [KafkaProperties.Entry("max.message.bytes", "6000000")])
            let member = try Self.member(cluster, topic)
            let producer = try Self.producer(cluster, "sender")
            let sizes = [1, 900_000, 2_000_000, 10, 5_000_000, 999_000, 3]
            try producer.beginTransaction()
            let outgoing = try producer.makeTopic(topic, capacity: 10)
            let chunk = EncodedChunk(hasKeys: false)
            for size in sizes { chunk.values.append(String(repeating: "y", count: size)) }
            outgoing.stage(chunk.rows(.fixed, partitionCount: 1))
            while try outgoing.send() > 0 { producer.poll(timeoutMilliseconds: 1) }
            try Self.commit(producer, member, topic)
            let found = try cluster.read(topic)
            #expect(found[0].map { $0.value?.utf8.count } == sizes)
            member.stop()
        }
    }

    /// A topic that takes less than the usual batch.
    @Test func batchesKeepToWhatTheirTopicTakes() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic(
                "narrow", partitions: Self.partitionCount, configs: [KafkaProperties.Entry("max.message.bytes", "6000")]
            )
            let member = try Self.member(cluster, topic)
            let producer = try Self.producer(cluster, "sender")
            _ = try producer.makeTopic(topic, capacity: 1, batchByteCount: 6000)
            try producer.beginTransaction()
            try Self.send(0..<5000, to: topic, with: producer)
            try Self.commit(producer, member, topic)
            let found = try cluster.read(topic, partitions: Self.partitionCount)
            #expect(found.flatMap { $0.compactMap(\.value) }.sorted() == Self.values(0..<5000))
            member.stop()
        }
    }

    @Test func anOlderProducerIsShutOut() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("shut-out", partitions: Self.partitionCount)
            let older = try Self.producer(cluster, "sender")
            try older.beginTransaction()
            try Self.send(0..<10, to: topic, with: older)
            try older.flush(timeoutMilliseconds: 20_000)
            _ = try Self.producer(cluster, "sender")
            let error = #expect(throws: KafkaConnectorError.self) {
                try Self.send(10..<5000, to: topic, with: older)
                try older.flush(timeoutMilliseconds: 20_000)
            }
            #expect(error?.code == .fenced)
        }
    }

    /// Lost and late answers, refusals that pass, writes that come twice, a coordinator that loads its state.
    @Test(arguments: [
        "Produce every 3 -> close after", "Produce every 3 -> close before", "Produce every 2 -> duplicate",
        "Produce every 4 -> error NOT_LEADER_OR_FOLLOWER", "Produce every 4 -> error NOT_ENOUGH_REPLICAS",
        "AddPartitionsToTxn every 2 -> close after", "AddPartitionsToTxn every 2 -> error CONCURRENT_TRANSACTIONS",
        "AddPartitionsToTxn every 2 -> error COORDINATOR_LOAD_IN_PROGRESS", "FindCoordinator every 2 -> close before",
        "Produce every 5 -> delay reply 200ms", "Produce every 5 -> truncate", "any chance 5% -> close after",
    ])
    func disturbancesLoseAndDoubleNothing(script: String) async throws {
        try await TestCluster.runWithFaults("") { cluster, broker in
            let topic = try cluster.createTopic("disturbed", partitions: Self.partitionCount)
            let member = try Self.member(cluster, topic)
            try await broker.setFaults(FaultScript(parsing: "seed 5\n" + script))
            var expected: [String] = []
            var next = 0
            var producer = try Self.producer(cluster, "sender")
            for round in 0..<6 {
                let range = round * 3000..<(round + 1) * 3000
                let before = producer.wireState
                do {
                    try producer.beginTransaction()
                    try Self.send(range, to: topic, with: producer)
                    try Self.commit(producer, member, topic)
                } catch let error as KafkaConnectorError {
                    // A commit that may have gone through would have to be looked up: these disturbances end none that way.
                    let end = producer.wireState.end(since: before)
                    try #require(end.sentCount == 0, "\(error)")
                    try? producer.abortTransaction(timeoutMilliseconds: 20_000)
                    producer = try Self.producer(cluster, "sender")
                    continue
                }
                expected += Self.values(range)
                next += 1
                if !producer.wireState.isCleanEnd(since: before) { producer = try Self.producer(cluster, "sender") }
            }
            #expect(next > 0)
            try await broker.setFaults(FaultScript(parsing: ""))
            let found = try cluster.read(topic, partitions: Self.partitionCount)
            #expect(found.flatMap { $0.compactMap(\.value) }.sorted() == expected.sorted())
            member.stop()
        }
    }

    @Test func numbersWrapAround() {
        #expect(SendLoop.sequence(5, after: 3) == 8)
        #expect(SendLoop.sequence(.max - 1, after: 1) == .max)
        #expect(SendLoop.sequence(.max, after: 1) == 0)
        #expect(SendLoop.sequence(.max - 1, after: 5) == 3)
    }
}
