import Columnar
import Dataflow
import Foundation
import Testing

@testable import KafkaConnector

@Suite(.timeLimit(.minutes(3)))
struct SourceTests {
    static let fields = [column("id", .bigint), column("name", .string)]

    private func options(_ topic: String, _ more: [String: String] = [:]) -> [String: String] {
        ["topic": topic, "format": "json"].merging(more) { $1 }
    }

    private func source(
        _ cluster: TestCluster, _ definition: TableDefinition, job: String = "job"
    ) throws -> any Source {
        try cluster.connector.makeSource(
            SourceSpec(table: definition, fields: definition.fields), cluster.environment(job: job))
    }

    private func json(_ ids: Range<Int>) -> [TestRecord] {
        ids.map { TestRecord(nil, #"{"id": \#($0), "name": "n\#($0)"}"#) }
    }

    @Test func rowsOfAllPartitionsComeUpToTheEnd() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("films", partitions: 2)
            try cluster.produce(json(0..<1500), to: topic, partition: 0)
            try cluster.produce(json(1500..<1600), to: topic, partition: 1)
            let source = try source(cluster, table("films", Self.fields, options(topic)))
            defer { source.stop() }
            let splits = try source.start(restored: [])
            #expect(splits.map(\.id.partition) == [0, 1])
            let reader = try source.makeReader(splits: splits) {}
            defer { reader.close() }
            #expect(!reader.isCaughtUp(split: 0))
            let found = try readRows(reader) { statuses, _ in statuses.allSatisfy { $0 == .atEnd } }
            #expect(found.rows.sorted() == (0..<1600).map { "\($0) n\($0)" }.sorted())
            #expect(reader.state(split: 0).nextOffset == 1500)
            #expect(reader.isCaughtUp(split: 0) && reader.isCaughtUp(split: 1))
        }
    }

    @Test func aRestoredSourceGoesOnBehindTheLastRecordRead() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("resumed")
            try cluster.produce(json(0..<10), to: topic)
            let definition = table("resumed", Self.fields, options(topic))
            let first = try source(cluster, definition)
            let reader = try first.makeReader(splits: try first.start(restored: [])) {}
            _ = try readRows(reader) { statuses, _ in statuses == [.atEnd] }
            let state = reader.state(split: 0)
            reader.close()
            first.stop()
            try cluster.produce(json(10..<13), to: topic)

