internal import Foundation
internal import JobService
internal import KernelBenchmarks

/// The job of the restart benchmark, as a process.
struct RestartJob {
    static let name = "restart"

    let program: String
    let folder: String
    let address: String
    let parallelism: Int
    let interval: String
    /// Where it serves HTTP; empty for nowhere.
    var httpAddress = ""

    var log: String { "\(folder)/job.log" }
    private var checkpoints: String { "\(folder)/checkpoints/\(Self.name)" }
    private var statusFile: String { "\(folder)/status.json" }

    func start() throws -> MeasuredProcess {
        let file = "\(folder)/restart.sql"
        try Self.sql.write(toFile: file, atomically: true, encoding: .utf8)
        try? FileManager.default.removeItem(atPath: statusFile)
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        environment["MILLRACE_JOB_NAME"] = Self.name
        environment["MILLRACE_HTTP_ADDRESS"] = httpAddress
        environment["MILLRACE_KAFKA_BOOTSTRAP_SERVERS"] = address
        environment["MILLRACE_CHECKPOINT_URI"] = "file://\(folder)/checkpoints"
        environment["MILLRACE_CHECKPOINT_INTERVAL"] = interval
        environment["MILLRACE_PARALLELISM"] = String(parallelism)
        environment["MILLRACE_STATUS_PATH"] = statusFile
        return try MeasuredProcess(program, ["run", file], environment: environment, log: log)
    }

    /// What the job said of itself last.
    func status() throws -> StatusReport {
        try JSONDecoder().decode(StatusReport.self, from: Data(contentsOf: URL(fileURLWithPath: statusFile)))
    }

    /// Loads ratings until the job holds so much state.
    func fill(_ load: RestartLoad, megabytes: Int, textBytes: Int) throws {
        let target = megabytes << 20
        let deadline = Date(timeIntervalSinceNow: 900)
        while Date() < deadline {
            let held = (try? status().stateByteCount) ?? 0
            if held >= target { return }
            // As many as are missing, and some more: entries have room of their own.
            let count = max(20_000, min(400_000, (target - held) / (textBytes + 120)))
            try load.ratings(count)
            try wait { ($0.lag ?? 1) == 0 && $0.rowsIn > 0 && $0.stateByteCount > held }
        }
        throw MeasuredProcess.Failure(description: "the state did not grow to \(megabytes) MiB; see \(log)")
    }

    /// Waits for up to two minutes until the job's status is as wanted.
    func wait(until isReached: (StatusReport) -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 120)
        while Date() < deadline {
            if let status = try? status(), isReached(status) { return }
            Thread.sleep(forTimeInterval: 0.2)
        }
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        throw MeasuredProcess.Failure(description: "the job does not get on:\n\(text.suffix(2000))")
    }

    /// Bytes of all checkpoint files.
    func storedByteCount() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
        return names.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(checkpoints)/\(name)")
            return sum + ((attributes?[.size] as? Int) ?? 0)
        }
    }

    private static let sql = """
        CREATE TABLE ratings (id BIGINT, note STRING, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND,
          PRIMARY KEY (id) NOT ENFORCED)
        WITH ('connector' = 'kafka', 'topic' = 'ratings', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
        CREATE TABLE plays (id BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
        WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
        CREATE TABLE rated (id BIGINT, ts TIMESTAMP_LTZ(3), note_length INT, rated_at TIMESTAMP_LTZ(3))
        WITH ('connector' = 'kafka', 'topic' = 'rated', 'format' = 'json');
        INSERT INTO rated SELECT p.id, p.ts, CHAR_LENGTH(r.note), r.ts FROM plays AS p
        LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON p.id = r.id;
        """
}
