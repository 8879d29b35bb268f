import Columnar
import Dataflow
import Testing

@testable import KafkaConnector

/// The commit participant: what one transaction holds and what becomes visible when.
@Suite(.timeLimit(.minutes(3)))
struct ParticipantTests {
    private struct Job {
        let sink: any Sink
        let source: any Source
        let participant: any CommitParticipant
        let writer: any SinkWriter
        let found: FencedState
    }

    private let digest = String(repeating: "0123456789abcdef", count: 4)

    private func open(
        _ cluster: TestCluster, input: String, output: String, instance: String, _ more: [String: String] = [:]
    ) throws -> Job {
        let environment = cluster.environment(instance: cluster.name(instance))
        let from = table("input", [column("id", .bigint)], ["topic": input, "format": "json"].merging(more) { $1 })
        let to = table(
            "output", [column("id", .bigint)], ["topic": output, "format": "json"].merging(more) { $1 })
        let source = try cluster.connector.makeSource(SourceSpec(table: from, fields: from.fields), environment)
        let sink = try cluster.connector.makeSink(
            SinkSpec(table: to, fields: to.fields, changelog: .appendOnly), environment)
        try sink.start()
        let participant = try #require(sink.participant)
        let found = try participant.fence(environment.job)
        return Job(
            sink: sink, source: source, participant: participant, writer: try sink.makeWriter(subtask: 0) {},
            found: found)
    }

    private func close(_ job: Job) {
        job.writer.close()
        job.participant.close()
        job.sink.stop()
        job.source.stop()
    }

    private func record(_ topic: String, epoch: Int64, offset: Int64) -> EpochRecord {
        EpochRecord(
            lineage: "lineage", epoch: epoch, manifestDigest: digest,
            splits: [SplitState(id: SplitID(topic: topic, partition: 0), nextOffset: offset)])
    }

    private func write(_ writer: any SinkWriter, _ ids: [Int]) throws {
        try writer.write(batch(Schema([Field("id", .bigint)]), ids.map { [$0] }))
    }

    private func values(_ cluster: TestCluster, _ topic: String) throws -> [String] {
        try cluster.read(topic)[0].compactMap(\.value)
    }

