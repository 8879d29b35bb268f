package import Dataflow

/// The text beside each committed offset, which names the checkpoint that the offsets belong to.
///
/// Printable ASCII, `v1;<lineage>;<epoch>;<first digits of the manifest's digest>`; at most 128 characters, well below
/// the brokers' `offset.metadata.max.bytes`.
package struct CommitMetadata: Hashable, Sendable {
    static let digestDigits = 16
    static let maximumLength = 128

    package var lineage: String
    package var epoch: Int64
    package var digestPrefix: String

    package init(_ record: EpochRecord) {
        lineage = record.lineage
        epoch = record.epoch
        digestPrefix = String(record.manifestDigest.prefix(Self.digestDigits))
        precondition(text.utf8.count <= Self.maximumLength, "'\(text)' is too long beside an offset")
    }

    /// Nil when `text` was not written by us.
    package init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.maximumLength, text.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }),
            parts.count == 4, parts[0] == "v1", !parts[1].isEmpty, let epoch = Int64(parts[2]), epoch >= 0,
            parts[3].count <= Self.digestDigits
        else { return nil }
        lineage = String(parts[1])
        self.epoch = epoch
        digestPrefix = String(parts[3])
        // Another spelling of the number is not ours either.
        if self.text != text { return nil }
    }

    private static let exportMark = "export"

    /// The text beside offsets that only serve reports, since another system decides.
    static func exported(epoch: Int64) -> String { "v1;\(exportMark);\(epoch)" }

    /// Whether an offset was committed by `exported`: it says nothing of what was decided.
    static func isExported(_ text: String) -> Bool { text.hasPrefix("v1;\(exportMark);") }

    package var text: String { "v1;\(lineage);\(epoch);\(digestPrefix)" }
}

extension CommitMetadata {
    /// What a group's committed offsets say about the job.
    ///
    /// - Parameters:
    ///   - positions: committed offsets of the job's partitions; those of -1 are not committed (partitions that were added since).
    ///   - marker: whether the offsets only carry the record, for a job that reads nothing from this cluster.
    static func state(of positions: [KafkaPosition], marker: Bool) -> FencedState {
        var found: CommitMetadata?
        var offsets: [SplitID: Int64] = [:]
        for position in positions where position.offset >= 0 && !isExported(position.metadata) {
            let place = "\(position.topic)-\(position.partition)"
            guard let metadata = CommitMetadata(position.metadata) else {
                return .foreign(
                    "the group's offset of \(place) was not committed by this service (offset \(position.offset))")
            }
            if let found, found != metadata {
                return .foreign(
                    "the group's offsets belong to different checkpoints: \(found.epoch) and, of \(place), \(metadata.epoch)"
                )
            }
            found = metadata
            offsets[SplitID(topic: position.topic, partition: position.partition)] = position.offset
        }
        guard let found else { return .empty }
        return .committed(
            CommittedEpoch(
                lineage: found.lineage, epoch: found.epoch, manifestDigestPrefix: found.digestPrefix,
                offsets: marker ? [:] : offsets))
    }
}
