import Columnar
import Dataflow
import Synchronization
import Testing

@testable import KafkaConnector

/// The holes that the protocol's design lists, as far as a Kafka source can fall into them: topics that are deleted, made anew, cut
/// off or widened under a job, and options that say too little.
@Suite(.timeLimit(.minutes(3)))
struct SourceHolesTests {
    static let fields = [column("id", .bigint), column("name", .string)]

    /// What a source logs.
    private final class Events: Sendable {
        private let events = Mutex<[LogEvent]>([])

        var all: [LogEvent] { events.withLock { $0 } }

        func add(_ event: LogEvent) { events.withLock { $0.append(event) } }
    }

    private struct Opened {
        let source: any Source
        let events: Events
    }

    private func open(
        _ cluster: TestCluster, _ topic: String, _ more: [String: String] = [:], isUpsert: Bool = false
    ) throws -> Opened {
        let events = Events()
        var environment = cluster.environment()
        environment.log = { events.add($0) }
        var all = ["topic": topic, "format": "json"]
        if isUpsert { all = ["topic": topic, "key.format": "json", "value.format": "json"] }
        let definition = table(
            "t", connector: isUpsert ? "upsert-kafka" : "kafka",
            isUpsert ? [column("id", .bigint, nullable: false), column("name", .string)] : Self.fields,
            key: isUpsert ? ["id"] : [], all.merging(more) { $1 })
        let source = try cluster.connector.makeSource(
            SourceSpec(table: definition, fields: definition.fields), environment)
        return Opened(source: source, events: events)
    }