            let second = try source(cluster, definition)
            defer { second.stop() }
            let splits = try second.start(restored: [state])
            #expect(splits == [state])
            let resumed = try second.makeReader(splits: splits) {}
            defer { resumed.close() }
            let found = try readRows(resumed) { statuses, _ in statuses == [.atEnd] }
            #expect(found.rows == ["10 n10", "11 n11", "12 n12"])
        }
    }

    @Test func aTopicThatWasMadeAnewIsRefused() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("recreated")
            try cluster.produce(json(0..<5), to: topic)
            let source = try source(cluster, table("recreated", Self.fields, options(topic)))
            defer { source.stop() }
            var state = try source.start(restored: [])[0]
            state.nextOffset = 3
            state.attributes["last"] = Fingerprint("2,1,abc")?.text
            let reader = try source.makeReader(splits: try source.start(restored: [state])) {}
            defer { reader.close() }
            let error = #expect(throws: DataflowError.self) { _ = try readRows(reader) { _, _ in false } }
            #expect(error?.code == .refused)
            state.nextOffset = 77
            let truncated = #expect(throws: DataflowError.self) { _ = try source.start(restored: [state]) }
            #expect(truncated?.code == .refused)
        }
    }

    @Test func aBoundedTableEndsAtTheEndOffsetsOfItsFirstStart() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("bounded", partitions: 2)
            try cluster.produce(json(0..<5), to: topic, partition: 0)
            let definition = table("bounded", Self.fields, options(topic, ["scan.bounded.mode": "latest-offset"]))
            let source = try source(cluster, definition)
            defer { source.stop() }
            let splits = try source.start(restored: [])
            try cluster.produce(json(5..<9), to: topic, partition: 0)
            let reader = try source.makeReader(splits: splits) {}
            defer { reader.close() }
            let found = try readRows(reader) { statuses, _ in statuses == [.finished, .finished] }
            #expect(found.rows == (0..<5).map { "\($0) n\($0)" })
            #expect(reader.state(split: 0).nextOffset == 5)
        }
    }

    @Test func whatIsReadIsCountedInRecordsAndBytes() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("counted")
            try cluster.produce(
                [TestRecord("key", "{\"id\":1}"), TestRecord(nil, "{"), TestRecord(nil, "{}")], to: topic)
            let definition = table("counted", Self.fields, options(topic, ["scan.on-error": "skip"]))
            let source = try source(cluster, definition)
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: [])) {}
            defer { reader.close() }
            var (records, bytes) = (0, 0)
            let deadline = Date(timeIntervalSinceNow: 30)
            while Date() < deadline, records < 3 {
                let read = try reader.read(split: 0, maximumRowCount: 100)
                records += read.recordCount ?? 0
                bytes += read.byteCount
            }
            #expect(records == 3 && bytes == 3 + 8 + 1 + 2)
        }
    }

    @Test func metadataColumnsTellWhereARecordStands() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("placed")
            try cluster.produce([TestRecord("k", "a"), TestRecord("k", "b")], to: topic)
            let definition = table(
                "placed",
                [
                    column("text", .string), metadata("offset", .bigint), metadata("partition", .int),
                    metadata("topic", .string), metadata("timestamp-type", .string), metadata("headers", .string),
                ], ["topic": topic, "format": "raw"])
            let source = try source(cluster, definition)
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: [])) {}
            defer { reader.close() }
            let found = try readRows(reader) { statuses, _ in statuses == [.atEnd] }
            #expect(found.rows == ["a 0 0 \(topic) CreateTime []", "b 1 0 \(topic) CreateTime []"])
        }
    }

    @Test func recordsThatAreNoRowsFollowThePolicy() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("broken")
            try cluster.produce(
                [
                    TestRecord(nil, #"{"id": 1, "name": "a"}"#), TestRecord("key", #"{"id": "#),
                    TestRecord(nil, #"{"id": 2, "name": "b"}"#),
                ], to: topic)
            func read(_ policy: String) throws -> (rows: [String], letters: [String], skipped: Int) {
                let definition = table("broken", Self.fields, options(topic, ["scan.on-error": policy]))
                let source = try source(cluster, definition)
                defer { source.stop() }
                let reader = try source.makeReader(splits: try source.start(restored: [])) {}
                defer { reader.close() }
                return try readRows(reader) { statuses, _ in statuses == [.atEnd] }
            }
            let error = #expect(throws: DataflowError.self) { _ = try read("fail") }
            #expect(error?.code == .invalidData)
            #expect(error?.context.offset == 1)
            let skipped = try read("skip")
            #expect(skipped.rows == ["1 a", "2 b"])
            #expect(skipped.skipped == 1)
            let letters = try read("dead-letter")
            #expect(letters.rows == ["1 a", "2 b"])
            #expect(letters.letters.count == 1)
            #expect(letters.letters[0].contains("value.truncated"))
            #expect(letters.letters[0].contains(#"key {"id":  []"#))
        }
    }

    @Test func aRestrictedSourceStopsAtItsBoundAndPutsRecordsAside() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("restricted", partitions: 1)
            try cluster.produce(json(0..<100), to: topic, partition: 0)
            let definition = table("restricted", Self.fields, options(topic, ["scan.on-error": "dead-letter"]))
            let source = try source(cluster, definition)
            defer { source.stop() }
            let id = SplitID(topic: topic, partition: 0)
            #expect(source.recordPolicy == .deadLetter)
            var states = try source.start(restored: [])
            for (bound, rows) in [(Int64(30), 29), (Int64(50), 20), (Int64(1000), 50)] {
                source.restrict(
                    SourceRestriction(bounds: [id: bound], excluded: [id: [7: "it ends the process"]]))
                let reader = try source.makeReader(splits: states) {}
                let end = min(bound, 100)
                let read = try readRows(reader) { _, _ in reader.state(split: 0).nextOffset == end }
                #expect(read.rows.count == rows)
                #expect(read.letters.count == (bound == 30 ? 1 : 0))
                if bound < 1000 {
                    guard case .waiting = try reader.read(split: 0, maximumRowCount: 10).status else {
                        Issue.record("the split does not wait at \(bound)")
                        return
                    }
                }
                states = [reader.state(split: 0)]
                reader.close()
                source.stop()
                states = try source.start(restored: states)
            }
        }
    }

    @Test func tombstonesDeleteByTheKey() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("movies", configs: [.init("cleanup.policy", "compact")])
            try cluster.produce(
                [
                    TestRecord(#"{"id": 1}"#, #"{"id": 1, "name": "a"}"#),
                    TestRecord(#"{"id": 2}"#, #"{"name": "b"}"#),
                    TestRecord(#"{"id": 1}"#, nil),
                ], to: topic)
            let definition = table(
                "movies", connector: "upsert-kafka", [column("id", .bigint, nullable: false), column("name", .string)],
                key: ["id"], ["topic": topic, "key.format": "json", "value.format": "json"])
            let source = try source(cluster, definition)
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: [])) {}
            defer { reader.close() }
            let found = try readRows(reader) { statuses, _ in statuses == [.atEnd] }
            #expect(found.rows == ["insert 1 a", "insert 2 b", "delete 1 null"])
        }
    }

    @Test func keyColumnsComeFromTheKeyWithTheirPrefixTakenOff() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("prefixed")
            try cluster.produce([TestRecord(#"{"id": 5}"#, #"{"id": 7}"#)], to: topic)
            let definition = table(
                "prefixed", [column("k_id", .bigint), column("id", .bigint)],
                options(
                    topic,
                    [
                        "key.format": "json", "key.fields": "k_id", "key.fields-prefix": "k_",
                        "value.fields-include": "EXCEPT_KEY",
                    ]))
            let source = try source(cluster, definition)
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: [])) {}
            defer { reader.close() }
            #expect(try readRows(reader) { statuses, _ in statuses == [.atEnd] }.rows == ["5 7"])
        }
    }

    @Test(
        arguments: [
            ("earliest-offset", [:], 0), ("latest-offset", [:], 4),
            ("specific-offsets", ["scan.startup.specific-offsets": "partition:0,offset:3"], 3),
            ("timestamp", ["scan.startup.timestamp-millis": "9999999999999"], 4),
            ("group-offsets", ["properties.group.id": "nobody", "properties.auto.offset.reset": "latest"], 4),
        ] as [(String, [String: String], Int64)])
    func startupModesChooseTheFirstOffset(mode: String, more: [String: String], offset: Int64) async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("started")
            try cluster.produce(json(0..<4), to: topic)
            let all = more.merging(["scan.startup.mode": mode]) { $1 }
            let source = try source(cluster, table("started", Self.fields, options(topic, all)))
            defer { source.stop() }
            #expect(try source.start(restored: []).map(\.nextOffset) == [offset])
        }
    }

    @Test func aWorkerIsWokenWhenARecordComes() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("woken")
            let source = try source(cluster, table("woken", Self.fields, options(topic)))
            defer { source.stop() }
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            let reader = try source.makeReader(splits: try source.start(restored: [])) { continuation.yield() }
            defer { reader.close() }
            var wakeUps = stream.makeAsyncIterator()
            while try reader.read(split: 0, maximumRowCount: 10).status != .atEnd { await wakeUps.next() }
            try cluster.produce(json(0..<1), to: topic)
            var rowCount = 0
            while rowCount == 0 {
                await wakeUps.next()
                rowCount += try reader.read(split: 0, maximumRowCount: 10).batch?.rowCount ?? 0
            }
            #expect(rowCount == 1)
        }
    }

    /// The last that a reader was told is no proof: the broker is asked, and says whether there is more.
    @Test func aPartitionIsEmptyWhenItsBrokerSaysSo() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("silent")
            try cluster.produce(json(0..<3), to: topic)
            let source = try source(cluster, table("silent", Self.fields, options(topic)))
            defer { source.stop() }
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            let reader = try source.makeReader(splits: try source.start(restored: [])) { continuation.yield() }
            defer { reader.close() }
            var wakeUps = stream.makeAsyncIterator()
            let split = reader.splits[0]
            while try reader.read(split: 0, maximumRowCount: 10).status != .atEnd { await wakeUps.next() }

            let read = monotonicNanoseconds()
            while reader.lastKnownEmpty(split: 0, wanted: read) ?? 0 < read { await wakeUps.next() }

            try cluster.produce(json(3..<5), to: topic)
            let produced = monotonicNanoseconds()
            while source.endOffsets()[split] != 5 {
                #expect(reader.lastKnownEmpty(split: 0, wanted: produced) ?? 0 < produced)
                await wakeUps.next()
            }
            #expect(reader.lastKnownEmpty(split: 0, wanted: produced) == nil)
            var rowCount = 0
            while rowCount < 2 {
                rowCount += try reader.read(split: 0, maximumRowCount: 10).batch?.rowCount ?? 0
                if rowCount < 2 { await wakeUps.next() }
            }
            while reader.lastKnownEmpty(split: 0, wanted: produced) ?? 0 < produced { await wakeUps.next() }
        }
    }
}
