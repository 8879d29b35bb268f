/// Whether a job does its work: restored, its input assigned, its systems reachable.
package struct Readiness: Codable, Sendable, Hashable {
    package var isReady: Bool
    /// What is missing; empty when the job is ready.
    package var missing: [String]

    package init(_ snapshot: JobSnapshot) {
        let job = snapshot.job
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
            case "running", "checkpointing": break
            case "stopped": missing.append("the job has stopped")
            case "restarting" where job.trouble == nil: missing.append("the job is restarting")
            case "starting": missing.append("the job is starting")
            default: break
            }
        }
        self.missing = missing
        isReady = missing.isEmpty
    }
}
