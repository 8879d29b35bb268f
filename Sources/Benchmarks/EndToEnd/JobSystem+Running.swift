internal import DevPostgres
internal import Foundation
internal import JobService

extension JobSystem {
    /// How a job is run beside its SQL.
    struct Settings {
        var parallelism = 1
        var interval = "1s"
        /// Counts what the process allocates, which slows it down.
        var countsAllocations = false
    }

    /// A job that runs, with its files.
    struct RunningJob {
        let process: MeasuredProcess
        let log: String
        let statusFile: StatusFile

        /// The last lines that it wrote.
        var lastWords: String {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").suffix(20).joined(separator: "\n")
        }
    }

    /// What a job was and cost that ran to its end.
    struct Outcome {
        var usage: MeasuredProcess.Usage
        var status: StatusReport
        /// Calls of malloc, calloc and realloc, if they were counted.
        var allocationCount: Int?
    }

    /// Starts a job as a process of its own.
    func start(_ text: JobText, _ settings: Settings) throws -> RunningJob {
        let name = text.places.output
        let file = "\(directory)/\(name).sql"
        try text.sql.write(toFile: file, atomically: true, encoding: .utf8)
        let status = StatusFile(path: "\(directory)/\(name).status.json")
        let log = "\(directory)/\(name).log"
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        environment["MILLRACE_JOB_NAME"] = name
        environment["MILLRACE_KAFKA_BOOTSTRAP_SERVERS"] = address
        environment["MILLRACE_CHECKPOINT_URI"] = "file://\(directory)/checkpoints"
        environment["MILLRACE_CHECKPOINT_INTERVAL"] = settings.interval
        environment["MILLRACE_PARALLELISM"] = String(settings.parallelism)
        environment["MILLRACE_STATUS_PATH"] = status.path
        environment["MILLRACE_HTTP_ADDRESS"] = ""
        if text.target == .postgres { environment["MILLRACE_POSTGRES_URL"] = try postgres().url() }
        if settings.countsAllocations { environment["LD_PRELOAD"] = "libmemusage.so" }
        return RunningJob(
            process: try MeasuredProcess(try Self.program, ["run", file], environment: environment, log: log), log: log,
            statusFile: status)
    }

    /// Runs a bounded job to its end.
    func run(_ text: JobText, _ settings: Settings) throws -> Outcome {
        let job = try start(text, settings)
        let usage = job.process.wait()
        guard usage.exitStatus == 0, let status = job.statusFile.read() else {
            throw MeasuredProcess.Failure(
                description: "the job ended with status \(usage.exitStatus):\n\(job.lastWords)")
        }
        try? FileManager.default.removeItem(atPath: "\(directory)/checkpoints/\(text.places.output)")
        return Outcome(
            usage: usage, status: status,
            allocationCount: settings.countsAllocations ? Self.allocationCount(log: job.log) : nil)
    }

    /// The calls that glibc's libmemusage.so has written at the end of a process; nil if it was not there.
    private static func allocationCount(log: String) -> Int? {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        var counts: [Int] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 1)
            guard parts.count == 2, ["malloc", "calloc", "realloc"].contains(where: { parts[0].contains($0) }),
                let count = parts[1].split(separator: " ").first.flatMap({ Int($0) })
            else { continue }
            counts.append(count)
        }
        return counts.count == 3 ? counts.reduce(0, +) : nil
    }
}
