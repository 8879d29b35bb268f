package import Dataflow
package import StateBackends

/// What a store knows of one checkpoint without its state.
package struct CheckpointSummary: Hashable, Sendable {
    package var lineage: String
    package var epoch: Int64
    /// The manifest's file name.
    package var name: String
    package var digest: String
    /// Whether the decider and every follower are known to have committed it.
    package var isAcknowledged: Bool
    package var offsets: [SplitID: Int64]
    /// False for a manifest that is damaged: then `lineage` and `digest` are their first characters, as the name has them, and
    /// nothing else is known.
    package var isReadable: Bool
    /// Milliseconds since 1970; tells which of two lineages is the younger one, no more.
    package var createdAt: Int64
    package var stateByteCount = 0
    /// Whether a cluster may have forgotten since that it has committed this one.
    package var mayBeForgotten = false
    /// The checkpoint that this one follows; nil for a job's first.
    package var parent: CheckpointReference?
    /// See `CheckpointManifest.forkedOver`.
    package var forkedOver: [String: String]
    /// See `CheckpointManifest.earlierForks`.
    package var earlierForks: [[String: String]]

    package var reference: CheckpointReference {
        CheckpointReference(lineage: lineage, epoch: epoch, digest: digest)
    }

    /// What each participant had committed at every start by hand up to this checkpoint, oldest first.
    var forks: [[String: String]] { earlierForks + (forkedOver.isEmpty ? [] : [forkedOver]) }

    package init(
        lineage: String, epoch: Int64, name: String, digest: String, isAcknowledged: Bool, offsets: [SplitID: Int64],
        parent: CheckpointReference? = nil, forkedOver: [String: String] = [:],
        earlierForks: [[String: String]] = [], isReadable: Bool = true, createdAt: Int64 = 0
    ) {
        self.lineage = lineage
        self.epoch = epoch
        self.name = name
        self.digest = digest
        self.isAcknowledged = isAcknowledged
        self.offsets = offsets
        self.parent = parent
        self.forkedOver = forkedOver
        self.earlierForks = earlierForks
        self.isReadable = isReadable
        self.createdAt = createdAt
    }
}

