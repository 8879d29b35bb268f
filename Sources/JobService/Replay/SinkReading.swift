internal import Columnar
internal import Dataflow
internal import Execution
internal import Foundation
internal import KafkaConnector
internal import PostgresConnector
internal import SQL
internal import Synchronization

/// Reads back what a job's sinks hold, without disturbing the job.
struct SinkReading {
    let pipeline: Pipeline
    let environment: ConnectorEnvironment

    init(_ pipeline: Pipeline, log: @escaping @Sendable (Dataflow.LogEvent) -> Void) {
        self.pipeline = pipeline
        environment = ConnectorEnvironment(
            job: JobIdentity(name: pipeline.name, instance: "reader-\(UUID().uuidString.lowercased())"), clock: .system,
            checkpointIntervalMilliseconds: 1000, log: log)
    }

    /// The sinks that can be read back, and the names of those that cannot.
    var specs: (readable: [(uid: String, spec: SinkSpec)], others: [String]) {
        var readable: [(uid: String, spec: SinkSpec)] = []
        var others: [String] = []
        for vertex in pipeline.job.graph.vertices {
            guard case .sink(let spec) = vertex.role else { continue }
            switch spec.table.options["connector"] {
            case "kafka", "upsert-kafka", "postgres", "jdbc": readable.append((vertex.uid, spec))
            default: others.append(spec.table.name)
            }
        }
        return (readable, others)
    }

    /// The partitions that the job's sources read on Kafka, with the table whose options reach the cluster.
    private var kafkaSinkTable: TableDefinition? {
        specs.readable.map(\.spec.table).first { table in
            ["kafka", "upsert-kafka"].contains(table.options["connector"])
                && table.options["sink.delivery-guarantee"] ?? "exactly-once" == "exactly-once"
        }
    }

    /// Whether a Kafka transaction decides the job's epochs.
    var decidesInKafka: Bool { kafkaSinkTable != nil }

    /// The epoch markers of the first database that has any.
    func markers() throws -> [EpochMarker] {
        for (_, spec) in specs.readable where ["postgres", "jdbc"].contains(spec.table.options["connector"]) {
            let database = try DatabaseInspector(spec.table)
            for record in try database.bookkeeping(job: pipeline.name) {
                if let markers = try database.markers(job: pipeline.name, task: record.task), !markers.isEmpty {
                    return markers
                }
            }
        }
        return []
    }

    /// Client properties for a table's cluster.
    func properties(_ table: TableDefinition, _ configuration: ServiceConfiguration) -> [String: String] {
        var properties = configuration.kafkaProperties
        for (name, value) in table.options where name.hasPrefix("properties.") {
            properties[String(name.dropFirst("properties.".count))] = value
        }
        properties["group.id"] = nil
        return properties
    }

    /// Looks at all sinks at a moment at which no epoch is being committed.
    ///
    /// - Parameter splits: the partitions whose offsets the job commits.
    /// - Throws: `DataflowError`; `JobServiceError(.unavailable)` where the job commits so often that no such moment is found.
    func point(splits: [SplitID], _ configuration: ServiceConfiguration) throws -> CommittedPoint {
        for attempt in 1...60 {
            let before = try group(splits, configuration)
            // Transactions of other partitions become visible a little after the offsets.
            if before.state != .empty { wait(milliseconds: 60) }
            var point = try look()
            let after = try group(splits, configuration)
            point.groupOffsets = after.offsets
            switch after.state {
            case .committed(let committed): point.group = committed
            case .foreign(let found): point.foreignGroup = found
            case .empty: break
            }
            if before.state == after.state && (point.isAgreed || attempt == 60) { return point }
            wait(milliseconds: 10 * (attempt % 7))
        }
        throw JobServiceError(
            .unavailable,
            "no moment was found at which all sinks stand at one checkpoint: try again while the job is quiet")
    }

