import Foundation

/// A job's checkpoints as files.
struct CheckpointFolder: Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    /// The names of all files, in ascending order; none where there is no folder yet.
    func names() -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func names(_ prefix: String) -> [String] { names().filter { $0.hasPrefix(prefix) } }

    /// The epoch in a file's name.
    static func epoch(_ name: String) -> Int? {
        let parts = name.split(separator: "-")
        return parts.count > 1 ? Int(parts[1]) : nil
    }

    /// The newest epoch that is committed everywhere; 0 before the first.
    var acknowledgedEpoch: Int { names("ack-").compactMap(Self.epoch).max() ?? 0 }

    /// The newest epoch that has a manifest, committed or not; 0 before the first.
    var newestEpoch: Int { max(acknowledgedEpoch, names("checkpoint-").compactMap(Self.epoch).max() ?? 0) }

    /// Waits until a file appears that is not there yet.
    ///
    /// - Returns: whether one did in time.
    @discardableResult
    func waitForNew(_ prefix: String, deadline: Date) -> Bool {
        let known = Set(names(prefix))
        while Date() < deadline {
            if names(prefix).contains(where: { !known.contains($0) }) { return true }
            TestSystem.pass(microseconds: 500)
        }
        return false
    }

    /// Waits until an epoch later than `epoch` is committed.
    func waitForCommit(after epoch: Int, deadline: Date) -> Bool {
        while Date() < deadline {
            if acknowledgedEpoch > epoch { return true }
            TestSystem.pass(milliseconds: 10)
        }
        return acknowledgedEpoch > epoch
    }

    /// Files that no kept checkpoint can need any more.
    ///
    /// - Parameter retained: how many committed checkpoints are kept.
    func orphans(retained: Int) -> [String] {
        // The collection runs every few epochs.
        let oldest = acknowledgedEpoch - 2 * retained
        let kept = Set(
            names("checkpoint-").flatMap { name in
                let text = (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? ""
                return text.split(separator: "\"").filter { $0.hasPrefix("state-") || $0.hasPrefix("redo-") }
            })
        let saved = Set(names("savepoint-").map { $0.dropFirst("savepoint-".count) })
        return names().filter { name in
            if saved.contains(where: { name.contains($0) }) { return false }
            // What a process was writing when it died has an hour's grace: it might be a living one's.
            guard !name.hasPrefix("tmp."), let epoch = Self.epoch(name), epoch < oldest else { return false }
            return !kept.contains(Substring(name))
        }
    }
}
