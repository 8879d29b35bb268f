import Columnar
import Dataflow
import Formats
import Testing

@testable import KafkaConnector

/// What the wrappers of librdkafka promise, against a broker with real transactions.
@Suite(.timeLimit(.minutes(3)))
struct ClientTests {
    /// What is wrong with files and keys shows only when a client is made.
    @Test(arguments: [
        ("ssl.ca.location", "/nowhere/ca.pem"), ("ssl.key.pem", "no key"), ("ssl.certificate.pem", "no certificate"),
        ("ssl.cipher.suites", "none"),
    ])
    func aClientThatCannotBeMadeSaysWhy(name: String, value: String) throws {
        let properties = KafkaProperties(
            ["bootstrap.servers": "127.0.0.1:1", "security.protocol": "SSL", name: value], problem: { _, _ in })
        for _ in 0..<3 {
            let error = #expect(throws: KafkaConnectorError.self) {
                _ = try ClientHandle(
                    .administration, properties: properties.administration(group: nil), events: .ignored)
            }
            #expect(error?.code == .configuration && error?.message.isEmpty == false, "\(error.debugDescription)")
        }
    }

    /// Partitions that Kafka's own producer chooses for these keys: `toPositive(murmur2(key)) % count`.
    @Test(arguments: [("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536)])
    func keysGoToThePartitionsOfKafkasOwnProducer(key: String, hash: Int) async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("keyed", partitions: 7)
            let producer = try cluster.producer()
            let outgoing = try producer.makeTopic(topic, capacity: 10)
            let chunk = EncodedChunk(hasKeys: true)
            chunk.values.append("value")
            chunk.keys?.append(key)
            outgoing.stage(chunk.rows(.standard, partitionCount: 7))
            #expect(try outgoing.send() == 0)
            try producer.flush(timeoutMilliseconds: 20_000)
            let found = try cluster.read(topic, partitions: 7).firstIndex { !$0.isEmpty }
            #expect(found == (hash & 0x7fff_ffff) % 7)
        }
    }

    @Test func rowsOfAKeyKeepTheirOrder() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("numbers", partitions: 4)
            let producer = try cluster.producer()
            let outgoing = try producer.makeTopic(topic, capacity: 1000)
            let chunk = EncodedChunk(hasKeys: true)
            for start in stride(from: 0, to: 20_000, by: 1000) {
                chunk.removeAll()
                for number in start..<start + 1000 {
                    chunk.values.append(String(number))
                    chunk.keys?.append(String(number % 37))
                }
                outgoing.stage(chunk.rows(.standard, partitionCount: 4))
                while try outgoing.send() > 0 { producer.poll(timeoutMilliseconds: 5) }
            }
            try producer.flush(timeoutMilliseconds: 20_000)
            var count = 0
            for partition in try cluster.read(topic, partitions: 4) {
                var last: [String: Int] = [:]
                for record in partition {
                    let key = try #require(record.key)
                    let number = try #require(record.value.flatMap { Int($0) })
                    #expect(last[key] ?? -1 < number)
                    last[key] = number
                    count += 1
                }
            }
            #expect(count == 20_000)
        }
    }

    @Test func abortedRowsAreNeverRead() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("aborted")
            let producer = try cluster.producer(transactionalID: cluster.name("writer"))
            try producer.initTransactions(timeoutMilliseconds: 20_000)
            for round in 0..<4 {
                try producer.beginTransaction()
                try cluster.send([TestRecord("k", "\(round)")], to: topic, partition: 0, with: producer)
                try producer.flush(timeoutMilliseconds: 20_000)
                if round % 2 == 0 { try producer.commitTransaction() } else { try producer.abortTransaction() }
            }
            #expect(try cluster.read(topic) == [[TestRecord("k", "0"), TestRecord("k", "2")]])
            // The end lies behind the records that were aborted and the markers.
            let end = try cluster.admin().offsets(
                [KafkaPosition(topic: topic, partition: 0, offset: 0)], .latest, timeoutMilliseconds: 10_000)
            #expect(end[0].offset == 8)
        }
    }

    @Test func offsetsAreCommittedWithTheTransactionAndOnlyWithIt() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("input")
            let id = cluster.name("job")
            let producer = try cluster.producer(transactionalID: id)
            try producer.initTransactions(timeoutMilliseconds: 20_000)
            let member = try KafkaGroupMember(
                properties: cluster.properties.member(group: id, instanceID: id), topics: [topic],
                timeoutMilliseconds: 30_000, events: .ignored)
            defer { member.stop() }
            var position = KafkaPosition(topic: topic, partition: 0, offset: 7, metadata: "v1;l;1;abc")
            try producer.beginTransaction()
            try producer.sendOffsets([position], member: member, timeoutMilliseconds: 20_000)
            let before = producer.wireState
            try producer.commitTransaction()
            #expect(producer.wireState.isCleanEnd(since: before))
            #expect(producer.wireState.endTransactionsSent == 1)
            #expect(try member.committed([position], timeoutMilliseconds: 20_000) == [position])
            let committed = position
            position.offset = 9
            try producer.beginTransaction()
            try producer.sendOffsets([position], member: member, timeoutMilliseconds: 20_000)
            try producer.abortTransaction()
            #expect(try member.committed([position], timeoutMilliseconds: 20_000) == [committed])
        }
    }

    @Test func aNewerProducerOfTheSameIdFencesTheOlder() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("fenced")
            let id = cluster.name("writer")
            let old = try cluster.producer(transactionalID: id)
            try old.initTransactions(timeoutMilliseconds: 20_000)
            try old.beginTransaction()
            try cluster.send([TestRecord("k", "old")], to: topic, partition: 0, with: old)
            try old.flush(timeoutMilliseconds: 20_000)
            let new = try cluster.producer(transactionalID: id)
            try new.initTransactions(timeoutMilliseconds: 20_000)
            let error = #expect(throws: KafkaConnectorError.self) { try old.commitTransaction() }
            #expect(error?.code == .fenced)
            #expect(try cluster.read(topic) == [[]])
        }
    }

    @Test func aNewerMemberOfTheSameInstanceFencesTheOldersCommits() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("members")
            let id = cluster.name("job")
            let properties = cluster.properties.member(group: id, instanceID: id)
            let old = try KafkaGroupMember(
                properties: properties, topics: [topic], timeoutMilliseconds: 30_000, events: .ignored)
            defer { old.stop() }
            let new = try KafkaGroupMember(
                properties: properties, topics: [topic], timeoutMilliseconds: 30_000, events: .ignored)
            defer { new.stop() }
            // The transactional id is another one: only the membership stands against the zombie.
            let zombie = try cluster.producer(transactionalID: cluster.name("zombie"))
            try zombie.initTransactions(timeoutMilliseconds: 20_000)
            try zombie.beginTransaction()
            let error = #expect(throws: KafkaConnectorError.self) {
                try zombie.sendOffsets(
                    [KafkaPosition(topic: topic, partition: 0, offset: 1)], member: old, timeoutMilliseconds: 20_000)
            }
            #expect(error?.code == .fenced)
        }
    }

    @Test func aMissingTopicIsNamed() async throws {
        try await TestCluster.run { cluster in
            let admin = try cluster.admin()
            let error = #expect(throws: KafkaConnectorError.self) {
                _ = try admin.partitionCount(cluster.name("nothing"), timeoutMilliseconds: 20_000)
            }
            #expect(error?.code == .topicMissing)
            #expect(error?.context.topic == cluster.name("nothing"))
        }
    }
}
