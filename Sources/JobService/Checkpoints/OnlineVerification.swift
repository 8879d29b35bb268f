internal import Dataflow
package import Execution
internal import KafkaConnector
internal import PostgresConnector

/// Holds the kept checkpoints against what Kafka and PostgreSQL have now: is everything to be read still there, and do the systems name
/// the checkpoints that we have.
package struct OnlineVerification {
    let repository: CheckpointRepository
    let configuration: ServiceConfiguration
    let job: String
    private var findings: [Finding] = []
    private var newest: Int64?

    package init(_ repository: CheckpointRepository, configuration: ServiceConfiguration, job: String) {
        self.repository = repository
        self.configuration = configuration
        self.job = job
    }

    /// Adds what it finds to a report.
    ///
    /// - Throws: `DataflowError` where a system does not answer.
    package mutating func run(epoch: Int64?, into report: inout VerificationReport) throws {
        let summaries = try repository.summaries()
        let chosen = summaries.filter { epoch == nil || $0.epoch == epoch }
        newest = summaries.last(where: \.isAcknowledged)?.epoch
        if configuration.kafkaProperties["bootstrap.servers"] != nil {
            try verifyKafka(chosen, all: summaries)
        } else {
            findings.append(
                Finding(
                    .notice, "kafka-not-asked", "MILLRACE_KAFKA_BOOTSTRAP_SERVERS is not set: no broker was asked"))
        }
        if let url = configuration.postgresURL {
            try verifyDatabase(DatabaseInspector(url: url), summaries)
        }
        report.findings += findings
        report.isOnline = true
    }

    // MARK: Kafka

    private mutating func verifyKafka(_ chosen: [CheckpointSummary], all: [CheckpointSummary]) throws {
        let inspector = try TopicInspector(properties: configuration.kafkaProperties)
        let topics = Set(all.flatMap { $0.offsets.keys.map(\.topic) })
        var ranges: [SplitID: Range<Int64>] = [:]
        for topic in topics.sorted() {
            guard let found = try inspector.ranges(topic) else {
                findings.append(
                    Finding(
                        .problem, "topic-missing", place: topic, "the cluster has no such topic",
                        remedy: "a job without its topic starts over: millrace run PIPELINE.sql --from-checkpoint none")
                )
                continue
            }
            ranges.merge(found) { first, _ in first }
        }
        for summary in chosen {
            guard let manifest = try? repository.manifest(named: summary.name).manifest else { continue }
            for split in manifest.splits {
                guard let range = ranges[split.id] else { continue }
                try verify(split, range, manifest, inspector)
            }
        }
        try verifyCommitted(inspector, Array(ranges.keys), all)
    }

    private mutating func verify(
        _ split: SplitState, _ range: Range<Int64>, _ manifest: CheckpointManifest, _ inspector: TopicInspector
    ) throws {
        func problem(_ code: String, _ message: String) -> Finding {
            Finding(
                .problem, code, checkpoint: manifest.epoch, lineage: manifest.lineage, place: split.id.description,
                message, remedy: remedy(for: manifest.epoch))
        }
        if split.nextOffset < range.lowerBound {
            findings.append(
                problem(
                    "retention-passed",
                    "the records \(split.nextOffset) to \(range.lowerBound - 1) are gone: a job cannot start from here "
                        + "without losing them"))
        } else if split.nextOffset > range.upperBound {
            findings.append(
                problem(
                    "log-shorter",
                    "the checkpoint has read up to \(split.nextOffset), but the partition ends at \(range.upperBound): "
                        + "it was truncated or made anew"))
        } else if try inspector.lastRecord(split, first: range.lowerBound) == .different {
            findings.append(
                problem("log-changed", "the last record that was read is another one now: the topic was made anew"))
        }
    }

    private func remedy(for epoch: Int64) -> String {
        guard let newest, newest > epoch else {
            return "to read what there is: millrace run PIPELINE.sql --from-checkpoint none"
        }
        return "use a later one: millrace run PIPELINE.sql --from-checkpoint \(newest)"
    }

    private mutating func verifyCommitted(
        _ inspector: TopicInspector, _ splits: [SplitID], _ summaries: [CheckpointSummary]
    ) throws {
        guard !splits.isEmpty else { return }
        let committed = try inspector.committed(group: job, splits)
        switch committed.state {
        case .empty:
            findings.append(
                Finding(
                    .notice, "no-group-offsets", place: job,
                    "the group has no offsets: right for a job that writes to no topic"))
        case .foreign(let found):
            findings.append(
                Finding(
                    .problem, "foreign-offsets", place: "group \(job)", found,
                    remedy: "the job would refuse to start; to go on all the same: millrace run PIPELINE.sql "
                        + "--from-checkpoint \(newest.map(String.init) ?? "none")"))
        case .committed(let epoch):
            compare(epoch, at: "group \(job)", summaries)
        }
    }

    /// What a system says is committed against the store.
    private mutating func compare(_ committed: CommittedEpoch, at place: String, _ summaries: [CheckpointSummary]) {
        let remedy = "millrace run PIPELINE.sql --from-checkpoint \(newest.map(String.init) ?? "none")"
        let match = summaries.last { summary in
            summary.lineage == committed.lineage && summary.epoch == committed.epoch
                && summary.digest.hasPrefix(committed.manifestDigestPrefix)
        }
        guard let match else {
            // A running job may have gone on since the store was listed.
            let now = (try? repository.summaries()) ?? []
            if now.contains(where: { $0.lineage == committed.lineage && $0.epoch == committed.epoch }) { return }
            findings.append(
                Finding(
                    .problem, "checkpoint-missing", checkpoint: committed.epoch, lineage: committed.lineage,
                    place: place, "it has committed a checkpoint that the store does not have", remedy: remedy))
            return
        }
        for (split, offset) in committed.offsets.sorted(by: { $0.key < $1.key }) where match.offsets[split] != offset {
            findings.append(
                Finding(
                    .problem, "offsets-differ", checkpoint: match.epoch, lineage: match.lineage,
                    place: split.description,
                    "\(place) has committed \(offset), the checkpoint stands at "
                        + "\(match.offsets[split].map(String.init) ?? "no offset"): somebody reset the offsets",
                    remedy: remedy))
        }
    }

    // MARK: PostgreSQL

    private mutating func verifyDatabase(_ inspector: DatabaseInspector, _ summaries: [CheckpointSummary]) throws {
        for record in try inspector.bookkeeping(job: job) {
            let committed = CommittedEpoch(
                lineage: record.lineage, epoch: record.epoch, manifestDigestPrefix: record.manifestDigest,
                offsets: record.offsets)
            compare(committed, at: record.task, summaries)
        }
    }
}
