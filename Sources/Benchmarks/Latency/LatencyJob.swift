internal import DevPostgres
internal import Foundation
internal import JobService
internal import KafkaConnector
internal import KernelBenchmarks

/// The job whose latency is measured: it copies a topic of 4 partitions.
final class LatencyJob {
    let input: String
    let output: String
    private let directory: String
    private let address: String
    private let postgres: PostgresServer?
    private let guarantee: JobCase.Guarantee
    private let interval: String
    private let parallelism: Int
    private let status: StatusFile

    init(
        address: String, postgres: PostgresServer?, guarantee: JobCase.Guarantee, interval: String, parallelism: Int
    ) throws {
        let suffix = UUID().uuidString.prefix(8).lowercased()
        (input, output) = ("sent_\(suffix)", "seen_\(suffix)")
        directory = NSTemporaryDirectory() + "millrace-latency-\(suffix)"
        (self.address, self.postgres, self.guarantee) = (address, postgres, guarantee)
        (self.interval, self.parallelism) = (interval, parallelism)
        status = StatusFile(path: "\(directory)/status.json")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let loader = try TopicLoader(properties: ["bootstrap.servers": address])
        try loader.createTopic(input, partitions: 4)
        if postgres == nil { try loader.createTopic(output, partitions: 4) }
    }

    func removeFiles() { try? FileManager.default.removeItem(atPath: directory) }

    func start() throws -> MeasuredProcess {
        let file = "\(directory)/latency.sql"
        try sql.write(toFile: file, atomically: true, encoding: .utf8)
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        environment["MILLRACE_JOB_NAME"] = output
        environment["MILLRACE_KAFKA_BOOTSTRAP_SERVERS"] = address
        environment["MILLRACE_CHECKPOINT_URI"] = "file://\(directory)/checkpoints"
        environment["MILLRACE_CHECKPOINT_INTERVAL"] = interval
        environment["MILLRACE_PARALLELISM"] = String(parallelism)
        environment["MILLRACE_STATUS_PATH"] = status.path
        environment["MILLRACE_HTTP_ADDRESS"] = ""
        if let postgres { environment["MILLRACE_POSTGRES_URL"] = postgres.url() }
        return try MeasuredProcess(
            JobSystem.program, ["run", file], environment: environment, log: "\(directory)/job.log")
    }

    /// Waits until the job has taken a checkpoint.
    func awaitRunning() throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline {
            if let report = status.read(), report.checkpointCount > 0 { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        let text = (try? String(contentsOfFile: "\(directory)/job.log", encoding: .utf8)) ?? ""
        throw MeasuredProcess.Failure(description: "the job does not run:\n\(text.suffix(2000))")
    }

    private var sql: String {
        let promise = "'sink.delivery-guarantee' = '\(guarantee.rawValue)'"
        let target =
            postgres == nil
            ? "'connector' = 'kafka', 'topic' = '\(output)', 'format' = 'json', \(promise)"
            : "'connector' = 'postgres', 'table-name' = '\(output)', \(promise)"
        return """
            CREATE TABLE sent_ (id BIGINT, sent BIGINT)
            WITH ('connector' = 'kafka', 'topic' = '\(input)', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
            CREATE TABLE seen_ (id BIGINT, sent BIGINT) WITH (\(target));
            INSERT INTO seen_ SELECT id, sent FROM sent_;
            """
    }
}
