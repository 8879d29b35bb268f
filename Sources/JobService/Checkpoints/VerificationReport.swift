internal import Execution
internal import Foundation

/// What `millrace checkpoints verify` has found.
package struct VerificationReport: Codable, Hashable, Sendable {
    /// One checkpoint whose files were read.
    package struct Checkpoint: Codable, Hashable, Sendable {
        package var epoch: Int64
        package var lineage: String
        package var isCommitted: Bool
        package var fileCount: Int
        /// Of all files, those shared with other checkpoints included.
        package var byteCount: Int
        package var operators: [OperatorState]
        package var isSound: Bool
    }

    /// The state of one operator in a checkpoint.
    package struct OperatorState: Codable, Hashable, Sendable {
        package var uid: String
        package var state: String
        /// Bytes in the checkpoint's files, changes and full parts together.
        package var byteCount: Int
        package var segmentCount: Int
        /// Entries after a restore; nil where only the pieces were read.
        package var entryCount: Int?
    }

    package var job: String
    package var location: String
    package var checkpoints: [Checkpoint]
    package var findings: [Finding]
    /// Whether Kafka and PostgreSQL were asked too.
    package var isOnline: Bool

    package var problemCount: Int { findings.count { $0.level == .problem } }

    package var text: String {
        var lines = findings.map(\.text)
        for checkpoint in checkpoints {
            let verdict = checkpoint.isSound ? "sound" : "DAMAGED"
            lines.append(
                "checkpoint \(checkpoint.epoch) (\(CheckpointNames.short(checkpoint.lineage))): \(verdict), "
                    + "\(checkpoint.fileCount) files, \(CheckpointReport.byteCount(checkpoint.byteCount))")
            for state in checkpoint.operators {
                let entries = state.entryCount.map { ", \($0) entries" } ?? ""
                lines.append(
                    "    \(state.uid) \(state.state): \(CheckpointReport.byteCount(state.byteCount)) in "
                        + "\(state.segmentCount) pieces\(entries)")
            }
        }
        let asked = isOnline ? "files, brokers and databases" : "files only; --online asks brokers and databases too"
        lines.append(
            "\(checkpoints.count) checkpoints of \(job) in \(location): "
                + "\(problemCount == 0 ? "no problems" : "\(problemCount) problems") (\(asked))")
        return lines.joined(separator: "\n")
    }

    /// The same as a JSON document.
    package func json() throws -> String { try ReportJSON.text(self) }
}

/// Reports as JSON documents, with their keys in order.
package enum ReportJSON {
    package static func text(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
