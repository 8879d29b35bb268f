package import Execution
package import Foundation
internal import StateBackends

/// What a job could be started from, for `millrace checkpoints list`.
package struct CheckpointListing: Codable, Hashable, Sendable {
    package struct Checkpoint: Codable, Hashable, Sendable {
        package var epoch: Int64
        package var lineage: String
        /// Milliseconds since 1970.
        package var createdAt: Int64
        /// Of the state in memory.
        package var stateByteCount: Int
        /// Whether the decider and every follower are known to have committed it.
        package var isCommitted: Bool
        package var partitionCount: Int
        /// Of all partitions' next offsets.
        package var offsetSum: Int64
    }

    package var location: String
    /// Newest last.
    package var checkpoints: [Checkpoint]
    /// What to know of the newest one; nil where there is nothing.
    package var warning: String?

    package init(_ repository: CheckpointRepository, now: Date) throws {
        location = repository.store.location
        checkpoints = []
        let summaries = try repository.summaries()
        for summary in summaries {
            let manifest = try repository.manifest(named: summary.name).manifest
            checkpoints.append(
                Checkpoint(
                    epoch: summary.epoch, lineage: summary.lineage, createdAt: manifest.createdAt,
                    stateByteCount: manifest.stateByteCount, isCommitted: summary.isAcknowledged,
                    partitionCount: summary.offsets.count, offsetSum: summary.offsets.values.reduce(0, +)))
        }
        guard let newest = summaries.last(where: \.isAcknowledged) ?? summaries.last else { return }
        warning = CheckpointReport.warning(try repository.manifest(named: newest.name).manifest, now: now)
    }

    /// One line per checkpoint.
    package func text(now: Date) -> String {
        guard !checkpoints.isEmpty else { return "no checkpoints in \(location)" }
        let rows = checkpoints.map { checkpoint in
            [
                String(checkpoint.epoch), CheckpointNames.short(checkpoint.lineage),
                CheckpointReport.duration(now.timeIntervalSince1970 - Double(checkpoint.createdAt) / 1000),
                CheckpointReport.byteCount(checkpoint.stateByteCount), checkpoint.isCommitted ? "yes" : "not known",
                "\(checkpoint.partitionCount) partitions, sum \(checkpoint.offsetSum)",
            ]
        }
        let text = CheckpointReport.table([["checkpoint", "lineage", "age", "state", "committed", "offsets"]] + rows)
        return text + (warning.map { "\n\n" + $0 } ?? "")
    }

    /// The same as a JSON document.
    package func json() throws -> String { try ReportJSON.text(self) }
}
