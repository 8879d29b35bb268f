package import Dataflow
internal import Foundation
package import StateBackends

/// The content of one checkpoint: where every source stood, and which bytes hold the state.
package struct CheckpointManifest: Sendable, Codable {
    /// Raised when older releases can no longer read what this one writes.
    package static let currentFormat = 2
    /// Format 1 had no last line.
    private static let formatWithoutTrailer = 1
    private static let trailerPrefix = "\n{\"millrace\":\"end of manifest\",\"bytes\":"
    private static let trailerSuffix = "}\n"

    /// A last commit of that age is told to people: two days before Kafka forgets a stopped job's offsets, by default.
    package static let staleMilliseconds: Int64 = 5 * 86_400_000

    /// A segment of state inside a stored file.
    package struct SegmentReference: Hashable, Sendable, Codable {
        package var operatorUID: String
        package var stateName: String
        package var kind: StateSegment.Kind
        package var firstKeyGroup: Int
        package var endKeyGroup: Int
        /// The checkpoint that wrote it.
        package var epoch: Int64
        package var file: String
        /// Bytes from the start of the file.
        package var offset: Int
        package var byteCount: Int

        package var keyGroups: Range<Int> { firstKeyGroup..<endKeyGroup }
    }

    /// The rows of this epoch for one follower.
    package struct RedoReference: Hashable, Sendable, Codable {
        package var participant: String
        package var file: StoredFile
    }

    package var format = CheckpointManifest.currentFormat
    package var job: String
    package var lineage: String
    package var epoch: Int64
    /// The checkpoint that this one follows: of the same lineage, or for the first of a fork of another.
    package var parent: CheckpointReference?
    /// For the first checkpoint of a lineage that was forked on purpose: the digests, or their beginnings, of what each participant had
    /// committed then, by its id; empty where that was nothing.
    package var forkedOver: [String: String]?
    /// The same of the starts by hand before, oldest first: the first checkpoint of a lineage may be deleted long before a database can lose
    /// all of its commits.
    package var earlierForks: [[String: String]]?
    /// Milliseconds since 1970; for people.
    package var createdAt: Int64
    package var keyGroupCount: Int
    /// Positions and watermarks by source uid.
    package var sources: [String: [SplitState]]
    package var descriptors: [String: [StateDescriptor]]
    /// Every file that `segments` point into.
    package var files: [StoredFile]
    package var segments: [SegmentReference]
    package var redo: [RedoReference]
    package var stateByteCount: Int
    /// Nothing follows: every source was bounded and has ended.
    package var isFinal: Bool
    /// What each sink was given; nil where a release that did not count wrote the manifest.
    package var written: [WrittenRows]?

    /// The manifest as it is stored: one JSON document and, on a line of its own, another one that says how long the first is.
    package func encoded() throws -> SnapshotBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var data = try encoder.encode(self)
        data += Data("\(Self.trailerPrefix)\(data.count)\(Self.trailerSuffix)".utf8)
        let buffer = SnapshotBuffer(capacity: data.count)
        data.withUnsafeBytes { buffer.append($0) }
        return buffer
    }

    /// - Throws: `CheckpointStoreError(.corrupted)` for bytes that are no whole manifest of a format known here.
    package static func decoded(_ buffer: SnapshotBuffer, name: String) throws(CheckpointStoreError) -> Self {
        let data = withExtendedLifetime(buffer) { Data(buffer.bytes) }
        let body = body(of: data)
        let manifest: Self
        do {
            manifest = try JSONDecoder().decode(Self.self, from: body ?? data)
        } catch {
            throw CheckpointStoreError(.corrupted, "\(name) is not a checkpoint manifest")
        }
        guard body != nil || manifest.format == formatWithoutTrailer else {
            throw CheckpointStoreError(.corrupted, "\(name) is not whole: its last line is missing")
        }
        guard (formatWithoutTrailer...currentFormat).contains(manifest.format) else {
            throw CheckpointStoreError(
                .corrupted,
                "\(name) has format \(manifest.format); this release reads formats up to \(currentFormat): use the release that wrote it"
            )
        }
        if let flaw = manifest.flaw { throw CheckpointStoreError(.corrupted, "\(name) makes no sense: \(flaw)") }
        return manifest
    }

    /// What stands before the last line; nil where that line is missing or says another length.
    private static func body(of data: Data) -> Data? {
        guard data.suffix(trailerSuffix.utf8.count) == Data(trailerSuffix.utf8),
            let start = data.range(of: Data(trailerPrefix.utf8), options: .backwards)
        else { return nil }
        let digits = data[start.upperBound..<data.endIndex - trailerSuffix.utf8.count]
        guard Int(String(decoding: digits, as: UTF8.self)) == start.lowerBound - data.startIndex else { return nil }
        return data[data.startIndex..<start.lowerBound]
    }

    package var parentLineage: String? { parent?.lineage }
    package var parentEpoch: Int64? { parent?.epoch }

    /// All splits of all sources.
    package var splits: [SplitState] {
        sources.keys.sorted().flatMap { sources[$0] ?? [] }
    }
}
