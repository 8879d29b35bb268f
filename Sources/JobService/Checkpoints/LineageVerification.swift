internal import Dataflow
internal import Execution

/// Whether the kept checkpoints follow one another: numbers, parents, acknowledgements, offsets.
struct LineageVerification {
    let manifests: [(summary: CheckpointSummary, manifest: CheckpointManifest)]
    let names: [String]

    init(manifests: [(CheckpointSummary, CheckpointManifest)], names: [String]) {
        self.manifests = manifests.map { (summary: $0.0, manifest: $0.1) }
        self.names = names
    }

    /// - Parameter epoch: where given, only what concerns that checkpoint is told.
    func run(into findings: inout [Finding], epoch: Int64?) {
        var found: [Finding] = []
        for lineage in Set(manifests.map(\.manifest.lineage)).sorted() {
            let members = manifests.filter { $0.manifest.lineage == lineage }
                .sorted { $0.manifest.epoch < $1.manifest.epoch }
            verifyNumbers(lineage, members.map(\.manifest), &found)
            for member in members { verifyParent(member.manifest, &found) }
            verifyOffsets(members, &found)
            verifyAcknowledgements(lineage, members, &found)
        }
        findings += found.filter { epoch == nil || $0.checkpoint == epoch }
    }

    private func verifyNumbers(_ lineage: String, _ members: [CheckpointManifest], _ found: inout [Finding]) {
        for (former, next) in zip(members, members.dropFirst()) {
            if next.epoch == former.epoch {
                found.append(
                    Finding(
                        .notice, "undecided-twin", checkpoint: next.epoch, lineage: lineage,
                        "two manifests have this number: one was never committed and is not used"))
            } else if next.epoch > former.epoch + 1 && !isSavepoint(former) {
                let missing =
                    former.epoch + 1 == next.epoch - 1
                    ? "\(former.epoch + 1)" : "\(former.epoch + 1) to \(next.epoch - 1)"
                found.append(
                    Finding(
                        .problem, "gap", checkpoint: former.epoch + 1, lineage: lineage,
                        "the manifest of \(missing) is missing between \(former.epoch) and \(next.epoch)",
                        remedy:
                            "the job needs it only for a follower that lags behind; the next checkpoints heal the rest")
                )
            }
        }
    }

    /// What followed a savepoint is forgotten in its time; the savepoint stays.
    private func isSavepoint(_ manifest: CheckpointManifest) -> Bool {
        let prefix = CheckpointNames.savepoint(manifest.lineage, manifest.epoch, digest: "")
        return names.contains { $0.hasPrefix(prefix) }
    }

    private func verifyParent(_ manifest: CheckpointManifest, _ found: inout [Finding]) {
        let isFork = manifest.parentLineage != nil && manifest.parentLineage != manifest.lineage
        let isWrong =
            if let parent = manifest.parentEpoch {
                // A fork takes a number that no checkpoint of the store has had.
                isFork ? parent >= manifest.epoch : parent != manifest.epoch - 1
            } else {
                manifests.contains { $0.manifest.lineage == manifest.lineage && $0.manifest.epoch < manifest.epoch }
            }
        if isWrong {
            found.append(
                Finding(
                    .problem, "parent-wrong", checkpoint: manifest.epoch, lineage: manifest.lineage,
                    "it says that it follows checkpoint \(manifest.parentEpoch.map(String.init) ?? "none")"))
        } else if isFork, let parent = manifest.parentEpoch, let lineage = manifest.parentLineage {
            let isKept = manifests.contains { $0.manifest.lineage == lineage && $0.manifest.epoch == parent }
            found.append(
                Finding(
                    .notice, "fork", checkpoint: manifest.epoch, lineage: manifest.lineage,
                    "it branched off from checkpoint \(parent) of lineage "
                        + "\(CheckpointNames.short(lineage))\(isKept ? "" : ", which is no longer kept")"))
        }
    }

    private func verifyOffsets(
        _ members: [(summary: CheckpointSummary, manifest: CheckpointManifest)], _ found: inout [Finding]
    ) {
        let committed = members.filter(\.summary.isAcknowledged)
        for (former, next) in zip(committed, committed.dropFirst()) {
            for (split, offset) in former.summary.offsets.sorted(by: { $0.key < $1.key }) {
                let later = next.summary.offsets[split]
                guard later ?? .min < offset else { continue }
                found.append(
                    Finding(
                        .problem, "offset-backwards", checkpoint: next.manifest.epoch, lineage: next.manifest.lineage,
                        place: split.description,
                        "its offset is \(later.map(String.init) ?? "missing") after \(offset) at checkpoint "
                            + "\(former.manifest.epoch)"))
            }
        }
    }

    /// Acknowledgements without a manifest, and manifests in the middle without an acknowledgement.
    private func verifyAcknowledgements(
        _ lineage: String, _ members: [(summary: CheckpointSummary, manifest: CheckpointManifest)],
        _ found: inout [Finding]
    ) {
        let short = CheckpointNames.short(lineage)
        let acknowledged = names.filter { $0.hasPrefix("ack-") && $0.contains("-\(short)") }
            .compactMap(CheckpointVerification.number).sorted()
        let epochs = Set(members.map(\.manifest.epoch))
        let oldest = epochs.min() ?? .max
        for epoch in acknowledged where epoch >= oldest && !epochs.contains(epoch) {
            // Told by the gap already, but for the newest.
            guard epoch > epochs.max() ?? 0 else { continue }
            found.append(
                Finding(
                    .problem, "manifest-missing", checkpoint: epoch, lineage: lineage,
                    "it was committed, but its manifest is gone: the job would refuse to start"))
        }
        for epoch in epochs.sorted() where epoch < acknowledged.last ?? 0 && !acknowledged.contains(epoch) {
            found.append(
                Finding(
                    .problem, "acknowledgement-missing", checkpoint: epoch, lineage: lineage,
                    "later checkpoints are committed, but this one's acknowledgement is missing",
                    remedy: "a job whose followers lag behind it cannot be healed from here on its own"))
        }
    }
}
