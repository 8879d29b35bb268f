internal import Columnar
internal import Dataflow
internal import Execution
internal import Foundation
internal import Logging
internal import PostgresConnector
internal import SQL
internal import StateBackends

/// `millrace audit`: proves from what the sinks hold, from the epoch markers and from the committed offsets that no epoch is missing and
/// none was written twice. Writes nothing and disturbs nobody.
package struct Audit {
    let pipeline: Pipeline
    let configuration: ServiceConfiguration
    let repository: CheckpointRepository
    private let reading: SinkReading
    private var findings: [Finding] = []

    package init(_ pipeline: Pipeline, configuration: ServiceConfiguration) throws(JobServiceError) {
        self.pipeline = pipeline
        self.configuration = configuration
        repository = try CheckpointLocation.repository(
            uri: pipeline.job.settings.checkpointURL ?? configuration.checkpointURI, job: pipeline.name)
        let format = configuration.logFormat
        let output = LogOutput(format: format)
        output.hide(pipeline.secrets)
        let logger = Logger(output, level: SharedLogLevel(.warning))
        reading = SinkReading(pipeline) { [logger] event in logger.log(event) }
    }

    /// What is computed anew and compared row by row.
    package enum Recomputation: Hashable, Sendable {
        case nothing
        /// Everything, from the topics' beginnings.
        case everything
        /// What came after the oldest checkpoint that is kept.
        case fromOldest
    }

    /// Looks at everything once. Blocks for as long as it takes to count the sinks, or to read the topics.
    ///
    /// - Throws: `DataflowError` where a system does not answer.
    package mutating func run(recomputing: Recomputation, exampleCount: Int) throws -> AuditReport {
        let splits = try repository.summaries().last.map {
            KafkaSplits.of(try repository.manifest(named: $0.name).manifest, pipeline)
        }
        let point = try reading.point(splits: splits ?? [], configuration)
        // After the look at the systems, so that the store is never behind them.
        let names = try repository.store.list()
        let manifests = try repository.summaries().compactMap { summary in
            (try? repository.manifest(named: summary.name).manifest).map { (summary: summary, manifest: $0) }
        }
        LineageVerification(manifests: manifests.map { ($0.summary, $0.manifest) }, names: names)
            .run(into: &findings, epoch: nil)
        verifyCommitted(point, manifests)
        var report = AuditReport(
            job: pipeline.name, lineage: point.lineageAndEpoch?.lineage ?? manifests.last?.manifest.lineage ?? "",
            epoch: point.lineageAndEpoch?.epoch ?? manifests.last(where: \.summary.isAcknowledged)?.manifest.epoch ?? 0,
            markerCounts: [:], checkpointCount: manifests.count, sinks: [], findings: [], recomputation: nil)
        for sink in point.sinks { try verify(sink, point, manifests, &report) }
        if recomputing != .nothing { try recompute(recomputing, exampleCount, manifests, &report) }
        if !reading.specs.others.isEmpty {
            findings.append(
                Finding(
                    .notice, "not-audited", place: reading.specs.others.joined(separator: ", "),
                    "what is written there is not kept"))
        }
        report.findings = ForgottenCheckpoints.leavingOut(findings, repository)
        return report
    }

    // MARK: What the systems say is committed

    private mutating func verifyCommitted(
        _ point: CommittedPoint, _ manifests: [(summary: CheckpointSummary, manifest: CheckpointManifest)]
    ) {
        let newest = manifests.last(where: \.summary.isAcknowledged)?.manifest.epoch
        let remedy =
            "to go on from a checkpoint all the same: millrace run PIPELINE.sql --from-checkpoint "
            + (newest.map(String.init) ?? "none")
        if let foreign = point.foreignGroup {
            findings.append(
                Finding(.problem, "group-reset", place: "group \(pipeline.name)", foreign, remedy: remedy))
        }
        if let group = point.group {
            verify(group, at: "group \(pipeline.name)", manifests, remedy)
        } else if point.foreignGroup == nil, reading.decidesInKafka, let newest {
            findings.append(
                Finding(
                    .problem, "group-reset", checkpoint: newest, place: "group \(pipeline.name)",
                    "the group has no offsets, but checkpoint \(newest) was committed with it", remedy: remedy))
        }
        for record in point.records {
            let committed = CommittedEpoch(
                lineage: record.lineage, epoch: record.epoch, manifestDigestPrefix: record.manifestDigest,
                offsets: record.offsets)
            verify(committed, at: record.task, manifests, remedy)
            if let group = point.group, (group.lineage, group.epoch) != (record.lineage, record.epoch) {
                findings.append(
                    Finding(
                        .notice, "follower-behind", checkpoint: record.epoch, place: record.task,
                        "it stands at \(record.epoch), the group at \(group.epoch): the job gives it the rest when it runs"
                    ))
            }
        }
    }

    private mutating func verify(
        _ committed: CommittedEpoch, at place: String,
        _ manifests: [(summary: CheckpointSummary, manifest: CheckpointManifest)], _ remedy: String
    ) {
        let match = manifests.last {
            $0.summary.lineage == committed.lineage && $0.summary.epoch == committed.epoch
                && $0.summary.digest.hasPrefix(committed.manifestDigestPrefix)
        }
        guard let match else {
            findings.append(
                Finding(
                    .problem, "checkpoint-missing", checkpoint: committed.epoch, lineage: committed.lineage,
                    place: place, "checkpoint \(committed.epoch) is committed here, but the store does not have it",
                    remedy: remedy))
            return
        }
        for (split, offset) in committed.offsets.sorted(by: { $0.key < $1.key })
        where match.summary.offsets[split] != offset {
            findings.append(
                Finding(
                    .problem, "offsets-differ", checkpoint: committed.epoch, lineage: committed.lineage,
                    place: split.description,
                    "\(place) stands at \(offset), checkpoint \(committed.epoch) at "
                        + "\(match.summary.offsets[split].map(String.init) ?? "no offset"): somebody reset the offsets",
                    remedy: remedy))
        }
    }

    // MARK: Sinks

    private mutating func verify(
        _ sink: CommittedPoint.Sink, _ point: CommittedPoint,
        _ manifests: [(summary: CheckpointSummary, manifest: CheckpointManifest)], _ report: inout AuditReport
    ) throws {
        if let database = sink.database {
            try verify(table: sink, database, manifests, &report)
        } else {
            try verify(topic: sink, manifests, &report)
        }
    }

    private mutating func verify(
        table sink: CommittedPoint.Sink, _ database: DatabaseInspector,
        _ manifests: [(summary: CheckpointSummary, manifest: CheckpointManifest)], _ report: inout AuditReport
    ) throws {
        guard sink.spec.table.options["sink.delivery-guarantee"] ?? "exactly-once" == "exactly-once" else {
            findings.append(
                Finding(.notice, "not-audited", place: sink.name, "it is written at least once: repeats are allowed"))
            return
        }
        for record in try database.bookkeeping(job: pipeline.name) {
            guard let markers = try database.markers(job: pipeline.name, task: record.task) else {
                findings.append(
                    Finding(
                        .problem, "marker-missing", checkpoint: record.epoch, lineage: record.lineage,
                        place: record.task,
                        "the database has no epoch markers: the job was last run by a release that wrote none"))
                continue
            }
            if report.markerCounts[record.task] == nil {
                MarkerAudit(task: record.task, markers: markers, record: record, manifests: manifests)
                    .run(into: &findings)
                report.markerCounts[record.task] = markers.count
            }
            guard !markers.isEmpty else { continue }
            let ranges = EpochRanges(
                markers: markers, manifests: manifests.map(\.manifest), lineage: record.lineage)
            let audit = TableAudit(
                table: sink.spec.table, database: database, ages: EpochAges(markers), ranges: ranges,
                isAppend: !sink.isUpsert,
                isLastKnown: markers.last.map { $0.lineage == record.lineage && $0.epoch == record.epoch } ?? false)
            if let counted = try audit.run(into: &findings) { report.sinks.append(counted) }
        }
    }

    private mutating func verify(
        topic sink: CommittedPoint.Sink,
        _ manifests: [(summary: CheckpointSummary, manifest: CheckpointManifest)], _ report: inout AuditReport
    ) throws {
        guard let topic = sink.topic else { return }
        defer { topic.stop() }
        let counts = try SinkReading.read(topic, sink.splits) { _ in }
        let count = counts.values.reduce(0, +)
        let manifest = manifests.last { $0.manifest.lineage == report.lineage && $0.manifest.epoch == report.epoch }
        let written = manifest?.manifest.written?.first { $0.sink == sink.uid }?.total
        let isTrimmed = sink.splits.contains { $0.nextOffset > 0 }
        let places = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        var method = "records counted, by partition: \(places.isEmpty ? "none" : places)"
        if sink.isUpsert {
            method += "; a compacted topic forgets former values, so only --recompute proves more"
        } else if isTrimmed {
            method += "; the topic's retention has taken its first records, so only what is left can be compared"
        } else if let written, count != written {
            let difference = abs(count - written)
            findings.append(
                Finding(
                    .problem, count < written ? "rows-missing" : "rows-extra", checkpoint: report.epoch,
                    lineage: report.lineage, place: sink.name,
                    "the epochs up to \(report.epoch) wrote \(written) rows, the topic holds \(count): \(difference) "
                        + "\(count < written ? "are missing" : "too many") (by partition: \(places))",
                    remedy: "millrace audit PIPELINE.sql --recompute names them"))
        }
        report.sinks.append(
            AuditReport.Sink(
                table: sink.name, rowCount: count, writtenCount: written, countedEpochs: 0, method: method))
    }

    // MARK: Recomputation

    private mutating func recompute(
        _ recomputing: Recomputation, _ exampleCount: Int,
        _ manifests: [(summary: CheckpointSummary, manifest: CheckpointManifest)],
        _ report: inout AuditReport
    ) throws {
        var options = Replay.Options()
        options.exampleCount = exampleCount
        if recomputing == .fromOldest {
            options.from =
                manifests.first { $0.summary.isAcknowledged && $0.manifest.lineage == report.lineage }?
                .manifest.epoch
        }
        let replay = try Replay(pipeline, configuration: configuration)
        var result = try replay.run(options)
        let markers = try reading.markers()
        let ranges = EpochRanges(
            markers: markers, manifests: manifests.map(\.manifest), lineage: result.lineage)
        try RecordOrigins(pipeline: pipeline, reading: reading, ranges: ranges).fill(&result)
        for sink in result.sinks {
            for example in sink.examples { findings.append(finding(example, sink, ranges)) }
            let more = sink.differenceCount - sink.examples.count
            if more > 0 {
                findings.append(
                    Finding(.problem, "rows-differ", place: sink.table, "\(more) more rows differ"))
            }
        }
        report.recomputation = result
    }

    private func finding(
        _ example: SinkComparison.Example, _ sink: SinkComparison, _ ranges: EpochRanges
    ) -> Finding {
        let origin = example.origin.map { " (its record is \($0))" } ?? ""
        switch example.kind {
        case .onlyInNew:
            return Finding(
                .problem, "row-missing", checkpoint: example.epoch, place: sink.table,
                "missing: \(example.new ?? example.key)\(origin)")
        case .onlyInOld:
            return Finding(
                .problem, "row-extra", checkpoint: example.epoch, place: sink.table,
                "doubled or foreign: \(example.old ?? example.key)\(origin)")
        case .changed:
            return Finding(
                .problem, "row-differs", checkpoint: example.epoch, place: sink.table,
                "\(example.key) is \(example.old ?? "-") and should be \(example.new ?? "-")\(origin)")
        }
    }
}
