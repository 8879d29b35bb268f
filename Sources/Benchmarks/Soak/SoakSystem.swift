internal import DevPostgres
internal import Foundation
internal import Glibc
internal import JobService
internal import KafkaConnector
internal import KernelBenchmarks

/// A broker, a PostgreSQL and a job as processes of their own, and what can happen to them.
final class SoakSystem {
    struct Topics: Sendable {
        let ratings = "ratings"
        let plays = "plays"
        let output = "output"
    }

    static let table = "enriched"
    /// Of so many rows one goes to the topic as well.
    static let outputShare = 50

    let directory: String
    let postgres: PostgresServer
    let topics = Topics()
    let address: String
    let status: StatusFile
    private let program: String
    private let faults: String
    private(set) var broker: MeasuredProcess
    private(set) var job: MeasuredProcess?
    private var starts = 0

    init(program: String) throws {
        self.program = program
        directory = NSTemporaryDirectory() + "millrace-soak-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        faults = "\(directory)/faults"
        try "".write(toFile: faults, atomically: true, encoding: .utf8)
        status = StatusFile(path: "\(directory)/status.json")
        (broker, address) = try Self.startBroker(program, "127.0.0.1:0", directory, number: 0)
        do {
            postgres = try PostgresServer()
        } catch {
            broker.terminate()
            throw error
        }
        let loader = try TopicLoader(properties: ["bootstrap.servers": address])
        for topic in [topics.ratings, topics.plays] { try loader.createTopic(topic, partitions: 4) }
        try loader.createTopic(topics.output, partitions: 2)
        try sql.write(toFile: "\(directory)/soak.sql", atomically: true, encoding: .utf8)
    }

    func tearDown() {
        if let job {
            kill(job.processID, SIGKILL)
            _ = job.wait()
        }
        kill(broker.processID, SIGKILL)
        _ = broker.wait()
        postgres.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: Job

    func startJob() throws {
        starts += 1
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        environment["MILLRACE_JOB_NAME"] = "soak"
        environment["MILLRACE_HTTP_ADDRESS"] = ""
        environment["MILLRACE_KAFKA_BOOTSTRAP_SERVERS"] = address
        environment["MILLRACE_POSTGRES_URL"] = postgres.url()
        environment["MILLRACE_CHECKPOINT_URI"] = "file://\(checkpoints)"
        environment["MILLRACE_PARALLELISM"] = "2"
        environment["MILLRACE_STATUS_PATH"] = status.path
        job = try MeasuredProcess(
            program, ["run", "\(directory)/soak.sql"], environment: environment, log: "\(directory)/job-\(starts).log")
    }

    /// The checkpoints of the job.
    var checkpoints: String { "\(directory)/checkpoints" }

    /// What the job's process last wrote, for messages.
    var lastWords: String {
        let text = (try? String(contentsOfFile: "\(directory)/job-\(starts).log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(15).joined(separator: "\n")
    }

    func killJob() throws {
        guard let job else { return }
        kill(job.processID, SIGKILL)
        _ = job.wait()
        try startJob()
    }

    /// Stops the job as an operator does; answers its exit status.
    func stopJob() -> Int32 {
        guard let job else { return -1 }
        job.terminate()
        self.job = nil
        return job.wait().exitStatus
    }

    func signalJob(_ signal: Int32) {
        if let job { kill(job.processID, signal) }
    }

    // MARK: Faults around it

    func killBroker() throws {
        kill(broker.processID, SIGKILL)
        _ = broker.wait()
        starts += 1
        broker = try Self.startBroker(program, address, directory, number: starts).process
    }

    func restartPostgres() throws {
        try postgres.halt()
        try postgres.start()
    }

    func terminateBackends() throws {
        try postgres.query(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                + "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")
    }

    /// Whether the broker closes connections instead of answering, one request in ten.
    func cutConnections(_ isCutting: Bool) throws {
        try (isCutting ? "any chance 10% -> close after\n" : "").write(
            toFile: faults, atomically: true, encoding: .utf8)
        kill(broker.processID, SIGHUP)
    }

    private static func startBroker(
        _ program: String, _ listen: String, _ directory: String, number: Int
    ) throws -> (process: MeasuredProcess, address: String) {
        let log = "\(directory)/broker-\(number).log"
        let process = try MeasuredProcess(
            program,
            ["broker", "--listen", listen, "--data", "\(directory)/broker", "--faults", "\(directory)/faults"],
            environment: ProcessInfo.processInfo.environment, log: log)
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n") where line.hasPrefix("listening on ") {
                return (process, String(line.dropFirst("listening on ".count)))
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        process.terminate()
        throw MeasuredProcess.Failure(description: "the broker did not start; see \(log)")
    }

    /// The join into a table, and a part of it into a topic. No partition is ever idle: a broker that is away for long
    /// would else make rows late, which is right but not what the oracle computes.
    private var sql: String {
        let watermark = "WATERMARK FOR ts AS ts - INTERVAL '2' SECOND"
        let scan = "'format' = 'json', 'scan.startup.mode' = 'earliest-offset', 'scan.watermark.idle-timeout' = '1 h'"
        return """
            SET 'table.exec.temporal-join.retention' = '30 s';
            CREATE TABLE ratings (user_id BIGINT, rating DOUBLE, ts TIMESTAMP_LTZ(3), \(watermark),
              PRIMARY KEY (user_id) NOT ENFORCED) WITH ('connector' = 'kafka', 'topic' = '\(topics.ratings)', \(scan));
            CREATE TABLE plays (id BIGINT, user_id BIGINT, ts TIMESTAMP_LTZ(3), \(watermark))
            WITH ('connector' = 'kafka', 'topic' = '\(topics.plays)', \(scan));
            CREATE TEMPORARY VIEW enriched_view AS SELECT p.id, r.rating, r.ts AS rated_at
            FROM plays AS p LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON p.user_id = r.user_id;
            CREATE TABLE enriched (id BIGINT, rating DOUBLE, rated_at TIMESTAMP_LTZ(3))
            WITH ('connector' = 'postgres', 'table-name' = '\(Self.table)', 'sink.create-table' = 'true');
            CREATE TABLE output (id BIGINT, rating DOUBLE, rated_at TIMESTAMP_LTZ(3))
            WITH ('connector' = 'kafka', 'topic' = '\(topics.output)', 'format' = 'json');
            EXECUTE STATEMENT SET BEGIN
            INSERT INTO enriched SELECT id, rating, rated_at FROM enriched_view;
            INSERT INTO output SELECT id, rating, rated_at FROM enriched_view
            WHERE MOD(id, \(Self.outputShare)) = 0;
            END;
            """
    }
}