    private func json(_ ids: Range<Int>, _ name: String = "n") -> [TestRecord] {
        ids.map { TestRecord(#"{"id": \#($0)}"#, #"{"id": \#($0), "name": "\#(name)\#($0)"}"#) }
    }

    /// Reads everything and returns the positions.
    private func readAll(_ source: any Source) throws -> [SplitState] {
        let reader = try source.makeReader(splits: try source.start(restored: [])) {}
        defer { reader.close() }
        _ = try readRows(reader) { statuses, _ in statuses.allSatisfy { $0 == .atEnd } }
        return reader.splits.indices.map { reader.state(split: $0) }
    }

    private func recreate(_ cluster: TestCluster, _ name: String, partitions: Int) throws {
        let surgery = try TopicSurgery(cluster)
        try surgery.delete(cluster.name(name))
        let admin = try cluster.admin()
        while try admin.topics(timeoutMilliseconds: 10_000)[cluster.name(name)] != nil {
            admin.poll(timeoutMilliseconds: 20)
        }
        try cluster.createTopic(name, partitions: partitions)
    }

    private func expectRefusal(
        _ words: String, _ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: DataflowError.self, sourceLocation: location) { try passingTrouble(body) }
        #expect(error?.code == .refused, "\(String(describing: error))", sourceLocation: location)
        #expect(error?.message.contains(words) == true, "\(String(describing: error))", sourceLocation: location)
        #expect(error?.message.contains("--from-checkpoint") == true, sourceLocation: location)
    }

    /// A client that knew a topic before it was made anew asks its old leaders first, and hears that it should ask again.
    private func passingTrouble(_ body: () throws -> Void) throws {
        let deadline = monotonicNanoseconds() + 20_000_000_000
        while true {
            do {
                return try body()
            } catch let error as DataflowError where error.code == .unavailable {
                guard monotonicNanoseconds() < deadline else { throw error }
            }
        }
    }

    // MARK: topic deleted / recreated

    @Test func topicDeleted() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("deleted")
            try cluster.produce(json(0..<3), to: topic)
            let opened = try open(cluster, topic)
            defer { opened.source.stop() }
            let states = try readAll(opened.source)
            opened.source.stop()
            try TopicSurgery(cluster).delete(topic)
            let admin = try cluster.admin()
            while try admin.topics(timeoutMilliseconds: 10_000)[topic] != nil { admin.poll(timeoutMilliseconds: 20) }
            expectRefusal("does not exist any more") { _ = try open(cluster, topic).source.start(restored: states) }
        }
    }

    @Test func topicRecreatedWithAsManyRecords() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("recreated")
            try cluster.produce(json(0..<5), to: topic)
            let opened = try open(cluster, topic)
            let states = try readAll(opened.source)
            opened.source.stop()
            try recreate(cluster, "recreated", partitions: 1)
            try cluster.produce(json(0..<9, "other"), to: topic)
            let source = try open(cluster, topic).source
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: states)) {}
            defer { reader.close() }
            expectRefusal("made anew") { _ = try readRows(reader) { _, count in count > 0 } }
        }
    }

    @Test func topicRecreatedShorter() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("shorter")
            try cluster.produce(json(0..<5), to: topic)
            let opened = try open(cluster, topic)
            let states = try readAll(opened.source)
            opened.source.stop()
            try recreate(cluster, "shorter", partitions: 1)
            try cluster.produce(json(0..<2), to: topic)
            // Nor does the policy for lost records let it pass: what was read is not in this log.
            for policy in ["fail", "earliest"] {
                let source = try open(cluster, topic, ["scan.on-data-loss": policy]).source
                defer { source.stop() }
                expectRefusal("the partition ends at 2") { _ = try source.start(restored: states) }
            }
        }
    }

    @Test func topicRecreatedWithFewerPartitions() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("narrow", partitions: 3)
            let opened = try open(cluster, topic)
            let states = try readAll(opened.source)
            opened.source.stop()
            try recreate(cluster, "narrow", partitions: 2)
            let source = try open(cluster, topic).source
            defer { source.stop() }
            expectRefusal("fewer partitions") { _ = try source.start(restored: states) }
        }
    }

    // MARK: truncation

    @Test func truncationAtRunTime() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("truncated")
            try cluster.produce(json(0..<50), to: topic)
            let opened = try open(cluster, topic)
            let source = opened.source
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: [])) {}
            _ = try readRows(reader) { statuses, count in statuses == [.atEnd] && count >= 0 }
            let state = reader.state(split: 0)
            #expect(state.nextOffset == 50)
            try recreate(cluster, "truncated", partitions: 1)
            try cluster.produce(json(0..<3), to: topic)
            // Nothing of the new log is taken for the old one's continuation; the job stops, at once or at its next start.
            let error = #expect(throws: DataflowError.self) {
                _ = try readRows(reader) { _, count in count > 0 }
            }
            #expect([.refused, .unavailable].contains(error?.code), "\(String(describing: error))")
            #expect(reader.state(split: 0).nextOffset == 50)
            reader.close()
            expectRefusal("the partition ends at 3") { _ = try source.start(restored: [state]) }
        }
    }

    // MARK: retention ran past us

    @Test func retentionRanPastUs() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("retained")
            try cluster.produce(json(0..<10), to: topic)
            var state = SplitState(id: SplitID(topic: topic, partition: 0), nextOffset: 2)
            try TopicSurgery(cluster).deleteRecords(of: topic, before: 6)
            let strict = try open(cluster, topic)
            defer { strict.source.stop() }
            expectRefusal("scan.on-data-loss") { _ = try strict.source.start(restored: [state]) }
            let lenient = try open(cluster, topic, ["scan.on-data-loss": "earliest"])
            defer { lenient.source.stop() }
            let splits = try lenient.source.start(restored: [state])
            #expect(splits.map(\.nextOffset) == [6])
            #expect(splits.map(\.lostCount) == [4])
            let told = lenient.events.all.first { $0.fields["lost_offsets"] == "4" }
            #expect(told?.fields["from"] == "2" && told?.fields["to"] == "6")
            let reader = try lenient.source.makeReader(splits: splits) {}
            defer { reader.close() }
            let found = try readRows(reader) { statuses, _ in statuses == [.atEnd] }
            #expect(found.rows == (6..<10).map { "\($0) n\($0)" })
            state = reader.state(split: 0)
            #expect(state.nextOffset == 10 && state.lostCount == 4)
        }
    }

    @Test func retentionRanPastUsAtRunTime() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("outrun")
            try cluster.produce(json(0..<10), to: topic)
            for (policy, code) in [("fail", DataflowError.Code.refused), ("earliest", .unavailable)] {
                let opened = try open(
                    cluster, topic, ["scan.on-data-loss": policy, "scan.startup.mode": "earliest-offset"])
                defer { opened.source.stop() }
                let splits = [SplitState(id: SplitID(topic: topic, partition: 0), nextOffset: 0)]
                _ = try opened.source.start(restored: [])
                try TopicSurgery(cluster).deleteRecords(of: topic, before: 6)
                let reader = try opened.source.makeReader(splits: splits) {}
                defer { reader.close() }
                let error = #expect(throws: DataflowError.self) { _ = try readRows(reader) { _, _ in false } }
                #expect(error?.code == code, "\(String(describing: error))")
                #expect(reader.state(split: 0).nextOffset == 0)
            }
        }
    }

    // MARK: partitions added

    @Test func partitionsAdded() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("widened")
            try cluster.produce(json(0..<3), to: topic)
            let opened = try open(cluster, topic, ["scan.topic-partition-discovery.interval": "100 ms"])
            let source = opened.source
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: [])) {}
            _ = try readRows(reader) { statuses, _ in statuses == [.atEnd] }
            try TopicSurgery(cluster).widen(topic, to: 2)
            let error = #expect(throws: DataflowError.self) { _ = try readRows(reader) { _, _ in false } }
            #expect(error?.isRetriable == true, "\(String(describing: error))")
            #expect(opened.events.all.contains { $0.fields["new"] == "1" })
            let state = reader.state(split: 0)
            reader.close()
            try cluster.produce(json(7..<8), to: topic, partition: 1)
            let splits = try source.start(restored: [state])
            #expect(splits.map(\.nextOffset) == [3, 0])
            let wider = try source.makeReader(splits: splits) {}
            defer { wider.close() }
            #expect(try readRows(wider) { statuses, _ in statuses == [.atEnd, .atEnd] }.rows == ["7 n7"])
        }
    }

    @Test func partitionsAddedToAKeyedTable() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("keyed")
            try cluster.produce(json(0..<3), to: topic)
            let opened = try open(
                cluster, topic, ["scan.topic-partition-discovery.interval": "100 ms"], isUpsert: true)
            defer { opened.source.stop() }
            let reader = try opened.source.makeReader(splits: try opened.source.start(restored: [])) {}
            _ = try readRows(reader) { statuses, _ in statuses == [.atEnd] }
            let state = reader.state(split: 0)
            try TopicSurgery(cluster).widen(topic, to: 2)
            expectRefusal("no order") { _ = try readRows(reader) { _, _ in false } }
            reader.close()
            expectRefusal("no order") { _ = try opened.source.start(restored: [state]) }
            let read = try open(cluster, topic, ["scan.on-new-partitions": "read"], isUpsert: true).source
            defer { read.stop() }
            #expect(try read.start(restored: [state]).map(\.nextOffset) == [3, 0])
        }
    }

    // MARK: options that say too little

    @Test(arguments: [
        [
            "scan.startup.mode": "specific-offsets",
            "scan.startup.specific-offsets": "partition:0,offset:0;partition:7,offset:1",
        ],
        ["scan.bounded.mode": "specific-offsets", "scan.bounded.specific-offsets": "partition:7,offset:1"],
    ])
    func specificOffsetsOfAPartitionThatDoesNotExist(options: [String: String]) async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("specific")
            let opened = try open(cluster, topic, options)
            defer { opened.source.stop() }
            let error = #expect(throws: DataflowError.self) { _ = try opened.source.start(restored: []) }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains("partition 7") == true, "\(String(describing: error))")
        }
    }

    @Test func groupOffsetsAsAnEndThatNobodyCommitted() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("endless")
            try cluster.produce(json(0..<3), to: topic)
            let opened = try open(
                cluster, topic,
                [
                    "scan.startup.mode": "earliest-offset", "scan.bounded.mode": "group-offsets",
                    "properties.group.id": cluster.name("nobody"),
                ])
            defer { opened.source.stop() }
            let error = #expect(throws: DataflowError.self) { _ = try opened.source.start(restored: []) }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains("has committed no offset") == true, "\(String(describing: error))")
        }
    }

    @Test func skippedRecordsAreTold() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("skipped")
            try cluster.produce(
                [TestRecord(nil, "no json"), TestRecord(nil, "none either"), TestRecord(nil, #"{"id": 1}"#)],
                to: topic)
            let opened = try open(cluster, topic, ["scan.on-error": "skip"])
            defer { opened.source.stop() }
            let reader = try opened.source.makeReader(splits: try opened.source.start(restored: [])) {}
            defer { reader.close() }
            let found = try readRows(reader) { statuses, _ in statuses == [.atEnd] }
            #expect(found.skipped == 2)
            let told = opened.events.all.filter { $0.message.contains("left out") }
            #expect(told.count == 1, "one line for the same reason")
            #expect(told.first?.fields["record"]?.contains(topic) == true)
            #expect(told.first?.fields["problem"]?.contains("no json") == false, "no contents in the log")
        }
    }
}
