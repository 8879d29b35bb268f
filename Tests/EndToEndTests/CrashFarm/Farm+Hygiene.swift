import DevPostgres
import Foundation

/// O7: what a job must not leave behind.
extension Farm {
    func hygieneProblems() throws -> [String] {
        var problems: [String] = []
        let prepared = try system.postgres.query("SELECT count(*) FROM pg_prepared_xacts")
        if prepared != "0" { problems.append("O7 \(prepared) prepared transactions") }
        let sessions = try system.postgres.query(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE starts_with(application_name, left('\(job.name)', 24)) OR state LIKE 'idle in transaction%'
            """)
        if sessions != "0" { problems.append("O7 \(sessions) sessions are left") }
        let orphans = job.checkpoints.orphans(retained: 10)
        if !orphans.isEmpty { problems.append("O7 \(orphans.count) files nobody needs: \(orphans.prefix(3))") }
        guard job.variant.writesKafka else { return problems }
        for topic in ["answers", "transfers", "copies"] {
            let stable = try endOffsets(system.topic(topic), isolation: "read_committed")
            let end = try endOffsets(system.topic(topic), isolation: "read_uncommitted")
            if stable != end || end.isEmpty {
                problems.append("O7 a transaction is open in \(topic): \(stable) of \(end) is stable")
            }
        }
        return problems
    }

    /// The ends of a topic's partitions: the last stable offsets for readers of what is committed.
    private func endOffsets(_ topic: String, isolation: String) throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let partitions = (0..<(topic.hasPrefix("transfers") ? 1 : 3)).flatMap { ["-t", "\(topic):\($0):-1"] }
        process.arguments =
            ["kcat", "-Q", "-b", system.bootstrapServers, "-X", "isolation.level=\(isolation)"] + partitions
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init).sorted()
    }
}