/// The checkpoints of one job in a store: naming, reading, acknowledging, forgetting.
///
/// Names: `checkpoint-<epoch>-<lineage>-<digest>.json` proves itself by its digest; `state-` and `redo-` files carry epoch, lineage, and the
/// instance that wrote them, so that two instances never write one name; `ack-<epoch>-<lineage>-<digest>` says that all systems have committed.
package struct CheckpointRepository: Sendable {
    package let store: any CheckpointStore

    package init(store: any CheckpointStore) {
        self.store = store
    }

    // MARK: Reading

    /// All manifests that are whole, oldest first; damaged ones are left out, and refused only where one of them is asked for.
    package func summaries() throws(CheckpointStoreError) -> [CheckpointSummary] {
        try allSummaries().filter(\.isReadable)
    }

    /// The file names of all manifests.
    package func manifestNames() throws(CheckpointStoreError) -> [String] {
        try store.list().filter { $0.hasPrefix("checkpoint-") }
    }

    /// All manifests, oldest first, the damaged ones too: what one of them may have decided must not be passed over.
    package func allSummaries() throws(CheckpointStoreError) -> [CheckpointSummary] {
        let names = try store.list()
        let acknowledgements = Set(names.filter { $0.hasPrefix("ack-") })
        var summaries: [CheckpointSummary] = []
        for name in names where name.hasPrefix("checkpoint-") {
            guard let (manifest, digest) = try wholeManifest(named: name) else {
                if let summary = Self.damaged(name, acknowledgements) { summaries.append(summary) }
                continue
            }
            // Of two tables on one topic the slower one's position is what is committed.
            let offsets = Dictionary(manifest.splits.map { ($0.id, $0.nextOffset) }, uniquingKeysWith: min)
            var summary = CheckpointSummary(
                lineage: manifest.lineage, epoch: manifest.epoch, name: name, digest: digest,
                isAcknowledged: CheckpointNames.isAcknowledged(
                    manifest.lineage, manifest.epoch, digest: digest, acknowledgements),
                offsets: offsets, parent: manifest.parent, forkedOver: manifest.forkedOver ?? [:],
                earlierForks: manifest.earlierForks ?? [], createdAt: manifest.createdAt)
            summary.stateByteCount = manifest.stateByteCount
            summaries.append(summary)
        }
        return summaries.sorted { ($0.epoch, $0.name) < ($1.epoch, $1.name) }
    }

    /// What the name of a damaged manifest tells.
    private static func damaged(_ name: String, _ acknowledgements: Set<String>) -> CheckpointSummary? {
        let parts = name.split(separator: ".")[0].split(separator: "-")
        guard parts.count == 4, let epoch = Int64(parts[1]) else { return nil }
        let lineage = String(parts[2])
        return CheckpointSummary(
            lineage: lineage, epoch: epoch, name: name, digest: String(parts[3]),
            isAcknowledged: CheckpointNames.isAcknowledged(
                lineage, epoch, digest: String(parts[3]), acknowledgements), offsets: [:],
            isReadable: false)
    }

    /// - Throws: `.missing`, `.corrupted`.
    package func manifest(
        named name: String
    ) throws(CheckpointStoreError) -> (manifest: CheckpointManifest, digest: String) {
        let buffer = try store.get(name, expecting: nil)
        let digest = withExtendedLifetime(buffer) { store.digest(of: [buffer.bytes]) }
        guard CheckpointNames.isManifest(name, ofDigest: digest) else {
            throw CheckpointStoreError(
                .corrupted, "\(name) in \(store.location) is damaged: its SHA-256 is not the one in its name")
        }
        return (try CheckpointManifest.decoded(buffer, name: name), digest)
    }

    /// Nil where the manifest is damaged or has gone. A store that cannot be read now is not the same: what a manifest that is there
    /// stands for must neither be forgotten nor collected.
    private func wholeManifest(
        named name: String
    ) throws(CheckpointStoreError) -> (manifest: CheckpointManifest, digest: String)? {
        do throws(CheckpointStoreError) {
            return try manifest(named: name)
        } catch  where error.code == .corrupted || error.code == .missing {
            return nil
        }
    }

    /// What reads all state of a checkpoint, verified, in the order in which it is to be applied.
    ///
    /// - Throws: `.corrupted` where the manifest points outside its files.
    package func reader(of manifest: CheckpointManifest) throws(CheckpointStoreError) -> SegmentReader {
        try SegmentReader(manifest, store: store)
    }

    /// The checkpoints that could be started from while some files of `manifest` cannot be read, newest first.
    package func epochsWithoutDamage(of manifest: CheckpointManifest) throws(CheckpointStoreError) -> [Int64] {
        var damaged: Set<String> = []
        for file in manifest.files {
            do throws(CheckpointStoreError) {
                _ = try store.get(file.name, expecting: file)
            } catch  where error.code == .corrupted || error.code == .missing {
                damaged.insert(file.name)
            }
        }
        var epochs: [Int64] = []
        for summary in try summaries().reversed() where !epochs.contains(summary.epoch) {
            guard let (other, _) = try wholeManifest(named: summary.name) else { continue }
            if !other.files.contains(where: { damaged.contains($0.name) }) { epochs.append(summary.epoch) }
        }
        return epochs
    }

    /// The rows of a participant in a checkpoint; throws `missing` where the checkpoint holds none for it.
    package func redo(
        of manifest: CheckpointManifest, participant: String
    ) throws(CheckpointStoreError) -> SnapshotBuffer {
        guard let reference = manifest.redo.first(where: { $0.participant == participant }) else {
            throw CheckpointStoreError(
                .missing, "checkpoint \(manifest.epoch) of job \(manifest.job) holds no rows for \(participant)")
        }
        return try store.get(reference.file.name, expecting: reference.file)
    }

    // MARK: Writing

    /// Writes the segments of a capture into one file.
    ///
    /// - Returns: nil for the file where there is nothing to write.
    package func storeState(
        _ capture: CheckpointCapture, lineage: String, instance: String
    ) throws(CheckpointStoreError) -> (file: StoredFile?, segments: [CheckpointManifest.SegmentReference]) {
        let name = CheckpointNames.state(lineage, capture.epoch, instance: instance)
        var references: [CheckpointManifest.SegmentReference] = []
        var buffers: [SnapshotBuffer] = []
        var offset = 0
        for segment in capture.segments where segment.buffer.count > 0 || segment.kind == .full {
            references.append(
                CheckpointManifest.SegmentReference(
                    operatorUID: segment.operatorUID, stateName: segment.stateName, kind: segment.kind,
                    firstKeyGroup: segment.keyGroups.lowerBound, endKeyGroup: segment.keyGroups.upperBound,
                    epoch: capture.epoch, file: name, offset: offset, byteCount: segment.buffer.count))
            buffers.append(segment.buffer)
            offset += segment.buffer.count
        }
        guard !references.isEmpty else { return (nil, []) }
        return (try store.put(name, buffers), references)
    }

    /// Writes the rows of a participant, by its position, into one file.
    package func storeRedo(
        _ redo: SnapshotBuffer, participant: Int, epoch: Int64, lineage: String, instance: String
    ) throws(CheckpointStoreError) -> StoredFile {
        try store.put(
            CheckpointNames.redo(lineage, epoch, instance: instance, participant: participant), [redo])
    }

    /// Makes a checkpoint visible and re-reads it.
    ///
    /// - Returns: the manifest's digest, which the decider is to name.
    package func publish(_ manifest: CheckpointManifest) throws -> String {
        let buffer = try manifest.encoded()
        let digest = withExtendedLifetime(buffer) { store.digest(of: [buffer.bytes]) }
        let name = CheckpointNames.manifest(manifest.lineage, manifest.epoch, digest: digest)
        _ = try store.put(name, [buffer])
        _ = try self.manifest(named: name)
        return digest
    }

    /// Notes that a checkpoint is committed everywhere.
    package func acknowledge(_ checkpoint: CheckpointReference) throws(CheckpointStoreError) {
        do throws(CheckpointStoreError) {
            _ = try store.put(
                CheckpointNames.acknowledgement(checkpoint.lineage, checkpoint.epoch, digest: checkpoint.digest), [])
        } catch  where error.code == .alreadyExists {
            return
        }
    }

    /// Makes a savepoint of a checkpoint: it stays until somebody deletes it.
    package func keep(_ checkpoint: CheckpointReference) throws(CheckpointStoreError) {
        do throws(CheckpointStoreError) {
            _ = try store.put(
                CheckpointNames.savepoint(checkpoint.lineage, checkpoint.epoch, digest: checkpoint.digest), [])
        } catch  where error.code == .alreadyExists {
            return
        }
    }

    /// Deletes what the newest `retainedCount` acknowledged checkpoints and everything after them do not need; nothing while another
    /// instance does the same.
    package func collectGarbage(retainedCount: Int, lineage: String) throws(CheckpointStoreError) {
        let names = try store.list()
        let obsolete = try CheckpointNames.obsolete(
            names, retainedCount: retainedCount, lineage: lineage
        ) { name throws(CheckpointStoreError) in
            do throws(CheckpointStoreError) {
                let manifest = try manifest(named: name).manifest
                return manifest.files.map(\.name) + manifest.redo.map(\.file.name)
            } catch {
                switch error.code {
                case .missing: return nil
                // Nobody can start from it.
                case .corrupted: return []
                default: throw error
                }
            }
        }
        try store.delete(obsolete)
    }
}
