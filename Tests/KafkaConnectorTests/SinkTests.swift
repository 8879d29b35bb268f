import Columnar
import Dataflow
import Testing

@testable import KafkaConnector

@Suite(.timeLimit(.minutes(3)))
struct SinkTests {
    static let fields = [column("id", .bigint, nullable: false), column("name", .string)]
    static let schema = Schema(fields.map(\.field))

    private func sink(
        _ cluster: TestCluster, _ definition: TableDefinition, instance: String = "i",
        changelog: ChangelogMode = .appendOnly
    ) throws -> any Sink {
        let sink = try cluster.connector.makeSink(
            SinkSpec(table: definition, fields: definition.fields, changelog: changelog),
            cluster.environment(instance: cluster.name(instance)))
        try sink.start()
        return sink
    }

    private func appendTable(_ topic: String, _ more: [String: String] = [:]) -> TableDefinition {
        table("films", Self.fields, ["topic": topic, "format": "json"].merging(more) { $1 })
    }

    @Test func rowsWithoutTransactionAreDeliveredWhenFlushed() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("plain")
            let sink = try sink(cluster, appendTable(topic, ["sink.delivery-guarantee": "at-least-once"]))
            defer { sink.stop() }
            #expect(sink.participant == nil)
            let writer = try sink.makeWriter(subtask: 0) {}
            defer { writer.close() }
            for number in 0..<50 { try writer.write(batch(Self.schema, [[number, "n"]])) }
            try writer.flush()
            let found = try cluster.read(topic)[0]
            #expect(found == (0..<50).map { TestRecord(nil, #"{"id":\#($0),"name":"n"}"#) })
        }
    }

    @Test func theTopicIsMadeWhenItIsMissing() async throws {
        try await TestCluster.run { cluster in
            let topic = cluster.name("made")
            let sink = try sink(cluster, appendTable(topic, ["sink.delivery-guarantee": "at-least-once"]))
            sink.stop()
            #expect(try cluster.admin().partitionCount(topic, timeoutMilliseconds: 20_000) > 0)
        }
    }

    @Test func deletesBecomeTombstones() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("upserts")
            let definition = table(
                "upserts", connector: "upsert-kafka", Self.fields, key: ["id"],
                [
                    "topic": topic, "key.format": "json", "value.format": "json",
                    "sink.delivery-guarantee": "at-least-once",
                ])
            let sink = try sink(cluster, definition, changelog: .upsert)
            defer { sink.stop() }
            let writer = try sink.makeWriter(subtask: 0) {}
            defer { writer.close() }
            try writer.write(
                batch(Self.schema, [[1, "a"], [2, "b"], [1, nil]], kinds: [.insert, .updateAfter, .delete]))
            try writer.flush()
            #expect(
                try cluster.read(topic)[0] == [
                    TestRecord(#"{"id":1}"#, #"{"id":1,"name":"a"}"#),
                    TestRecord(#"{"id":2}"#, #"{"id":2,"name":"b"}"#),
                    TestRecord(#"{"id":1}"#, nil),
                ])
        }
    }

    @Test func timestampsCanBeWritten() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("dated")
            let fields = [column("text", .string), metadata("timestamp", .timestampLTZ(precision: 3), as: "at")]
            let definition = table(
                "dated", fields, ["topic": topic, "format": "raw", "sink.delivery-guarantee": "at-least-once"])
            let sink = try sink(cluster, definition)
            defer { sink.stop() }
            let writer = try sink.makeWriter(subtask: 0) {}
            defer { writer.close() }
            try writer.write(batch(Schema(fields.map(\.field)), [["a", 1_600_000_000_123_000]]))
            try writer.flush()
            let source = try cluster.connector.makeSource(
                SourceSpec(table: definition, fields: fields), cluster.environment())
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: [])) {}
            defer { reader.close() }
            #expect(try readRows(reader) { statuses, _ in statuses == [.atEnd] }.rows == ["a 1600000000123000"])
        }
    }

    @Test func aRowThatIsTooLargeIsRefusedBeforeItIsSent() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("small", configs: [.init("max.message.bytes", "2000")])
            let sink = try sink(cluster, appendTable(topic, ["sink.delivery-guarantee": "at-least-once"]))
            defer { sink.stop() }
            let writer = try sink.makeWriter(subtask: 0) {}
            defer { writer.close() }
            try writer.write(batch(Self.schema, [[1, String(repeating: "x", count: 900)]]))
            let error = #expect(throws: DataflowError.self) {
                try writer.write(batch(Self.schema, [[1, String(repeating: "x", count: 3000)]]))
                try writer.nudge()
            }
            #expect(error?.code == .invalidData)
        }
    }

    @Test func smallBatchesAreSentWhenTheWorkerIsIdle() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("small")
            let sink = try sink(cluster, appendTable(topic, ["sink.delivery-guarantee": "at-least-once"]))
            defer { sink.stop() }
            let writer = try sink.makeWriter(subtask: 0) {}
            defer { writer.close() }
            for number in 0..<10 { try writer.write(batch(Self.schema, [[number, "n"]])) }
            try writer.nudge()
            var found: [TestRecord] = []
            while found.count < 10 { found = try cluster.read(topic)[0] }
            #expect(found.map(\.value) == (0..<10).map { #"{"id":\#($0),"name":"n"}"# })
        }
    }
}
