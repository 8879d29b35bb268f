internal import Execution
internal import Foundation

/// What `millrace audit` has found.
package struct AuditReport: Codable, Hashable, Sendable {
    /// What was counted in one sink.
    package struct Sink: Codable, Hashable, Sendable {
        package var table: String
        /// Rows that the table or topic holds.
        package var rowCount: Int
        /// Rows that the epochs say they wrote; nil where nobody counted from the beginning.
        package var writtenCount: Int?
        /// Epochs whose rows were counted one by one.
        package var countedEpochs: Int
        /// In words: how the rows were held against the epochs.
        package var method: String
    }

    package var job: String
    package var lineage: String
    /// The last committed checkpoint that was looked at.
    package var epoch: Int64
    /// Epoch markers looked at, by database task.
    package var markerCounts: [String: Int]
    /// Checkpoints in the store.
    package var checkpointCount: Int
    package var sinks: [Sink]
    package var findings: [Finding]
    /// What a recomputation found; nil where none was asked for.
    package var recomputation: ReplayReport?

    package var problemCount: Int { findings.count { $0.level == .problem } }

    package var text: String {
        var lines = findings.map(\.text)
        lines.append(
            "\(job), lineage \(CheckpointNames.short(lineage)), up to checkpoint \(epoch): \(checkpointCount) checkpoints kept"
        )
        for task in markerCounts.keys.sorted() { lines.append("\(task): \(markerCounts[task] ?? 0) epoch markers") }
        for sink in sinks {
            let written = sink.writtenCount.map { "\($0) written" } ?? "how many were written is not known"
            lines.append("\(sink.table): \(sink.rowCount) rows, \(written); \(sink.method)")
        }
        if let recomputation { lines.append(recomputation.text) }
        lines.append(problemCount == 0 ? "no gap, no double" : "\(problemCount) problems")
        return lines.joined(separator: "\n")
    }

    /// The same as a JSON document.
    package func json() throws -> String { try ReportJSON.text(self) }
}
