import Columnar
import Dataflow
import Testing

@testable import KafkaConnector

/// The holes that the protocol's design lists, as far as a Kafka cluster that decides can fall into them.
@Suite(.timeLimit(.minutes(3)))
struct CommitHolesTests {
    private let fields = [column("id", .bigint)]

    private func sink(
        _ cluster: TestCluster, _ output: String, _ environment: ConnectorEnvironment, _ more: [String: String] = [:]
    ) throws -> any Sink {
        let to = table("output", fields, ["topic": output, "format": "json"].merging(more) { $1 })
        return try cluster.connector.makeSink(
            SinkSpec(table: to, fields: to.fields, changelog: .appendOnly), environment)
    }

    private func source(
        _ cluster: TestCluster, _ input: String, _ environment: ConnectorEnvironment
    ) throws -> any Source {
        let from = table("input", fields, ["topic": input, "format": "json"])
        return try cluster.connector.makeSource(SourceSpec(table: from, fields: from.fields), environment)
    }

    private func environment(_ cluster: TestCluster, interval: Int, instance: String = "1") -> ConnectorEnvironment {
        var environment = cluster.environment(instance: cluster.name(instance))
        environment.checkpointIntervalMilliseconds = interval
        return environment
    }

    // MARK: zombie, Kafka

    private func record(_ topic: String, epoch: Int64, offset: Int64) -> EpochRecord {
        EpochRecord(
            lineage: "lineage", epoch: epoch, manifestDigest: String(repeating: "0123456789abcdef", count: 4),
            splits: [SplitState(id: SplitID(topic: topic, partition: 0), nextOffset: offset)])
    }

    /// An instance that has written an epoch and not committed it yet.
    private func prepared(
        _ cluster: TestCluster, _ input: String, _ output: String, instance: String, row: Int,
        _ more: [String: String] = [:]
    ) throws -> (participant: any CommitParticipant, writer: any SinkWriter) {
        let environment = environment(cluster, interval: 1000, instance: instance)
        _ = try source(cluster, input, environment)
        let sink = try sink(cluster, output, environment, more)
        try sink.start()
        let participant = try #require(sink.participant)
        _ = try participant.fence(environment.job)
        let writer = try sink.makeWriter(subtask: 0) {}
        try writer.write(batch(Schema([Field("id", .bigint)]), [[row]]))
        try writer.endEpoch(1)
        try participant.prepare(epoch: 1)
        return (participant, writer)
    }

