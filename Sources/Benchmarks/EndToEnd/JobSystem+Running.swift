internal import DevPostgres
internal import Foundation
internal import JobService
internal import KernelBenchmarks

extension JobSystem {
    /// How a job is run beside its SQL.
    struct Settings {
        var parallelism = 1
        var interval = "1s"
        /// Whether it serves HTTP and is looked at every second.
        var isWatched = false
        /// Whether `perf` samples it.
        var isProfiled = false
        /// Variables beside those that the instrument sets.
        var environment: [EnvironmentSetting] = []
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
        /// Nil of a run that was not sampled.
        var profile: CostProfile?
    }

    /// The files of a job, its SQL written, and the environment that it runs in.
    private func prepare(
        _ text: JobText, _ settings: Settings
    ) throws -> (file: String, status: StatusFile, environment: [String: String]) {
        let name = text.places.output
        let file = "\(directory)/\(name).sql"
        try text.sql.write(toFile: file, atomically: true, encoding: .utf8)
        let status = StatusFile(path: "\(directory)/\(name).status.json")
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        environment["MILLRACE_JOB_NAME"] = name
        environment["MILLRACE_KAFKA_BOOTSTRAP_SERVERS"] = address
        environment["MILLRACE_CHECKPOINT_URI"] = "file://\(directory)/checkpoints"
        environment["MILLRACE_CHECKPOINT_INTERVAL"] = settings.interval
        environment["MILLRACE_PARALLELISM"] = String(settings.parallelism)
        environment["MILLRACE_STATUS_PATH"] = status.path
        environment["MILLRACE_HTTP_ADDRESS"] = settings.isWatched ? "127.0.0.1:0" : ""
        if text.target == .postgres { environment["MILLRACE_POSTGRES_URL"] = try postgres().url() }
        for setting in settings.environment { environment[setting.name] = setting.value }
        return (file, status, environment)
    }

    /// Starts a job as a process of its own.
    func start(_ text: JobText, _ settings: Settings) throws -> RunningJob {
        let (file, status, environment) = try prepare(text, settings)
        let log = "\(directory)/\(text.places.output).log"
        return RunningJob(
            process: try MeasuredProcess(try Self.program, ["run", file], environment: environment, log: log), log: log,
            statusFile: status)
    }

    /// Runs a bounded job to its end.
    func run(_ text: JobText, _ settings: Settings) throws -> Outcome {
        let job = try start(text, settings)
        let profiler = settings.isProfiled ? try Profiler(of: job.process, directory: directory) : nil
        let watcher = settings.isWatched ? JobWatcher(log: job.log) : nil
        let usage = job.process.wait()
        if let watcher, watcher.stop() < JobWatcher.paths.count {
            throw MeasuredProcess.Failure(description: "the job did not answer over HTTP; see \(job.log)")
        }
        guard usage.exitStatus == 0, let status = job.statusFile.read() else {
            throw MeasuredProcess.Failure(
                description: "the job ended with status \(usage.exitStatus):\n\(job.lastWords)")
        }
        removeCheckpoints(text)
        return Outcome(usage: usage, status: status, profile: try profiler?.finish())
    }

    /// Runs a bounded job to its end in this process, which slows it down.
    ///
    /// - Returns: how often memory was allocated; nil where that cannot be counted.
    func countAllocations(_ text: JobText, _ settings: Settings) throws -> (count: Int?, status: StatusReport) {
        var (file, status, environment) = try prepare(text, settings)
        environment["MILLRACE_LOG_LEVEL"] = "error"
        let configuration = try ServiceConfiguration(environment: environment, workingDirectory: directory)
        let pipeline = try Pipeline(path: file, configuration: configuration, environment: environment)
        let job = try ForegroundJob(pipeline, configuration: configuration, startingPoint: .committed)
        let count = try Allocations.count { try job.run() }
        guard let report = status.read() else {
            throw MeasuredProcess.Failure(description: "the job left no status")
        }
        removeCheckpoints(text)
        return (count, report)
    }

    private func removeCheckpoints(_ text: JobText) {
        try? FileManager.default.removeItem(atPath: "\(directory)/checkpoints/\(text.places.output)")
    }
}
