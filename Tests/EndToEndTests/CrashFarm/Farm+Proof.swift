/// O6: the state and the rows, proven by the service's own commands once the job has stopped.
extension Farm {
    /// What the commands say that is wrong: the newest checkpoint restored as a job would, and everything computed anew from the topics.
    func proofProblems() throws -> [String] {
        let commands = [
            ["checkpoints", "verify", String(job.checkpoints.acknowledgedEpoch), "--job", job.name],
            ["audit", job.sqlPath, "--recompute", "--examples", "3"],
        ]
        var problems: [String] = []
        for command in commands {
            let began = ContinuousClock.now
            let result = try ServiceProcess.run(command, environment: job.environment)
            report.proofSeconds += Double((ContinuousClock.now - began) / .seconds(1))
            if result.status != 0, !tellsOnlyOfHarm(result.output) {
                problems.append(
                    "O6 millrace \(command[0]) ended with \(result.status): \(result.output.suffix(1500))")
            }
        }
        return problems
    }

    /// Whether all that is wrong is that checkpoints cannot be read any more whose files this farm has harmed.
    private func tellsOnlyOfHarm(_ output: String) -> Bool {
        guard report.faults.keys.contains(where: { $0.hasPrefix("damaged ") }) else { return false }
        let problems = output.split(separator: "\n").filter { $0.hasPrefix("PROBLEM") }
        return !problems.isEmpty && problems.allSatisfy { $0.hasPrefix("PROBLEM  checkpoint-missing  ") }
    }
}
