internal import Dataflow
package import Execution
internal import Foundation
internal import StateBackends

/// Everything about one checkpoint, for `millrace checkpoints show`.
package struct CheckpointDetails: Codable, Hashable, Sendable {
    package struct Partition: Codable, Hashable, Sendable {
        package var partition: String
        package var nextOffset: Int64
        /// Milliseconds since 1970.
        package var watermark: Int64?
    }

    package enum FileKind: String, Codable, Sendable {
        case manifest, state, redo
    }

    /// A file that the checkpoint needs.
    package struct File: Codable, Hashable, Sendable {
        package var kind: FileKind
        package var name: String
        package var byteCount: Int
        /// SHA-256 of its content, in hexadecimal.
        package var sha256: String
        /// The system that it belongs to; of redo logs only.
        package var participant: String?
    }

    /// A part of a file that holds state of one operator.
    package struct Piece: Codable, Hashable, Sendable {
        package var uid: String
        package var state: String
        package var kind: String
        package var firstKeyGroup: Int
        package var endKeyGroup: Int
        package var byteCount: Int
        package var file: String
    }

    /// What a sink was given.
    package struct SinkRows: Codable, Hashable, Sendable {
        package var sink: String
        package var table: String
        /// Of this epoch.
        package var rows: Int
        /// Of all epochs; nil where that is not known.
        package var total: Int?
    }

    package var epoch: Int64
    package var job: String
    package var lineage: String
    package var parent: Int64?
    package var isCommitted: Bool
    /// Milliseconds since 1970.
    package var createdAt: Int64
    /// Of the state in memory.
    package var stateByteCount: Int
    /// Whether every source was bounded and has ended.
    package var isFinal: Bool
    package var partitions: [Partition]
    package var operators: [VerificationReport.OperatorState]
    package var written: [SinkRows]
    /// The manifest first, then state, then redo logs.
    package var files: [File]
    package var pieces: [Piece]

    /// - Throws: `JobServiceError(.invalidInput)` where there is none of that number.
    package init(_ repository: CheckpointRepository, epoch: Int64) throws {
        let summaries = try repository.summaries()
        let found = summaries.filter { $0.epoch == epoch }
        guard let summary = found.last(where: \.isAcknowledged) ?? found.last else {
            let known = summaries.suffix(5).map { String($0.epoch) }.joined(separator: ", ")
            throw JobServiceError(
                .invalidInput,
                "there is no checkpoint \(epoch) in \(repository.store.location)"
                    + (known.isEmpty ? "" : "; the newest are \(known)"))
        }
        self.init(
            try repository.manifest(named: summary.name).manifest, summary,
            manifestByteCount: try repository.store.get(summary.name, expecting: nil).count)
    }

    private init(_ manifest: CheckpointManifest, _ summary: CheckpointSummary, manifestByteCount: Int) {
        epoch = manifest.epoch
        job = manifest.job
        lineage = manifest.lineage
        parent = manifest.parent?.epoch
        isCommitted = summary.isAcknowledged
        createdAt = manifest.createdAt
        stateByteCount = manifest.stateByteCount
        isFinal = manifest.isFinal
        partitions = manifest.splits.sorted { $0.id < $1.id }.map { split in
            Partition(
                partition: split.id.description, nextOffset: split.nextOffset,
                watermark: split.watermark.map { $0 / 1000 })
        }
        operators = OperatorSizes.of(manifest)
        written = (manifest.written ?? []).map {
            SinkRows(sink: $0.sink, table: $0.table, rows: $0.rows, total: $0.total)
        }
        files = [
            File(kind: .manifest, name: summary.name, byteCount: manifestByteCount, sha256: summary.digest)
        ]
        files += manifest.files.sorted { $0.name < $1.name }.map { file in
            File(kind: .state, name: file.name, byteCount: file.byteCount, sha256: file.digest)
        }
        files += manifest.redo.map { redo in
            File(
                kind: .redo, name: redo.file.name, byteCount: redo.file.byteCount, sha256: redo.file.digest,
                participant: redo.participant)
        }
        pieces = manifest.segments.map { segment in
            Piece(
                uid: segment.operatorUID, state: segment.stateName, kind: segment.kind.rawValue,
                firstKeyGroup: segment.firstKeyGroup, endKeyGroup: segment.endKeyGroup,
                byteCount: segment.byteCount, file: segment.file)
        }
    }

    /// The same as a JSON document.
    package func json() throws -> String { try ReportJSON.text(self) }
}

extension CheckpointDetails {
    /// In paragraphs for a terminal.
    package var text: String {
        var paragraphs = [summary, offsets, sizes]
        if !written.isEmpty { paragraphs.append(counts) }
        paragraphs += [fileTable, pieceTable, "to run from here: millrace run PIPELINE.sql --from-checkpoint \(epoch)"]
        return paragraphs.joined(separator: "\n\n")
    }

    private var summary: String {
        [
            "checkpoint   \(epoch)",
            "job          \(job)",
            "lineage      \(lineage)",
            "follows      \(parent.map { String($0) } ?? "-")",
            "committed    \(isCommitted ? "yes" : "not known")",
            "taken        \(TimeText.full(milliseconds: createdAt))",
            "state        \(CheckpointReport.byteCount(stateByteCount)) in memory",
            "final        \(isFinal ? "yes: every source was bounded and has ended" : "no")",
        ].joined(separator: "\n")
    }

    private var offsets: String {
        CheckpointReport.table(
            [["partition", "next offset", "watermark"]]
                + partitions.map { split in
                    [
                        split.partition, String(split.nextOffset),
                        split.watermark.map { TimeText.full(milliseconds: $0) } ?? "-",
                    ]
                })
    }

    private var sizes: String {
        CheckpointReport.table(
            [["operator", "state", "bytes", "pieces"]]
                + operators.map { state in
                    [
                        state.uid, state.state, CheckpointReport.byteCount(state.byteCount),
                        String(state.segmentCount),
                    ]
                })
    }

    private var counts: String {
        CheckpointReport.table(
            [["sink", "rows of this epoch", "rows in all"]]
                + written.map { [$0.table, String($0.rows), $0.total.map { String($0) } ?? "not known"] })
    }

    private var fileTable: String {
        CheckpointReport.table(
            [["file", "for", "bytes", "sha-256"]]
                + files.map { [$0.name, $0.participant ?? $0.kind.rawValue, String($0.byteCount), $0.sha256] })
    }

    private var pieceTable: String {
        CheckpointReport.table(
            [["operator", "state", "saved", "key groups", "bytes", "file"]]
                + pieces.map { piece in
                    [
                        piece.uid, piece.state, piece.kind, "\(piece.firstKeyGroup)..<\(piece.endKeyGroup)",
                        String(piece.byteCount), piece.file,
                    ]
                })
    }
}
