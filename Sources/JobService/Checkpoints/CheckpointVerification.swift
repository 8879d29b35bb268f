internal import Dataflow
package import Execution
internal import StateBackends

/// Reads every file of the kept checkpoints and says what does not hold. Changes nothing; a running job may go on meanwhile.
package struct CheckpointVerification {
    let repository: CheckpointRepository
    let job: String
    var findings: [Finding] = []
    /// Files that were read, and whether they are what they should be.
    private var files: [StoredFile: Bool] = [:]
    /// Segments that were decoded, with the outcome.
    private var segments: [CheckpointManifest.SegmentReference: Bool] = [:]
    /// The newest committed checkpoint without a problem so far, for advice.
    private var newestSound: Int64?

    package init(_ repository: CheckpointRepository, job: String) {
        self.repository = repository
        self.job = job
    }

    /// - Parameter epoch: nil for all; one alone is restored as a job would, which also counts its entries.
    /// - Throws: `JobServiceError(.invalidInput)` where there is none of that number; `CheckpointStoreError` where the store cannot be
    ///   listed.
    package mutating func run(epoch: Int64?) throws -> VerificationReport {
        let names = try repository.store.list()
        let summaries = try repository.summaries()
        let chosen = summaries.filter { epoch == nil || $0.epoch == epoch }
        if let epoch, chosen.isEmpty, !names.contains(where: { Self.number($0) == epoch && Self.isManifest($0) }) {
            throw JobServiceError(.invalidInput, "there is no checkpoint \(epoch) in \(repository.store.location)")
        }
        verifyManifestNames(names, epoch: epoch)
        var report = VerificationReport(
            job: job, location: repository.store.location, checkpoints: [], findings: [], isOnline: false)
        var manifests: [(CheckpointSummary, CheckpointManifest)] = []
        for summary in chosen {
            guard let manifest = try? repository.manifest(named: summary.name).manifest else { continue }
            manifests.append((summary, manifest))
            report.checkpoints.append(verify(summary, manifest, restores: epoch != nil))
        }
        let chain = try epoch == nil ? manifests : allManifests(summaries)
        LineageVerification(manifests: chain, names: names).run(into: &findings, epoch: epoch)
        if epoch == nil { verifyOrphans(names, manifests.map(\.1)) }
        findings = ForgottenCheckpoints.leavingOut(findings, repository)
        report.findings = advised()
        return report
    }

    private func allManifests(
        _ summaries: [CheckpointSummary]
    ) throws -> [(CheckpointSummary, CheckpointManifest)] {
        summaries.compactMap { summary in
            (try? repository.manifest(named: summary.name).manifest).map { (summary, $0) }
        }
    }

    /// Manifests that cannot be read are left out by the job; here they are named.
    private mutating func verifyManifestNames(_ names: [String], epoch: Int64?) {
        for name in names where Self.isManifest(name) {
            guard epoch == nil || Self.number(name) == epoch else { continue }
            do {
                _ = try repository.manifest(named: name)
            } catch  where error.code == .missing {
                // A running job has forgotten it since the list was made.
                continue
            } catch {
                findings.append(
                    Finding(
                        .problem, "manifest-damaged", checkpoint: Self.number(name), place: name, "\(error)"))
            }
        }
    }

    private mutating func verify(
        _ summary: CheckpointSummary, _ manifest: CheckpointManifest, restores: Bool
    ) -> VerificationReport.Checkpoint {
        let before = findings.count { $0.level == .problem }
        verifyContent(summary, manifest)
        let stored = manifest.files + manifest.redo.map(\.file)
        for file in stored { verify(file, of: manifest) }
        for segment in manifest.segments where files[Self.file(of: segment, manifest)] == true {
            verify(segment, of: manifest)
        }
        var entries: [String: Int] = [:]
        if restores && findings.count(where: { $0.level == .problem }) == before { entries = restore(manifest) }
        let isSound = findings.count { $0.level == .problem } == before
        if isSound && summary.isAcknowledged { newestSound = max(newestSound ?? 0, summary.epoch) }
        return VerificationReport.Checkpoint(
            epoch: summary.epoch, lineage: summary.lineage, isCommitted: summary.isAcknowledged,
            fileCount: stored.count, byteCount: stored.reduce(0) { $0 + $1.byteCount },
            operators: OperatorSizes.of(manifest, entries: entries), isSound: isSound)
    }

    /// What a manifest says of itself against its name and its own parts.
    private mutating func verifyContent(_ summary: CheckpointSummary, _ manifest: CheckpointManifest) {
        func problem(_ code: String, _ message: String) -> Finding {
            Finding(
                .problem, code, checkpoint: manifest.epoch, lineage: manifest.lineage, place: summary.name, message)
        }
        if manifest.job != job {
            findings.append(problem("foreign-job", "it belongs to the job '\(manifest.job)'"))
        }
        let isNamedRight =
            Self.number(summary.name) == manifest.epoch
            && summary.name.contains("-\(CheckpointNames.short(manifest.lineage))-")
        if !isNamedRight {
            findings.append(problem("name-differs", "its name says another number or lineage than its content"))
        }
        let byName = Dictionary(manifest.files.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for segment in manifest.segments {
            let isInside =
                segment.offset >= 0 && segment.byteCount >= 0
                && byName[segment.file].map { segment.offset + segment.byteCount <= $0.byteCount } ?? false
            let groups = 0...manifest.keyGroupCount
            let areGroups =
                groups.contains(segment.firstKeyGroup) && groups.contains(segment.endKeyGroup)
                && segment.firstKeyGroup <= segment.endKeyGroup
            if !isInside || !areGroups || segment.epoch > manifest.epoch {
                findings.append(
                    problem(
                        "segment-impossible",
                        "a piece of \(segment.operatorUID) \(segment.stateName) points outside \(segment.file)"))
            }
        }
    }

    private mutating func verify(_ file: StoredFile, of manifest: CheckpointManifest) {
        guard files[file] == nil else {
            if files[file] == false { report(file, of: manifest, "the file is damaged, as said above") }
            return
        }
        do {
            _ = try repository.store.get(file.name, expecting: file)
            files[file] = true
        } catch {
            // A running job may have forgotten the checkpoint, and its files, since the list was made.
            if error.code == .missing, isForgotten(manifest) { return }
            files[file] = false
            report(file, of: manifest, error.message, isMissing: error.code == .missing)
        }
    }

    private mutating func report(
        _ file: StoredFile, of manifest: CheckpointManifest, _ message: String, isMissing: Bool = false
    ) {
        findings.append(
            Finding(
                .problem, isMissing ? "file-missing" : "file-damaged", checkpoint: manifest.epoch,
                lineage: manifest.lineage, place: file.name, message))
    }

    private func isForgotten(_ manifest: CheckpointManifest) -> Bool {
        let prefix = CheckpointNames.short(manifest.lineage)
        let names = (try? repository.store.list()) ?? []
        return !names.contains { name in
            Self.isManifest(name) && Self.number(name) == manifest.epoch && name.contains("-\(prefix)-")
        }
    }

    private static func file(
        of segment: CheckpointManifest.SegmentReference, _ manifest: CheckpointManifest
    ) -> StoredFile {
        manifest.files.first { $0.name == segment.file } ?? StoredFile(name: segment.file, byteCount: 0, digest: "")
    }

    /// Decodes one piece of state by itself.
    private mutating func verify(_ segment: CheckpointManifest.SegmentReference, of manifest: CheckpointManifest) {
        guard segments[segment] == nil else { return }
        let descriptors = manifest.descriptors[segment.operatorUID] ?? []
        guard let descriptor = descriptors.first(where: { $0.name == segment.stateName }) else {
            segments[segment] = false
            findings.append(
                Finding(
                    .problem, "shape-missing", checkpoint: manifest.epoch, lineage: manifest.lineage,
                    place: segment.file, "\(segment.operatorUID) \(segment.stateName) has no description"))
            return
        }
        guard let state = descriptor.makeState(keyGroupCount: manifest.keyGroupCount) else {
            segments[segment] = true
            findings.append(
                Finding(
                    .notice, "shape-unknown", checkpoint: manifest.epoch, lineage: manifest.lineage,
                    place: segment.file, "the layout \(descriptor.layout) is not one that this release can read"))
            return
        }
        do {
            let content = try repository.store.get(segment.file, expecting: nil)
            try withExtendedLifetime(content) {
                let range = segment.offset..<segment.offset + segment.byteCount
                let part = unsafe UnsafeRawBufferPointer(rebasing: content.bytes[range])
                let all = KeyGroupSet(count: manifest.keyGroupCount, 0..<manifest.keyGroupCount)
                unsafe try state.restore(part, keyGroups: all)
            }
            segments[segment] = true
        } catch {
            segments[segment] = false
            findings.append(
                Finding(
                    .problem, "state-unreadable", checkpoint: manifest.epoch, lineage: manifest.lineage,
                    place: segment.file, "\(segment.operatorUID) \(segment.stateName): \(error)"))
        }
    }

    /// Restores the whole state as a job would; answers the entries of each state.
    private mutating func restore(_ manifest: CheckpointManifest) -> [String: Int] {
        var states: [String: any CheckpointedState] = [:]
        do {
            try repository.reader(of: manifest).forEach { segment in
                let name = OperatorSizes.name(segment.operatorUID, segment.stateName)
                let made = states[name] ?? segment.descriptor?.makeState(keyGroupCount: manifest.keyGroupCount)
                guard let state = made else { return }
                states[name] = state
                try withExtendedLifetime(segment.buffer) {
                    unsafe try state.restore(segment.bytes, keyGroups: segment.keyGroups)
                }
            }
        } catch {
            findings.append(
                Finding(
                    .problem, "restore-failed", checkpoint: manifest.epoch, lineage: manifest.lineage, "\(error)"))
        }
        return states.mapValues(\.entryCount)
    }

    /// Files that belong to no kept checkpoint.
    private mutating func verifyOrphans(_ names: [String], _ manifests: [CheckpointManifest]) {
        var needed: Set<String> = []
        for manifest in manifests {
            needed.formUnion(manifest.files.map(\.name))
            needed.formUnion(manifest.redo.map(\.file.name))
        }
        // What is newer than every manifest may belong to a checkpoint that is being taken.
        let newest = manifests.map(\.epoch).max() ?? .max
        for name in names where name.hasPrefix("state-") || name.hasPrefix("redo-") {
            guard !needed.contains(name), let number = Self.number(name), number <= newest else { continue }
            findings.append(
                Finding(
                    .notice, "orphan", checkpoint: number, place: name, "no kept checkpoint needs the file",
                    remedy: "it is what a crash left behind and may be deleted while the job is stopped"))
        }
    }

    /// The findings with a way out for those that have none.
    private func advised() -> [Finding] {
        findings.map { finding in
            guard finding.level == .problem, finding.remedy == nil else { return finding }
            var finding = finding
            if let newestSound {
                finding.remedy =
                    "the newest sound checkpoint: millrace run PIPELINE.sql --from-checkpoint \(newestSound)"
            } else {
                finding.remedy =
                    "no sound checkpoint is known here: restore the folder from a backup, or start over by "
                    + "millrace run PIPELINE.sql --from-checkpoint none"
            }
            return finding
        }
    }

    static func isManifest(_ name: String) -> Bool { name.hasPrefix("checkpoint-") }

    /// The checkpoint's number in a file's name.
    static func number(_ name: String) -> Int64? {
        let parts = name.split(separator: "-")
        return parts.count > 1 ? Int64(parts[1]) : nil
    }
}
