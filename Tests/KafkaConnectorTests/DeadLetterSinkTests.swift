import Columnar
import Dataflow
import Foundation
import Synchronization
import Testing

@testable import KafkaConnector

/// Dead letters in a topic: what does not fit is cut and says so.
@Suite(.timeLimit(.minutes(3)))
struct DeadLetterSinkTests {
    private static let fields = DeadLetter.schema.fields.map { field in
        column(field.name, field.type, nullable: field.isNullable)
    }

    private func write(
        _ rows: [[Any?]], _ cluster: TestCluster, limit: Int, without dropped: Set<String> = [],
        log: @escaping @Sendable (LogEvent) -> Void = { _ in }
    ) throws -> [[String: Any]] {
        let fields = Self.fields.filter { !dropped.contains($0.name) }
        let topic = try cluster.createTopic("letters", configs: [.init("max.message.bytes", String(limit))])
        let definition = table(
            "letters", fields, ["topic": topic, "format": "json", "sink.delivery-guarantee": "at-least-once"])
        let sink = try cluster.connector.makeSink(
            SinkSpec(table: definition, fields: fields, changelog: .appendOnly, content: .deadLetters),
            cluster.environment(log: log))
        defer { sink.stop() }
        try sink.start()
        let writer = try sink.makeWriter(subtask: 0) {}
        defer { writer.close() }
        let columns = DeadLetter.schema.fields.indices.filter { !dropped.contains(DeadLetter.schema[$0].name) }
        try writer.write(batch(Schema(fields.map(\.field)), rows.map { row in columns.map { row[$0] } }))
        try writer.flush()
        return try cluster.read(topic)[0].map { record in
            let object = try JSONSerialization.jsonObject(with: Data((record.value ?? "").utf8))
            return try #require(object as? [String: Any])
        }
    }

    private func letter(_ offset: Int, value: String, key: String = "k", headers: String? = nil) -> [Any?] {
        [
            "job", "plays", "value.truncated", "it ends early", "plays", 3, offset, 1_000_000, key, value, headers,
            2_000_000,
        ]
    }

    private func bytes(_ letter: [String: Any], _ name: String) -> String {
        (letter[name] as? String).flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private func gap(_ letter: [String: Any], in column: String = "message") -> DeadLetterGap {
        DeadLetterGap.split(letter[column] as? String ?? "").gap
    }

    @Test func onlyWhatDoesNotFitIsCut() async throws {
        try await TestCluster.run { cluster in
            let events = Mutex<[LogEvent]>([])
            let large = String(repeating: "0123456789", count: 1000)
            let found = try write(
                [letter(1, value: "small"), letter(2, value: large), letter(3, value: "after")], cluster, limit: 6000
            ) { event in events.withLock { $0.append(event) } }
            #expect(found.count == 3)
            #expect(bytes(found[0], "raw_value") == "small" && gap(found[0]).isEmpty)
            #expect(bytes(found[2], "raw_value") == "after" && gap(found[2]).isEmpty)
            let cut = try #require(gap(found[1]).cut("raw_value"))
            let kept = bytes(found[1], "raw_value")
            #expect(cut.keptCount == kept.utf8.count && cut.wholeCount == large.utf8.count)
            #expect(large.hasPrefix(kept))
            // Close to what the topic takes, less what is kept free beside key and value.
            #expect(kept.utf8.count > 3600, "\(kept.utf8.count)")
            #expect(bytes(found[1], "raw_key") == "k" && found[1]["offset"] as? Int == 2)
            #expect((found[1]["message"] as? String)?.hasPrefix("it ends early [cut: ") == true)
            #expect(events.withLock { $0 }.contains { $0.message == "dead letters were cut to what their topic takes" })
        }
    }

    @Test func theLargestPartGivesWayFirst() async throws {
        try await TestCluster.run { cluster in
            let headers = #"[{"key":"h","value":""# + String(repeating: "A", count: 5000) + #""}]"#
            let key = String(repeating: "k", count: 4000)
            let found = try write(
                [letter(1, value: "value", key: key, headers: headers)], cluster, limit: 3000)
            #expect(found.count == 1)
            let gap = gap(found[0])
            #expect(gap.cut("headers")?.keptCount == 0 && found[0]["headers"] is NSNull)
            #expect(gap.cut("raw_key")?.wholeCount == 4000 && bytes(found[0], "raw_key").utf8.count > 500)
            #expect(gap.cut("raw_value") == nil && bytes(found[0], "raw_value") == "value")
        }
    }

    @Test func withoutAMessageTheReasonSaysIt() async throws {
        try await TestCluster.run { cluster in
            let value = String(repeating: "v", count: 9000)
            let found = try write([letter(1, value: value)], cluster, limit: 2500, without: ["message"])
            #expect(gap(found[0], in: "reason").cut("raw_value")?.wholeCount == 9000)
        }
    }

    @Test func aTopicThatTakesNoLetterAtAllStopsTheJob() async throws {
        try await TestCluster.run { cluster in
            let error = #expect(throws: DataflowError.self) {
                _ = try write([letter(1, value: "value")], cluster, limit: 600)
            }
            #expect(error?.message.contains("max.message.bytes") == true, "\(String(describing: error))")
        }
    }

    @Test func recordsAreFoundByTheirOffsetsWhereTheyAreStillThere() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("source", partitions: 2)
            try cluster.produce((0..<5000).map { TestRecord("k\($0)", "v\($0)") }, to: topic, partition: 1)
            try TopicSurgery(cluster).deleteRecords(of: topic, partition: 1, before: 100)
            let inspector = try TopicInspector(properties: ["bootstrap.servers": cluster.bootstrapServers])
            let split = SplitID(topic: topic, partition: 1)
            let found = try inspector.records(of: split, at: [99, 100, 101, 900, 4999, 5000])
            #expect(found.map(\.offset) == [100, 101, 900, 4999])
            #expect(found.map { String(decoding: $0.value ?? [], as: UTF8.self) } == ["v100", "v101", "v900", "v4999"])
            #expect(found.map { String(decoding: $0.key ?? [], as: UTF8.self) }.last == "k4999")
            #expect(found.allSatisfy { $0.timestamp != nil && $0.headers == nil })
            #expect(try inspector.records(of: SplitID(topic: topic, partition: 0), at: [0]).isEmpty)
            #expect(try inspector.records(of: SplitID(topic: topic, partition: 9), at: [0]).isEmpty)
            #expect(try inspector.records(of: SplitID(topic: topic + "-none", partition: 0), at: [0]).isEmpty)
        }
    }
}
