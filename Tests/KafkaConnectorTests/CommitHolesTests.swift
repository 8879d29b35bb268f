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
