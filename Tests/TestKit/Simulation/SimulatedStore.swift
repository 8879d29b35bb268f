internal import Dataflow
internal import Execution

/// A checkpoint store: files that are written, become visible and become durable at different times, on a disk of some machine.
///
/// What is answered as stored is durable. Before that a file may come late, after its writer has gone, behind a younger one, torn, or not at
/// all.
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
        /// The write that it came from.
        var number = 0
        var landedAt: Int32
        var isDamaged = false
        /// Whether a cluster may have forgotten since what was committed with it.
        var isOld = false
    }

    /// A file that would not survive a crash of the machine yet.
    struct Write {
        var number: Int
        var writer: Int
        var name: String
        /// Nil once it has landed.
        var content: Content?
        /// When it becomes visible under its name.
        var landsAt: Int32
        /// When it would survive a crash of the machine.
        var syncsAt: Int32
    }

    struct Deletion {
        var file: File
        var at: Int32
    }

    enum WriteStatus {
        case pending, durable, lost
    }

    /// What a crash of the machine did to files.
    struct Damage {
        var lost: [String] = []
        var torn: [String] = []
        /// Their deletion did not survive.
        var revived: [String] = []
    }

    /// After that long a deletion is durable, and in every list.
    static let deletionMemory: Int32 = 200

    private(set) var files: [File] = []
    private(set) var writes: [Write] = []
    private var deletions: [Deletion] = []
    private var lost: Set<Int> = []
    private var writeCount = 0
    private var newestLanded = 0

    // MARK: Writing

    /// - Returns: the number of the write.
    mutating func write(
        _ name: String, _ content: Content, by writer: Int, landsAt: Int32, syncsAt: Int32
    ) -> Int {
        writeCount += 1
        writes.append(
            Write(
                number: writeCount, writer: writer, name: name, content: content, landsAt: landsAt, syncsAt: syncsAt))
        return writeCount
    }

    func status(_ number: Int) -> WriteStatus {
        if lost.contains(number) { return .lost }
        return writes.contains { $0.number == number } ? .pending : .durable
    }

    /// Lets the writes go on.
    ///
    /// - Returns: those that became visible, in order.
    mutating func settle(_ now: Int32) -> [Write] {
        if writes.isEmpty { return [] }
        var landed: [Write] = []
        for write in writes where write.content != nil && write.landsAt <= now { landed.append(write) }
        landed.sort { ($0.landsAt, $0.number) < ($1.landsAt, $1.number) }
        for write in landed { land(write) }
        writes.removeAll { $0.content == nil && $0.syncsAt <= now }
        return landed
    }

    private mutating func land(_ write: Write) {
        guard let index = writes.firstIndex(where: { $0.number == write.number }), let content = write.content
        else { return }
        writes[index].content = nil
        // No file is overwritten.
        if file(write.name) != nil { return }
        files.append(File(name: write.name, content: content, number: write.number, landedAt: write.landsAt))
    }

    /// Whether a younger file was visible before this one.
    mutating func overtakes(_ number: Int) -> Bool {
        defer { newestLanded = max(newestLanded, number) }
        return number < newestLanded
    }

    /// What a writer had not made visible when it died does not become so any more.
    mutating func forgetWrites(of writer: Int) {
        writes.removeAll { $0.writer == writer && $0.content != nil }
    }

    mutating func delete(_ names: [String], _ now: Int32) {
        if names.isEmpty { return }
        let gone = Set(names)
        deletions.removeAll { now - $0.at > Self.deletionMemory }
        for file in files where gone.contains(file.name) { deletions.append(Deletion(file: file, at: now)) }
        files.removeAll { gone.contains($0.name) }
    }

    // MARK: Faults

    /// The machine with the disk has crashed: what was not durable is gone or torn, or whole all the same.
    ///
    /// - Parameter isNetworked: requests that have not arrived yet still will.
    mutating func crash(_ now: Int32, isNetworked: Bool, _ random: inout SimulationRandom) -> Damage {
        var damage = Damage()
        for write in writes {
            if write.content != nil && isNetworked { continue }
            lost.insert(write.number)
            guard write.content == nil, let index = files.firstIndex(where: { $0.number == write.number })
            else { continue }
            switch random.below(3) {
            case 0:
                damage.lost.append(files[index].name)
                files.remove(at: index)
            case 1:
                damage.torn.append(files[index].name)
                files[index].isDamaged = true
            default: break
            }
        }
        writes.removeAll { lost.contains($0.number) }
        for deletion in deletions where now - deletion.at <= Self.deletionMemory && random.below(2) == 0 {
            if file(deletion.file.name) != nil { continue }
            damage.revived.append(deletion.file.name)
            files.append(deletion.file)
        }
        deletions = []
        return damage
    }

    mutating func damage(_ index: Int) -> String {
        files[index].isDamaged = true
        return files[index].name
    }

    /// Some time after the last write: everything is durable, and every list is new.
    mutating func comeToRest(isLong: Bool) {
        writes = []
        deletions = []
        for index in files.indices {
            files[index].landedAt = .min
            if isLong { files[index].isOld = true }
        }
    }

    mutating func empty() { files = [] }

    /// For mutants: files vanish at once.
    mutating func removeAll(where isGone: (String) -> Bool) { files.removeAll { isGone($0.name) } }

    // MARK: Reading

    func file(_ name: String) -> File? { files.first { $0.name == name } }

    /// What a repository answers; of a manifest that is damaged only what its name tells.
    func summaries() -> [CheckpointSummary] { summaries(of: files) }

    /// The same by a list that is as old as `time`: what came since is missing, and what was deleted since is named and cannot be read.
    func summaries(listedAt time: Int32) -> [CheckpointSummary] {
        var listed = files.filter { $0.landedAt <= time }
        for deletion in deletions where deletion.at > time && deletion.file.landedAt <= time {
            var file = deletion.file
            file.isDamaged = true
            listed.append(file)
        }
        return summaries(of: listed)
    }

    private func summaries(of files: [File]) -> [CheckpointSummary] {
        var acknowledged: [String] = []
        for file in files {
            if case .acknowledgement(let digest) = file.content { acknowledged.append(digest) }
        }
        var summaries: [CheckpointSummary] = []
        for file in files {
            guard case .manifest(let manifest) = file.content else { continue }
            var summary = manifest.summary
            summary.isAcknowledged = acknowledged.contains(summary.digest)
            summary.mayBeForgotten = file.isOld
            if file.isDamaged {
                summary.isReadable = false
                summary.digest = String(summary.digest.prefix(12))
                summary.offsets = [:]
                summary.parent = nil
                summary.forkedOver = [:]
                summary.earlierForks = []
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

    /// Whether some manifest cannot be read.
    var hasDamagedManifest: Bool {
        for file in files where file.isDamaged {
            if case .manifest = file.content { return true }
        }
        return false
    }

    /// Whether the manifest and everything it needs can be read.
    func isWhole(_ manifest: Manifest) -> Bool {
        manifest.files.allSatisfy { name in file(name).map { !$0.isDamaged } ?? false }
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
}
