internal import Dataflow
internal import Execution
internal import PostgresConnector

/// Holds the epoch markers of one database against each other, its bookkeeping row and the store.
struct MarkerAudit {
    let task: String
    /// Oldest first.
    let markers: [EpochMarker]
    let record: BookkeepingRecord
    let manifests: [(summary: CheckpointSummary, manifest: CheckpointManifest)]

    func run(into findings: inout [Finding]) {
        verifyNumbers(&findings)
        verifyLast(&findings)
        verifyStore(&findings)
    }

    private func problem(
        _ code: String, _ marker: (lineage: String, epoch: Int64), _ message: String
    ) -> Finding {
        Finding(.problem, code, checkpoint: marker.epoch, lineage: marker.lineage, place: task, message)
    }

    private func verifyNumbers(_ findings: inout [Finding]) {
        for (former, next) in zip(markers, markers.dropFirst()) {
            let place = (next.lineage, next.epoch)
            if next.number != former.number + 1 {
                let isOne = next.number == former.number + 2
                let missing =
                    former.lineage == next.lineage
                    ? isOne
                        ? "the marker of epoch \(former.epoch + 1)"
                        : "the markers of epochs \(former.epoch + 1) to \(next.epoch - 1)"
                    : "\(next.number - former.number - 1) markers"
                findings.append(
                    problem(
                        "marker-missing", (next.lineage, former.epoch + 1),
                        "\(missing) is missing between those of \(former.epoch) and \(next.epoch)"))
                continue
            }
            if next.lineage != former.lineage {
                findings.append(
                    Finding(
                        .notice, "fork", checkpoint: next.epoch, lineage: next.lineage, place: task,
                        "after epoch \(former.epoch) the job was started by hand from checkpoint \(next.epoch - 1): rows of later "
                            + "epochs were written again"))
            } else if next.epoch != former.epoch + 1 {
                findings.append(problem("epoch-gap", place, "epoch \(next.epoch) was committed after \(former.epoch)"))
            }
            verifyTotals(former, next, &findings)
            guard next.lineage == former.lineage else { continue }
            for (split, offset) in former.offsets.sorted(by: { $0.key < $1.key }) {
                guard let later = next.offsets[split], later < offset else { continue }
                findings.append(
                    problem("offset-backwards", place, "\(split) went back from \(offset) to \(later)"))
            }
        }
    }

    private func verifyTotals(_ former: EpochMarker, _ next: EpochMarker, _ findings: inout [Finding]) {
        for (table, total) in next.totals.sorted(by: { $0.key < $1.key }) {
            let expected = (former.totals[table] ?? 0) + (next.rows[table] ?? 0)
            guard total != expected else { continue }
            findings.append(
                problem(
                    "marker-changed", (next.lineage, next.epoch),
                    "its marker says \(total) rows of \(table) in all, but those before it and its own are \(expected)")
            )
        }
    }

    private func verifyLast(_ findings: inout [Finding]) {
        guard let last = markers.last else {
            findings.append(
                problem("marker-missing", (record.lineage, record.epoch), "there are no markers of this job"))
            return
        }
        if last.lineage == record.lineage && last.epoch == record.epoch {
            if last.manifestDigest != record.manifestDigest || last.offsets != record.offsets {
                findings.append(
                    problem(
                        "bookkeeping-differs", (record.lineage, record.epoch),
                        "the bookkeeping row and the epoch's marker name different offsets or manifests"))
            }
        } else if last.lineage == record.lineage && last.epoch < record.epoch {
            let isOne = last.epoch + 1 == record.epoch
            findings.append(
                problem(
                    "marker-missing", (record.lineage, last.epoch + 1),
                    isOne
                        ? "the marker of epoch \(record.epoch), the last one, is missing"
                        : "the markers of epochs \(last.epoch + 1) to \(record.epoch) are missing"))
        } else {
            findings.append(
                problem(
                    "bookkeeping-differs", (record.lineage, record.epoch),
                    "the bookkeeping row stands at epoch \(record.epoch), but the last marker is that of \(last.epoch)")
            )
        }
    }

    private func verifyStore(_ findings: inout [Finding]) {
        let byEpoch = Dictionary(grouping: manifests.filter(\.summary.isAcknowledged)) {
            "\($0.manifest.lineage) \($0.manifest.epoch)"
        }
        let kept = manifests.filter(\.summary.isAcknowledged).map(\.manifest)
        for marker in markers {
            guard let members = byEpoch["\(marker.lineage) \(marker.epoch)"] else {
                let epochs = kept.filter { $0.lineage == marker.lineage }.map(\.epoch)
                // Older ones are forgotten on purpose.
                if let oldest = epochs.min(), marker.epoch > oldest, marker.epoch < epochs.max() ?? 0 {
                    findings.append(
                        problem(
                            "checkpoint-missing", (marker.lineage, marker.epoch),
                            "the epoch was committed here, but its checkpoint is not in the store"))
                }
                continue
            }
            guard let match = members.first(where: { $0.summary.digest == marker.manifestDigest }) else {
                findings.append(
                    problem(
                        "manifest-differs", (marker.lineage, marker.epoch),
                        "the marker names another manifest than the one in the store"))
                continue
            }
            for (split, offset) in marker.offsets.sorted(by: { $0.key < $1.key })
            where match.summary.offsets[split] != offset {
                findings.append(
                    problem(
                        "offsets-differ", (marker.lineage, marker.epoch),
                        "the marker says \(split) at \(offset), the checkpoint "
                            + "\(match.summary.offsets[split].map(String.init) ?? "nothing")"))
            }
        }
        guard let oldest = markers.first else { return }
        let known = Set(markers.map { "\($0.lineage) \($0.epoch)" })
        let missing = kept.filter { manifest in
            manifest.lineage == oldest.lineage && manifest.epoch >= oldest.epoch && manifest.epoch <= record.epoch
                && !known.contains("\(manifest.lineage) \(manifest.epoch)")
        }
        for manifest in missing where !findings.contains(where: { $0.code == "marker-missing" && $0.place == task }) {
            findings.append(
                problem(
                    "marker-missing", (manifest.lineage, manifest.epoch),
                    "the checkpoint was committed, but the database has no marker of it"))
        }
    }
}