    /// The epoch of the producer shuts the zombie out.
    @Test func zombieOfTheSameTransactionalId() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let zombie = try prepared(cluster, input, output, instance: "1", row: 1)
            let next = try prepared(cluster, input, output, instance: "2", row: 2)
            let failure = #expect(throws: CommitFailure.self) {
                try zombie.participant.commit(record(input, epoch: 1, offset: 1))
            }
            guard case .fenced = failure else {
                Issue.record("the zombie's commit ended as \(String(describing: failure))")
                return
            }
            try next.participant.commit(record(input, epoch: 1, offset: 1))
            #expect(try cluster.read(output)[0].compactMap(\.value) == [#"{"id":2}"#])
            for instance in [zombie, next] {
                instance.writer.close()
                instance.participant.close()
            }
        }
    }

    /// Producers that know nothing of each other: the group keeps the instances apart.
    @Test func zombieOfAnotherTransactionalId() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let zombie = try prepared(cluster, input, output, instance: "1", row: 1)
            let other = ["sink.transactional-id-prefix": cluster.name("other")]
            let next = try prepared(cluster, input, output, instance: "2", row: 2, other)
            let failure = #expect(throws: CommitFailure.self) {
                try zombie.participant.commit(record(input, epoch: 1, offset: 1))
            }
            if case .inDoubt = failure { Issue.record("nothing was sent that could be in doubt") }
            // What is left open holds readers up until it is aborted, or until its time is over.
            zombie.participant.abort()
            try next.participant.commit(record(input, epoch: 1, offset: 1))
            #expect(try cluster.read(output)[0].compactMap(\.value) == [#"{"id":2}"#])
            for instance in [zombie, next] {
                instance.writer.close()
                instance.participant.close()
            }
        }
    }

    /// The broker's own fence: a commit names the member and its generation, and offsets of an older one are refused.
    @Test func zombieOfAnOlderGeneration() async throws {
        try await TestCluster.run { cluster in
            let input = try cluster.createTopic("in")
            let id = cluster.name("job")
            // The zombie stands still: it does not answer when the group is assigned anew.
            var properties = cluster.properties.member(group: id, instanceID: "\(id)-zombie")
            properties.removeAll { ["session.timeout.ms", "max.poll.interval.ms"].contains($0.name) }
            properties += [.init("session.timeout.ms", "6000"), .init("max.poll.interval.ms", "6000")]
            let zombie = try KafkaGroupMember(
                properties: properties, topics: [input], timeoutMilliseconds: 30_000, events: .ignored)
            zombie.stop()
            let producer = try cluster.producer(transactionalID: cluster.name("zombie"))
            try producer.initTransactions(timeoutMilliseconds: 20_000)
            try producer.beginTransaction()
            let next = try KafkaGroupMember(
                properties: cluster.properties.member(group: id, instanceID: "\(id)-next"), topics: [input],
                timeoutMilliseconds: 60_000, events: .ignored)
            defer { next.stop() }
            let place = KafkaPosition(topic: input, partition: 0, offset: 3)
            let error = #expect(throws: KafkaConnectorError.self) {
                try producer.sendOffsets([place], member: zombie, timeoutMilliseconds: 20_000)
                try producer.commitTransaction()
            }
            #expect(error?.code == .abortRequired, "\(String(describing: error))")
            try producer.abortTransaction()
            #expect(try next.committed([place], timeoutMilliseconds: 20_000)[0].offset == -1)
        }
    }

    // MARK: metadata size

    @Test func metadataSize() {
        let record = EpochRecord(
            lineage: "ffffffff-ffff-ffff-ffff-ffffffffffff", epoch: .max,
            manifestDigest: String(repeating: "f", count: 64), splits: [])
        let text = CommitMetadata(record).text
        #expect(text.utf8.count <= 128)
        #expect(text.utf8.allSatisfy { $0 > 32 && $0 < 127 })
        #expect(CommitMetadata(text) == CommitMetadata(record))
        for other in [
            "", "v1", "v1;;1;a", "v1;l;-1;a", "v1;l;x;a", "v2;l;1;a", "v1;l;1;a;b", "v1;l;1;01234567890123456",
        ] {
            #expect(CommitMetadata(other) == nil, "\(other)")
        }
    }

    // MARK: transaction.timeout vs interval

    @Test func transactionTimeoutAgainstInterval() async throws {
        try await TestCluster.run { cluster in
            for (interval, timeout) in [(30_000, "59999"), (460_000, nil), (5001, "10000")] as [(Int, String?)] {
                let options = timeout.map { ["properties.transaction.timeout.ms": $0] } ?? [:]
                let error = #expect(throws: DataflowError.self, "\(interval)") {
                    _ = try sink(cluster, "out", environment(cluster, interval: interval), options)
                }
                #expect(error?.code == .invalidConfiguration)
                #expect(error?.message.contains("properties.transaction.timeout.ms") == true)
            }
            for (interval, timeout) in [(5000, "10000"), (10, nil), (1000, nil), (60_000, nil), (450_000, nil)]
                as [(
                    Int, String?
                )]
            {
                let options = timeout.map { ["properties.transaction.timeout.ms": $0] } ?? [:]
                try sink(cluster, "out", environment(cluster, interval: interval), options).participant?.close()
            }
            // What is not in a transaction has no time to keep.
            let loose = ["sink.delivery-guarantee": "at-least-once"]
            _ = try sink(cluster, "out", environment(cluster, interval: 600_000), loose)
        }
    }

    /// No epoch gets older than half of its transaction's time before it is committed: a transaction begins with the first row after a
    /// commit, the next checkpoint begins at most one interval after the one before, and a job whose interval is longer than half of
    /// the time-out does not start. What a hanging system holds up beyond that, the cluster aborts, and it is done again.
    @Test(arguments: [nil, "10000", "60000", "900000"] as [String?])
    func anEpochIsCommittedBeforeHalfOfItsTransactionsTime(timeout: String?) async throws {
        try await TestCluster.run { cluster in
            var options: [String: String] = [:]
            options["properties.transaction.timeout.ms"] = timeout
            var longest = 0
            for interval in [
                10, 200, 1000, 4999, 5000, 5001, 10_000, 30_000, 30_001, 60_000, 450_000, 450_001, 900_000,
            ] {
                let properties = KafkaProperties(
                    cluster.properties.values.merging(timeout.map { ["transaction.timeout.ms": $0] } ?? [:]) { $1 }
                ) { name, message in Issue.record("\(name): \(message)") }
                let milliseconds = properties.transactionTimeoutMilliseconds(checkpointInterval: interval)
                let sink = Result { try self.sink(cluster, "out", environment(cluster, interval: interval), options) }
                let isAccepted = (try? sink.get()) != nil
                #expect(isAccepted == (2 * interval <= milliseconds), "\(interval) ms against \(milliseconds) ms")
                if isAccepted { longest = max(longest, interval) }
                try? sink.get().participant?.close()
            }
            #expect(longest >= 5000)
        }
    }

    @Test func transactionTimeoutBeyondTheBrokers() async throws {
        try await TestCluster.run { cluster in
            let output = try cluster.createTopic("out")
            let environment = environment(cluster, interval: 1000)
            let sink = try sink(cluster, output, environment, ["properties.transaction.timeout.ms": "3600000"])
            try sink.start()
            let participant = try #require(sink.participant)
            defer { participant.close() }
            let error = #expect(throws: DataflowError.self) { _ = try participant.fence(environment.job) }
            #expect(error?.code == .invalidConfiguration, "\(String(describing: error))")
            #expect(error?.message.contains("transaction.max.timeout.ms") == true)
        }
    }

    // MARK: LSO stall downstream

    /// The dead instance's transaction could hold back readers for its time-out, here 33 s; the same transactional id ends it with
    /// the first thing that the next instance does.
    @Test func lastStableOffsetStall() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let dead = environment(cluster, interval: 1000, instance: "dead")
            _ = try source(cluster, input, dead)
            let first = try sink(cluster, output, dead)
            try first.start()
            let participant = try #require(first.participant)
            _ = try participant.fence(dead.job)
            let writer = try first.makeWriter(subtask: 0) {}
            try writer.write(batch(Schema([Field("id", .bigint)]), [[1], [2]]))
            try writer.endEpoch(1)
            try participant.prepare(epoch: 1)
            // Records from outside stand behind the open transaction.
            try cluster.produce([TestRecord(nil, "after")], to: output)
            let admin = try cluster.admin()
            let place = [KafkaPosition(topic: output, partition: 0, offset: 0)]
            #expect(try admin.offsets(place, .latest, timeoutMilliseconds: 10_000)[0].offset == 0)

            let next = environment(cluster, interval: 1000, instance: "next")
            _ = try source(cluster, input, next)
            let second = try sink(cluster, output, next)
            try second.start()
            let successor = try #require(second.participant)
            let start = monotonicNanoseconds()
            _ = try successor.fence(next.job)
            while try admin.offsets(place, .latest, timeoutMilliseconds: 10_000)[0].offset < 4 {
                admin.poll(timeoutMilliseconds: 5)
            }
            let milliseconds = (monotonicNanoseconds() - start) / 1_000_000
            print("readers of committed records were held back for \(milliseconds) ms after the restart")
            #expect(milliseconds < 15_000)
            #expect(try cluster.read(output)[0].compactMap(\.value) == ["after"])
            successor.close()
            writer.close()
            participant.close()
        }
    }

    /// With 'sink.output' = 'spool' the transaction begins with the commit: readers of what others write to the topic do not wait for the
    /// epoch under way.
    @Test func outputSpoolHoldsNoReaderUpBeforeTheCommit() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let environment = environment(cluster, interval: 1000)
            _ = try source(cluster, input, environment)
            let sink = try sink(cluster, output, environment, ["sink.output": "spool"])
            try sink.start()
            let participant = try #require(sink.participant)
            _ = try participant.fence(environment.job)
            let writer = try sink.makeWriter(subtask: 0) {}
            defer {
                writer.close()
                participant.close()
            }
            try writer.write(batch(Schema([Field("id", .bigint)]), [[1], [2]]))
            try writer.nudge()
            try cluster.produce([TestRecord(nil, "others")], to: output)
            #expect(try cluster.read(output)[0].compactMap(\.value) == ["others"])
            let admin = try cluster.admin()
            let place = [KafkaPosition(topic: output, partition: 0, offset: 0)]
            #expect(try admin.offsets(place, .latest, timeoutMilliseconds: 10_000)[0].offset == 1)
            try writer.endEpoch(1)
            // Rows of the next epoch wait for its end, too.
            try writer.write(batch(Schema([Field("id", .bigint)]), [[3]]))
            try participant.prepare(epoch: 1)
            try participant.commit(record(input, epoch: 1, offset: 2))
            try writer.nudge()
            #expect(
                try cluster.read(output)[0].compactMap(\.value) == ["others", #"{"id":1}"#, #"{"id":2}"#])
            try writer.endEpoch(2)
            try participant.prepare(epoch: 2)
            try participant.commit(record(input, epoch: 2, offset: 3))
            #expect(try cluster.read(output)[0].compactMap(\.value).last == #"{"id":3}"#)
        }
    }

    /// An epoch with more rows than are kept goes on, and sends what it has.
    @Test func outputSpoolThatIsFullLetsRowsGo() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let environment = environment(cluster, interval: 60_000)
            _ = try source(cluster, input, environment)
            let sink = try sink(cluster, output, environment, ["sink.output": "spool"])
            try sink.start()
            let participant = try #require(sink.participant)
            _ = try participant.fence(environment.job)
            let writer = try sink.makeWriter(subtask: 0) {}
            defer {
                writer.close()
                participant.close()
            }
            // Without being sent they would fill the buffer, and the epoch could never end.
            let count = 2 * SinkBuffer.maximumChunkCount * 1024
            let rows = (0..<1024).map { [$0] as [Any?] }
            for _ in 0..<count / 1024 {
                while !writer.isReady { try writer.nudge() }
                try writer.write(batch(Schema([Field("id", .bigint)]), rows))
            }
            try writer.endEpoch(1)
            try participant.prepare(epoch: 1)
            try participant.commit(record(input, epoch: 1, offset: 2))
            #expect(try cluster.read(output)[0].count == count)
        }
    }

    // MARK: offsets for monitoring

    @Test func offsetsForMonitoring() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in", partitions: 2), try cluster.createTopic("out"))
            let decidedElsewhere = environment(cluster, interval: 1000)
            let source = try source(cluster, input, decidedElsewhere)
            defer { source.stop() }
            let splits = [
                SplitState(id: SplitID(topic: input, partition: 0), nextOffset: 17),
                SplitState(id: SplitID(topic: input, partition: 1), nextOffset: 4),
                SplitState(id: SplitID(topic: "of-another-table", partition: 0), nextOffset: 1),
            ]
            source.didCommit(splits, epoch: 3)
            let admin = try cluster.admin(group: decidedElsewhere.job.name)
            let places = [0, 1].map { KafkaPosition(topic: input, partition: $0, offset: 0) }
            var found: [KafkaPosition] = []
            repeat {
                admin.poll(timeoutMilliseconds: 20)
                found = try admin.committed(places, timeoutMilliseconds: 10_000)
            } while found.contains { $0.offset < 0 }
            #expect(found.map(\.offset) == [17, 4])
            // Never read back: a job that gets a Kafka sink later does not take them for a commit.
            let later = environment(cluster, interval: 1000, instance: "later")
            _ = try self.source(cluster, input, later)
            let sink = try sink(cluster, output, later)
            try sink.start()
            let participant = try #require(sink.participant)
            defer { participant.close() }
            #expect(try participant.fence(later.job) == .empty)
        }
    }
}