    @Test func rowsAndOffsetsAreCommittedTogetherAndFoundAfterARestart() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let first = try open(cluster, input: input, output: output, instance: "1")
            #expect(first.found == .empty)
            try write(first.writer, [1, 2])
            try first.writer.endEpoch(1)
            // Rows of the next epoch wait.
            try write(first.writer, [3])
            try first.participant.prepare(epoch: 1)
            #expect(try values(cluster, output) == [])
            try first.participant.commit(record(input, epoch: 1, offset: 5))
            #expect(try values(cluster, output) == [#"{"id":1}"#, #"{"id":2}"#])
            try first.writer.endEpoch(2)
            try first.participant.prepare(epoch: 2)
            try first.participant.commit(record(input, epoch: 2, offset: 6))
            try write(first.writer, [4])
            close(first)
            let second = try open(cluster, input: input, output: output, instance: "2")
            #expect(
                second.found
                    == .committed(
                        CommittedEpoch(
                            lineage: "lineage", epoch: 2, manifestDigestPrefix: "0123456789abcdef",
                            offsets: [SplitID(topic: input, partition: 0): 6])))
            #expect(try values(cluster, output) == [#"{"id":1}"#, #"{"id":2}"#, #"{"id":3}"#])
            close(second)
        }
    }

    @Test func abortedEpochsLeaveNothing() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let job = try open(cluster, input: input, output: output, instance: "1")
            try write(job.writer, [1])
            try job.writer.endEpoch(1)
            try job.participant.prepare(epoch: 1)
            job.participant.abort()
            #expect(try job.participant.fence(cluster.environment().job) == .empty)
            try write(job.writer, [2])
            try job.writer.endEpoch(1)
            try job.participant.prepare(epoch: 1)
            try job.participant.commit(record(input, epoch: 1, offset: 1))
            #expect(try values(cluster, output) == [#"{"id":2}"#])
            close(job)
        }
    }

    @Test func anOlderInstanceCannotCommit() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let old = try open(cluster, input: input, output: output, instance: "1")
            try write(old.writer, [1])
            try old.writer.endEpoch(1)
            try old.participant.prepare(epoch: 1)
            let new = try open(cluster, input: input, output: output, instance: "2")
            #expect(new.found == .empty)
            let failure = #expect(throws: CommitFailure.self) {
                try old.participant.commit(record(input, epoch: 1, offset: 1))
            }
            guard case .fenced = failure else {
                Issue.record("the older instance's commit ended as \(String(describing: failure))")
                return
            }
            #expect(try values(cluster, output) == [])
            old.participant.abort()
            close(old)
            try write(new.writer, [2])
            try new.writer.endEpoch(1)
            try new.participant.prepare(epoch: 1)
            try new.participant.commit(record(input, epoch: 1, offset: 1))
            #expect(try values(cluster, output) == [#"{"id":2}"#])
            close(new)
        }
    }

    @Test func offsetsThatSomebodyElseCommittedAreForeign() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let id = cluster.name("job")
            let producer = try cluster.producer(transactionalID: cluster.name("other"))
            try producer.initTransactions(timeoutMilliseconds: 20_000)
            let member = try KafkaGroupMember(
                properties: cluster.properties.member(group: id, instanceID: "\(id)-0"), topics: [input],
                timeoutMilliseconds: 30_000, events: .ignored)
            try producer.beginTransaction()
            try producer.sendOffsets(
                [KafkaPosition(topic: input, partition: 0, offset: 3)], member: member, timeoutMilliseconds: 20_000)
            try producer.commitTransaction()
            member.stop()
            let job = try open(cluster, input: input, output: output, instance: "1")
            guard case .foreign = job.found else {
                Issue.record("found \(job.found)")
                return
            }
            close(job)
        }
    }

    @Test func aJobThatReadsNothingFromTheClusterKeepsItsRecordBesideItsOutput() async throws {
        try await TestCluster.run { cluster in
            let output = try cluster.createTopic("out")
            let environment = cluster.environment()
            let to = table("output", [column("id", .bigint)], ["topic": output, "format": "json"])
            let sink = try cluster.connector.makeSink(
                SinkSpec(table: to, fields: to.fields, changelog: .appendOnly), environment)
            try sink.start()
            let participant = try #require(sink.participant)
            #expect(try participant.fence(environment.job) == .empty)
            let writer = try sink.makeWriter(subtask: 0) {}
            try write(writer, [1])
            try writer.endEpoch(1)
            try participant.prepare(epoch: 1)
            try participant.commit(
                EpochRecord(lineage: "lineage", epoch: 1, manifestDigest: digest, splits: []))
            guard case .committed(let committed) = try participant.fence(environment.job) else {
                Issue.record("nothing was committed")
                return
            }
            #expect(committed.epoch == 1 && committed.offsets == [:])
            writer.close()
            participant.close()
        }
    }

    @Test func aTransactionThatTookTooLongIsNotMistakenForANewerInstance() async throws {
        try await TestCluster.run { cluster in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            let job = try open(
                cluster, input: input, output: output, instance: "1", ["properties.transaction.timeout.ms": "2000"])
            try write(job.writer, [1])
            try job.writer.endEpoch(1)
            try job.participant.prepare(epoch: 1)
            // The end moves behind the row when the broker has aborted the transaction.
            let admin = try cluster.admin()
            let place = [KafkaPosition(topic: output, partition: 0, offset: 0)]
            while try admin.offsets(place, .latest, timeoutMilliseconds: 10_000)[0].offset < 2 {
                admin.poll(timeoutMilliseconds: 50)
            }
            let failure = #expect(throws: CommitFailure.self) {
                try job.participant.commit(record(input, epoch: 1, offset: 1))
            }
            if case .fenced = failure { Issue.record("taken for another instance") }
            #expect(try values(cluster, output) == [])
            job.participant.abort()
            #expect(try job.participant.fence(cluster.environment().job) == .empty)
            close(job)
        }
    }

    @Test func aSecondClusterWithExactlyOnceSinksIsRefused() async throws {
        try await TestCluster.run { cluster in
            let environment = cluster.environment()
            let fields = [column("id", .bigint)]
            func sink(_ more: [String: String]) throws -> any Sink {
                let definition = table("output", fields, ["topic": "out", "format": "json"].merging(more) { $1 })
                return try cluster.connector.makeSink(
                    SinkSpec(table: definition, fields: fields, changelog: .appendOnly), environment)
            }
            let first = try sink([:])
            let error = #expect(throws: DataflowError.self) {
                _ = try sink(["properties.bootstrap.servers": "127.0.0.1:1"])
            }
            #expect(error?.code == .invalidConfiguration)
            first.participant?.close()
        }
    }
}
