internal import Dataflow
internal import Execution

/// A checkpoint store: files that are whole and durable when the store has answered, and anything before that.
struct SimulatedStore {
    struct Manifest {
        var summary: CheckpointSummary
        var files: [String]
        var state: JobState
        var redo: [(participant: String, file: String)]
    }

    enum Content {
        case manifest(Manifest)
        case state(JobState)
        case redo(OutputRows)
        case acknowledgement(digest: String)
    }

    struct File {
        var name: String
        var content: Content
        var isDurable = true
        var isDamaged = false
    }

    var files: [File] = []

    func file(_ name: String) -> File? { files.first { $0.name == name } }

    mutating func put(_ name: String, _ content: Content, isDurable: Bool) {
        files.append(File(name: name, content: content, isDurable: isDurable))
    }

    /// What a repository answers; of a manifest that is damaged only what its name tells.
    func summaries() -> [CheckpointSummary] {
        var acknowledged: [String] = []
        for file in files {
            if case .acknowledgement(let digest) = file.content { acknowledged.append(digest) }
        }
        var summaries: [CheckpointSummary] = []
        for file in files {
            guard case .manifest(let manifest) = file.content else { continue }
            var summary = manifest.summary
            summary.isAcknowledged = acknowledged.contains(summary.digest)
            if file.isDamaged {
                summary.isReadable = false
                summary.digest = String(summary.digest.prefix(12))
                summary.offsets = [:]
                summary.parent = nil
                summary.forkedOver = [:]
            }
            summaries.append(summary)
        }
        return summaries
    }

    func isAcknowledged(_ digest: String) -> Bool {
        for file in files {
            if case .acknowledgement(let acknowledged) = file.content, acknowledged == digest { return true }
        }
        return false
    }

    func manifest(_ digest: String) -> Manifest? {
        for file in files where !file.isDamaged {
            if case .manifest(let manifest) = file.content, manifest.summary.digest == digest { return manifest }
        }
        return nil
    }

    /// What of the files that were listed earlier is not needed, by the manifests as they are now.
    ///
    /// - Parameter isMissingEmpty: takes a manifest that has gone meanwhile for one that needs nothing.
    func obsolete(_ names: [String], retained: Int, lineage: String, isMissingEmpty: Bool) -> [String] {
        CheckpointNames.obsolete(names, retainedCount: retained, lineage: lineage) { name in
            guard let file = file(name) else { return isMissingEmpty ? [] : nil }
            guard !file.isDamaged, case .manifest(let manifest) = file.content else { return [] }
            return manifest.files + manifest.redo.map(\.file)
        }
    }

    mutating func delete(_ names: [String]) {
        if names.isEmpty { return }
        let gone = Set(names)
        files.removeAll { gone.contains($0.name) }
    }

    /// The machine has crashed: what was not durable is gone or torn.
    mutating func crash(_ random: inout SimulationRandom) {
        if files.allSatisfy(\.isDurable) { return }
        for index in files.indices.reversed() where !files[index].isDurable {
            if random.below(2) == 0 { files.remove(at: index) } else { files[index].isDamaged = true }
        }
    }
}
