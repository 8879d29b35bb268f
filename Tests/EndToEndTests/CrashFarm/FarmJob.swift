import DevPostgres
import Foundation

/// The processes of a farm's job, one after another, each with its log.
final class FarmJob {
    /// One process of the job.
    struct Life {
        var process: ServiceProcess
        var start: Date
        var log: String
    }

    let variant: FarmVariant
    let system: TestSystem
    /// Databases that the job writes to; the first is the system's own.
    let databases: [String]
    let sqlPath: String
    private(set) var lives: [Life] = []
    /// Further environment variables of its processes.
    var further: [String: String] = [:]

    init(_ variant: FarmVariant, _ system: TestSystem) throws {
        self.variant = variant
        self.system = system
        databases = try (0..<variant.databaseCount).map {
            $0 == 0 ? system.database : try system.postgres.createDatabase()
        }
        sqlPath = try system.write(variant.sql, as: "farm.sql")
    }

    var name: String { "job-\(system.suffix)" }

    var environment: [String: String] {
        var variables = system.environment([
            "MILLRACE_CHECKPOINT_INTERVAL": "100ms", "MILLRACE_PARALLELISM": String(variant.parallelism),
            "MILLRACE_LOG_LEVEL": "debug", "ANSWERS": system.topic("answers"), "TRANSFERS": system.topic("transfers"),
            "COPIES": system.topic("copies"),
        ])
        for (number, database) in databases.enumerated() {
            variables["DATABASE_\(number)"] = system.postgres.url(database: database)
        }
        return variables.merging(further) { $1 }
    }

    @discardableResult
    func start() throws -> Life {
        let log = "\(system.directory)/life-\(lives.count).log"
        let start = Date()
        let process = try ServiceProcess(
            ["run", sqlPath], environment: environment, log: log)
        let life = Life(process: process, start: start, log: log)
        lives.append(life)
        return life
    }

    /// The folder of the job's checkpoints.
    var checkpoints: CheckpointFolder {
        CheckpointFolder("\(system.directory)/checkpoints/\(name)")
    }
}

extension FarmJob.Life {
    /// The numbers of the epochs that it reported as committed, with the milliseconds since its start.
    var commits: [(epoch: Int, milliseconds: Int)] {
        process.output.split(separator: "\n").compactMap { line in
            guard line.contains(" A checkpoint is committed"), let epoch = Self.number("epoch", line),
                let time = Self.time(line)
            else { return nil }
            return (epoch, Int(time.timeIntervalSince(start) * 1000))
        }
    }

    /// What it logged, without what nobody looks for.
    var notableLines: String {
        process.output.split(separator: "\n").filter { !$0.contains(" DEBUG ") }.suffix(40).joined(separator: "\n")
    }

    /// How often it went back to the last checkpoint within the process.
    var restartCount: Int {
        process.output.components(separatedBy: "Going back to the last committed checkpoint").count - 1
    }

    private static func number(_ field: String, _ line: Substring) -> Int? {
        line.split(separator: " ").first { $0.hasPrefix("\(field)=") }.flatMap { Int($0.dropFirst(field.count + 1)) }
    }

    private static func time(_ line: Substring) -> Date? {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return line.split(separator: " ").first.flatMap { try? Date(String($0), strategy: format) }
    }
}
