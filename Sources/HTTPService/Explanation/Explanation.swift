/// Says in words why nothing, or less than expected, comes out of a job. Pure functions over a snapshot.
package enum Explanation {
    /// A step that takes longer is worth a sentence.
    static let patienceMilliseconds: Int64 = 1500
    /// Partitions whose watermarks are no further apart go along with one another.
    static let skewMilliseconds: Int64 = 5000
    /// A partition at its end that holds the watermark although it has been silent for longer, which the usual idle time-out ends
    /// well before, holds output back.
    static let silenceMilliseconds: Int64 = 5000
    /// A worker that waits for room for more than this share of its time is held back.
    static let heldBackShare = 0.5

    /// - Returns: what holds output back, most important first; never empty.
    package static func findings(_ snapshot: JobSnapshot) -> [Finding] {
        var findings = ofJob(snapshot)
        // What partitions did before a restart explains nothing.
        if snapshot.job.trouble == nil && !isStarting(snapshot.job) && !snapshot.job.hasEnded {
            findings += ofSystems(snapshot)
            findings += ofPartitions(snapshot)
            findings += ofBackPressure(snapshot)
            findings += ofOperators(snapshot)
        }
        findings += ofDeadLetters(snapshot)
        let order: [Finding.Severity] = [.blocked, .waiting, .well, .note]
        let isHeldBack = findings.contains { $0.severity == .blocked || $0.severity == .waiting }
        if !isHeldBack { findings.insert(well(snapshot), at: 0) }
        return order.flatMap { severity in findings.filter { $0.severity == severity } }
    }

    // MARK: The job

    private static func isStarting(_ job: JobState) -> Bool {
        switch job.activity?.step {
        case "connecting", "fencing", "readingCheckpoints", "healing", "restoring": true
        default: job.phase == "starting"
        }
    }

    private static func ofJob(_ snapshot: JobSnapshot) -> [Finding] {
        let job = snapshot.job
        var findings: [Finding] = []
        if job.phase == "stopped" {
            findings.append(Finding(.blocked, "stopped", "stopped after checkpoint \(job.epoch)"))
        }
        if job.phase == "failed" {
            let error = job.lastError.map(Words.firstLine) ?? "no error was given"
            findings.append(Finding(.blocked, "failed", "failed after checkpoint \(job.epoch): \(error)"))
        }
        if let trouble = job.trouble { findings.append(self.trouble(trouble, snapshot)) }
        if job.isSearching {
            findings.append(
                Finding(
                    .waiting, "searching",
                    "records are read a few at a time since checkpoint \(job.epoch), to find the one that makes the job fail"
                ))
        }
        if job.isPaused {
            findings.append(Finding(.blocked, "paused", "paused: nothing is read until the job is resumed"))
        }
        if job.isHeld {
            let used = Words.mebibytes(snapshot.process.usedBytes)
            let limit = snapshot.process.memoryLimitBytes.map { " of \(Words.mebibytes($0))" } ?? ""
            findings.append(
                Finding(
                    .blocked, "memory",
                    "memory: \(used)\(limit) are used (MILLRACE_MEMORY_LIMIT); nothing is read until it is less"))
        }
        if let activity = job.activity, let finding = step(activity, snapshot) { findings.append(finding) }
        if job.isStopping && !job.hasEnded {
            findings.append(Finding(.waiting, "stopping", "stopping: ends after a last checkpoint"))
        }
        return findings
    }

    private static func trouble(_ trouble: JobState.Trouble, _ snapshot: JobSnapshot) -> Finding {
        let wait = trouble.nextAttemptAt - snapshot.takenAt
        let next =
            wait > 0
            ? "; tries again in \(Words.duration(wait))"
            : snapshot.job.activity.map { "; \(doing($0)) since \(Words.time($0.since))" } ?? ""
        return Finding(
            .blocked, "restarting",
            "fails since \(Words.time(trouble.since)), attempt \(trouble.attempts): \(Words.firstLine(trouble.error))\(next)",
            subject: snapshot.job.activity?.participant)
    }

    private static func doing(_ activity: JobState.Activity) -> String {
        let system = activity.participant ?? "the systems"
        let epoch = activity.epoch.map { " \($0)" } ?? ""
        return switch activity.step {
        case "connecting": "connecting to the tables' systems"
        case "fencing": "shutting out earlier instances at \(system)"
        case "readingCheckpoints": "reading the list of checkpoints"
        case "healing": "giving \(system) the rows of checkpoint\(epoch)"
        case "restoring": "restoring checkpoint\(epoch)"
        case "capturing": "waiting for every operator to reach checkpoint\(epoch)"
        case "storing": "writing the files of checkpoint\(epoch)"
        case "preparing": "handing the rows of checkpoint\(epoch) to \(system)"
        case "committing": "waiting for \(system) to commit checkpoint\(epoch)"
        default: "noting that checkpoint\(epoch) is committed"
        }
    }

    private static func step(_ activity: JobState.Activity, _ snapshot: JobSnapshot) -> Finding? {
        let age = snapshot.takenAt - activity.since
        let isStart = isStarting(snapshot.job)
        // In trouble the sentence about it says so already.
        guard isStart ? snapshot.job.trouble == nil : age > patienceMilliseconds else { return nil }
        let epoch = activity.epoch.map { " \($0)" } ?? ""
        let since = "since \(Words.time(activity.since)) (\(Words.duration(age)))"
        let subject = activity.participant
        if isStart {
            let detail =
                activity.step == "restoring" && activity.epoch == nil ? "starting from the beginning" : doing(activity)
            return Finding(.waiting, "starting", "starting: \(detail) \(since)", subject: subject)
        }
        return switch activity.step {
        case "committing":
            Finding(
                .waiting, "commit", "commit of checkpoint\(epoch) waits for \(subject ?? "a system") \(since)",
                subject: subject)
        case "preparing":
            Finding(
                .waiting, "commit", "checkpoint\(epoch) waits for \(subject ?? "a system") to take its rows \(since)",
                subject: subject)
        case "capturing":
            Finding(
                .waiting, "checkpoint", "checkpoint\(epoch) waits for an operator that is busy or held back \(since)")
        default: Finding(.waiting, "checkpoint", "\(doing(activity)) \(since)")
        }
    }

    // MARK: All is well

    private static func well(_ snapshot: JobSnapshot) -> Finding {
        let last = snapshot.checkpoints.last.map {
            "; checkpoint \($0.epoch) was committed at \(Words.time($0.committedAt))"
        }
        let checkpoint = last ?? (snapshot.job.epoch > 0 ? "; nothing new since checkpoint \(snapshot.job.epoch)" : "")
        guard let lag = snapshot.lag, lag > 0 else {
            let isKnown = snapshot.lag != nil && !snapshot.partitions.isEmpty
            return Finding(
                .well, isKnown ? "caught-up" : "running", (isKnown ? "all caught up" : "running") + checkpoint)
        }
        let rate = snapshot.operators.filter { $0.role == "source" }.reduce(0) { $0 + $1.rowsOutRate }
        var text = "reading: \(Words.count(lag)) records behind"
        if rate >= 1 {
            text += " at \(Words.count(Int64(rate))) a second"
            // Records keep coming meanwhile: this is how long those that are there take.
            text += ", about \(Words.duration(Int64(Double(lag) / rate * 1000))) of reading"
        }
        return Finding(.well, "reading", text + checkpoint)
    }
}
