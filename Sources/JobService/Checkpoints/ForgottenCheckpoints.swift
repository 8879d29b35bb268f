internal import Execution
internal import StateBackends

/// What a running job has forgotten while somebody looked.
enum ForgottenCheckpoints {
    /// Leaves out what was found of checkpoints that are older than every one that is kept now.
    static func leavingOut(_ findings: [Finding], _ repository: CheckpointRepository) -> [Finding] {
        guard let names = try? repository.store.list() else { return findings }
        var oldest: [String: Int64] = [:]
        for name in names where CheckpointVerification.isManifest(name) {
            let parts = name.split(separator: "-")
            guard parts.count == 4, let number = CheckpointVerification.number(name) else { continue }
            let lineage = String(parts[2])
            oldest[lineage] = min(oldest[lineage] ?? .max, number)
        }
        return findings.filter { finding in
            guard let checkpoint = finding.checkpoint, let lineage = finding.lineage,
                ["gap", "acknowledgement-missing", "checkpoint-missing", "file-missing"].contains(finding.code)
            else { return true }
            return checkpoint >= oldest[CheckpointNames.short(lineage)] ?? .min
        }
    }
}
