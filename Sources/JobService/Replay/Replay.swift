internal import Columnar
internal import Dataflow
internal import Execution
internal import Foundation
internal import Logging
internal import PostgresConnector
internal import SQL
internal import StateBackends

/// `millrace replay`: what a pipeline, perhaps a changed one, makes of the past, held against what the running job made of it.
package struct Replay {
    /// Where a replay starts and ends, and what is shown of it.
    package struct Options: Sendable {
        /// Nil: from nothing.
        package var from: Int64?
        /// Nil: what is committed now.
        package var until: Int64?
        /// By table: the columns that rows without a primary key are paired by.
        package var keys: [String] = []
        package var exampleCount = 10
        /// Compare with the sinks.
        package var comparesSinks = true
        /// Where the replayed rows go as JSON lines.
        package var outputPath: String?
        /// A condition on the epochs, in place of the replayed range.
        package init() {}
    }

    let pipeline: Pipeline
    let configuration: ServiceConfiguration
    let repository: CheckpointRepository
    private let log: @Sendable (Dataflow.LogEvent) -> Void

    package init(_ pipeline: Pipeline, configuration: ServiceConfiguration) throws(JobServiceError) {
        self.pipeline = pipeline
        self.configuration = configuration
        repository = try CheckpointLocation.repository(
            uri: pipeline.job.settings.checkpointURL ?? configuration.checkpointURI, job: pipeline.name)
        // Reports are what is asked for: only trouble is logged beside them.
        let level = max(Logger.Level(rawValue: configuration.logLevel) ?? .info, .warning)
        let format = configuration.logFormat
        let output = LogOutput(format: format)
        output.hide(pipeline.secrets)
        let logger = Logger(output, level: SharedLogLevel(level))
        log = { [logger] event in logger.log(event) }
    }

    package func run(_ options: Options) throws -> ReplayReport {
        let began = Date()
        let reading = SinkReading(pipeline, log: log)
        let start = try options.from.map { try checkpoint($0) }
        let point = try reading.point(splits: kafkaSplits(), configuration)
        let end = try options.until.map { try checkpoint($0) } ?? committed(point)
        if let start, start.epoch > end.epoch {
            throw JobServiceError(.invalidInput, "checkpoint \(start.epoch) comes after checkpoint \(end.epoch)")
        }
        let folder = FileManager.default.temporaryDirectory.path + "/millrace-replay-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var spools: [String: (key: [String], spool: RowSpool)] = [:]
        var sinks:
            [(sink: CommittedPoint.Sink, old: RowSpool, new: RowSpool, key: [String], scope: SpoolComparison.Scope)] =
                []
        // The sinks first: their contents and the checkpoint belong to one moment.
        for (number, sink) in point.sinks.enumerated() {
            let key = pairing(sink, options.keys)
            let new = try RowSpool(directory: "\(folder)/new\(number)")
            let old = try RowSpool(directory: "\(folder)/old\(number)")
            let markers = try sink.database.flatMap { try history($0, sink) }
            if options.comparesSinks {
                _ = try reading.read(sink, key: key, ages: markers.map(EpochAges.init), into: old)
            }
            spools[sink.uid] = (key, new)
            sinks.append((sink, old, new, key, scope(markers, start: start, end: end)))
        }
        try ReplayRun(pipeline: pipeline, repository: repository, configuration: configuration, log: log)
            .run(from: start, to: end, spools: spools)
        var report = ReplayReport(
            job: pipeline.name, from: start?.epoch, until: end.epoch, lineage: end.lineage, sinks: [],
            notes: notes(reading, start: start, end: end, point), seconds: 0)
        for (sink, old, new, key, scope) in sinks where options.comparesSinks {
            let comparison = SpoolComparison(
                old: old, new: new, isUpsert: sink.isUpsert, scope: scope, exampleLimit: options.exampleCount)
            var result = try comparison.run(table: sink.name, key: sink.isUpsert || !options.keys.isEmpty ? key : [])
            result.notes += Self.notes(sink, scope)
            report.sinks.append(result)
        }
        if let path = options.outputPath { try write(sinks.map { ($0.sink.name, $0.new) }, to: path) }
        report.seconds = Date().timeIntervalSince(began)
        return report
    }

    // MARK: Checkpoints

    private func checkpoint(_ epoch: Int64) throws -> CheckpointManifest {
        let summaries = try repository.summaries()
        let found = summaries.filter { $0.epoch == epoch }
        guard let summary = found.last(where: \.isAcknowledged) ?? found.last else {
            let known = summaries.map { String($0.epoch) }.joined(separator: ", ")
            throw JobServiceError(
                .invalidInput,
                "there is no checkpoint \(epoch) in \(repository.store.location)"
                    + (known.isEmpty ? "" : "; kept are \(known)"))
        }
        return try repository.manifest(named: summary.name).manifest
    }

    /// The checkpoint that the systems name; the newest committed one where they name none.
    private func committed(_ point: CommittedPoint) throws -> CheckpointManifest {
        let summaries = try repository.summaries()
        if let (lineage, epoch) = point.lineageAndEpoch {
            let found = summaries.filter { $0.lineage == lineage && $0.epoch == epoch }
            guard let summary = found.last(where: \.isAcknowledged) ?? found.last else {
                throw JobServiceError(
                    .refused,
                    "the sinks have committed checkpoint \(epoch), which is not kept in \(repository.store.location); "
                        + "keep more of them (MILLRACE_CHECKPOINT_RETAINED), or name one: --until N")
            }
            return try repository.manifest(named: summary.name).manifest
        }
        guard let newest = summaries.last(where: \.isAcknowledged) else {
            throw JobServiceError(
                .invalidInput, "there is no committed checkpoint in \(repository.store.location): nothing to replay")
        }
        return try repository.manifest(named: newest.name).manifest
    }

    /// The partitions whose offsets the job commits to Kafka.
    private func kafkaSplits() throws -> [SplitID] {
        guard let newest = try repository.summaries().last else { return [] }
        return KafkaSplits.of(try repository.manifest(named: newest.name).manifest, pipeline)
    }

    // MARK: Rows

    private func pairing(_ sink: CommittedPoint.Sink, _ keys: [String]) -> [String] {
        if sink.isUpsert { return sink.spec.table.primaryKey }
        return keys.filter { key in sink.spec.schema.fields.contains { $0.name == key } }
    }

    private func history(_ database: DatabaseInspector, _ sink: CommittedPoint.Sink) throws -> [EpochMarker]? {
        let tasks = try database.bookkeeping(job: pipeline.name).map(\.task)
        guard let task = tasks.first, let markers = try database.markers(job: pipeline.name, task: task) else {
            return nil
        }
        return markers.isEmpty ? nil : markers
    }

    private func scope(
        _ markers: [EpochMarker]?, start: CheckpointManifest?, end: CheckpointManifest
    ) -> SpoolComparison.Scope {
        func number(_ manifest: CheckpointManifest) -> Int64? {
            markers?.last { $0.lineage == manifest.lineage && $0.epoch == manifest.epoch }?.number
        }
        var scope = SpoolComparison.Scope(isWhole: start == nil, markers: nil)
        guard let markers, let last = number(end) else { return scope }
        let first: Int64?
        if let start { first = number(start).map { $0 + 1 } } else { first = 0 }
        if let first { scope.markers = first...max(first, last) }
        scope.epochs = Dictionary(markers.map { ($0.number, $0.epoch) }, uniquingKeysWith: { $1 })
        return scope
    }

    private static func notes(_ sink: CommittedPoint.Sink, _ scope: SpoolComparison.Scope) -> [String] {
        guard !scope.isWhole, scope.markers == nil else { return [] }
        return [
            "which rows of \(sink.name) belong to the range is not known (\(sink.database == nil ? "a topic" : "no epoch markers")): "
                + "rows that are only in old cannot be told"
        ]
    }

    private func notes(
        _ reading: SinkReading, start: CheckpointManifest?, end: CheckpointManifest, _ point: CommittedPoint
    ) -> [String] {
        var notes: [String] = []
        let others = reading.specs.others
        if !others.isEmpty { notes.append("not compared, because nothing is kept: \(others.joined(separator: ", "))") }
        if let start, start.lineage != end.lineage {
            notes.append(
                "checkpoints \(start.epoch) and \(end.epoch) belong to different lineages: the job was started by hand "
                    + "in between, and rows may be in the sinks twice")
        }
        if pipeline.job.tables.contains(where: { $0.role == .lookup }) {
            notes.append("lookups ask the database as it is now, not as it was")
        }
        return notes
    }

    private func write(_ sinks: [(name: String, rows: RowSpool)], to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw JobServiceError(.invalidInput, "cannot write \(path)")
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        for (name, rows) in sinks {
            for part in 0..<RowSpool.partCount {
                var text = ""
                for row in try rows.rows(part: part) {
                    let kind = row.isDelete ? "delete" : "row"
                    let body = row.isDelete ? row.key : row.row
                    text +=
                        "{\"table\":\(JSONName.quoted(name)),\"kind\":\"\(kind)\",\"due\":\(!row.isFlushed),\"row\":\(body)}\n"
                }
                try file.write(contentsOf: Data(text.utf8))
            }
        }
    }
}

/// Names in JSON lines.
enum JSONName {
    static func quoted(_ text: String) -> String {
        guard let data = try? JSONEncoder().encode(text) else { return "\"\"" }
        return String(decoding: data, as: UTF8.self)
    }
}

/// Which partitions a job commits to Kafka.
enum KafkaSplits {
    static func of(_ manifest: CheckpointManifest, _ pipeline: Pipeline) -> [SplitID] {
        var splits: Set<SplitID> = []
        for vertex in pipeline.job.graph.vertices {
            guard case .source(let spec, _, _) = vertex.role,
                ["kafka", "upsert-kafka"].contains(spec.table.options["connector"])
            else { continue }
            splits.formUnion((manifest.sources[vertex.uid] ?? []).map(\.id))
        }
        return splits.sorted()
    }
}