    private func group(_ splits: [SplitID], _ configuration: ServiceConfiguration) throws -> TopicInspector.Committed {
        guard let table = kafkaSinkTable, !splits.isEmpty else {
            return TopicInspector.Committed(state: .empty, offsets: [:])
        }
        return try TopicInspector(properties: properties(table, configuration)).committed(group: pipeline.name, splits)
    }

    private func look() throws -> CommittedPoint {
        var point = CommittedPoint(sinks: [], records: [], group: nil)
        var databases: [String: DatabaseInspector] = [:]
        for (uid, spec) in specs.readable {
            var sink = CommittedPoint.Sink(spec: spec, uid: uid)
            if ["postgres", "jdbc"].contains(sink.connector) {
                let url = spec.table.options["url"] ?? ""
                let known = databases[url]
                let database = try known ?? DatabaseInspector(spec.table)
                if known == nil { point.records += try database.bookkeeping(job: pipeline.name) }
                databases[url] = database
                sink.database = database
            } else {
                let source = try topicSource(spec)
                sink.splits = try source.start(restored: [])
                sink.topic = source
            }
            point.sinks.append(sink)
        }
        return point
    }

    /// A sink's topic, read from its start to its end.
    private func topicSource(_ spec: SinkSpec) throws -> any Source {
        guard let connector = pipeline.catalog.connectors[spec.table.options["connector"] ?? ""] else {
            throw DataflowError(.internal, "no connector for the table \(spec.table.name)")
        }
        var table = spec.table
        if table.options["connector"] == "kafka" { table.options["scan.startup.mode"] = "earliest-offset" }
        table.options["scan.bounded.mode"] = "latest-offset"
        table.options["scan.on-error"] = "skip"
        return try connector.makeSource(SourceSpec(table: table, fields: spec.fields), environment)
    }

    // MARK: Contents

    /// Reads the rows of a sink into a spool.
    ///
    /// - Parameters:
    ///   - key: the columns that rows are paired by.
    ///   - ages: tells rows' epochs; nil where there are no markers.
    /// - Returns: rows read by topic-partition; empty for a table.
    func read(
        _ sink: CommittedPoint.Sink, key: [String], ages: EpochAges?, into spool: RowSpool
    ) throws -> [SplitID: Int] {
        let images = try RowImages(schema: sink.spec.schema, key: key)
        if let database = sink.database {
            try database.read(sink.spec) { batch, rowAges in
                try images.forEach(batch) { row, image in
                    let marker = ages?.marker(age: rowAges[row])?.number ?? 0
                    try spool.append(RowSpool.Row(key: image.key, row: image.row, marker: marker))
                }
            }
            return [:]
        }
        guard let topic = sink.topic else { return [:] }
        defer { topic.stop() }
        return try Self.read(topic, sink.splits) { batch in
            try images.forEach(batch) { _, image in
                let isDelete = image.kind == .delete
                try spool.append(RowSpool.Row(key: image.key, row: isDelete ? "" : image.row, isDelete: isDelete))
            }
        }
    }

    /// Reads a source that ends, split by split, on this thread.
    ///
    /// - Returns: rows by split.
    static func read(
        _ source: any Source, _ states: [SplitState], _ body: (RecordBatch) throws -> Void
    ) throws -> [SplitID: Int] {
        let news = NSCondition()
        let reader = try source.makeReader(splits: states) { news.broadcast() }
        defer { reader.close() }
        var counts: [SplitID: Int] = [:]
        var open = Set(reader.splits.indices)
        while !open.isEmpty {
            var hasRead = false
            for index in open.sorted() {
                let read = try reader.read(split: index, maximumRowCount: RecordBatch.preferredRowCount)
                if let batch = read.batch {
                    counts[reader.splits[index], default: 0] += batch.selectedCount
                    try body(batch)
                }
                hasRead = hasRead || read.batch != nil || read.status == .more
                if read.status == .finished { open.remove(index) }
            }
            if !hasRead && !open.isEmpty {
                news.lock()
                _ = news.wait(until: Date(timeIntervalSinceNow: 0.02))
                news.unlock()
            }
        }
        return counts
    }

    private func wait(milliseconds: Int) {
        Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
    }
}
