/// Whether a job does its work: restored, its input assigned, its systems reachable.
package struct Readiness: Codable, Sendable, Hashable {
    package var isReady: Bool
    /// What is missing; empty when the job is ready.
    package var missing: [String]

    /// A system that has not answered for so long counts as not reachable; what passes sooner is nobody's concern.
    static let reachableMilliseconds: Int64 = 3000
    /// A step of a commit may wait for its system for so long.
    static let commitMilliseconds: Int64 = 15_000

    package init(_ snapshot: JobSnapshot) {
        missing = Self.ofJob(snapshot.job)
        if missing.isEmpty {
            missing = Self.assignment(snapshot) + Self.systems(snapshot) + Self.commit(snapshot)
        }
        isReady = missing.isEmpty
    }

    private static func ofJob(_ job: JobState) -> [String] {
        switch job.phase {
        case "stopped": return ["the job has stopped"]
        case "failed": return ["the job has failed: \(job.lastError.map(Words.firstLine) ?? "no error was given")"]
        default: break
        }
        var missing: [String] = []
        if let trouble = job.trouble {
            missing.append("attempt \(trouble.attempts) failed: \(Words.firstLine(trouble.error))")
        }
        switch job.activity?.step {
        case "connecting": missing.append("the systems of the tables are not connected yet")
        case "fencing": missing.append("\(job.activity?.participant ?? "a system") has not answered yet")
        case "readingCheckpoints", "healing", "restoring": missing.append("the state is not restored yet")
        default:
            switch job.phase {
            case "restarting" where job.trouble == nil: missing.append("the job is restarting")
            case "starting": missing.append("the job is starting")
            default: break
            }
        }
        return missing
    }

    /// Every source has something to read.
    private static func assignment(_ snapshot: JobSnapshot) -> [String] {
        let assigned = Set(snapshot.partitions.map(\.source))
        if snapshot.operators.isEmpty { return ["no operator runs yet"] }
        return snapshot.operators.filter { $0.role == "source" && !assigned.contains($0.id) }.map {
            "no partition of \($0.name) is assigned"
        }
    }

    private static func systems(_ snapshot: JobSnapshot) -> [String] {
        let all =
            snapshot.operators.map { ($0.name, $0.trouble) } + snapshot.participants.map { ($0.id, $0.trouble) }
        return all.compactMap { name, trouble in
            guard let trouble, snapshot.takenAt - trouble.since > reachableMilliseconds else { return nil }
            return "\(name): \(Words.trouble(trouble))"
        }
    }

    private static func commit(_ snapshot: JobSnapshot) -> [String] {
        guard let activity = snapshot.job.activity, snapshot.takenAt - activity.since > commitMilliseconds else {
            return []
        }
        let epoch = activity.epoch.map { " \($0)" } ?? ""
        let waits = "waits for \(activity.participant ?? "the checkpoint store") since \(Words.time(activity.since))"
        return switch activity.step {
        case "preparing", "committing": ["the commit of checkpoint\(epoch) \(waits)"]
        case "storing", "acknowledging": ["checkpoint\(epoch) \(waits)"]
        default: []
        }
    }
}
