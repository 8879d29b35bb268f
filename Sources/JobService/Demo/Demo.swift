internal import DevPostgres
internal import Foundation
internal import KafkaConnector
internal import Synchronization

/// Ratings before plays on embedded defaults: an own broker, a private PostgreSQL, made-up events, and a check of every row.
package final class Demo: Sendable {
    /// How much the demonstration produces and what it puts in the way.
    package struct Configuration: Sendable {
        package var events = FilmEvents.Configuration()
        /// Events produced per second.
        package var rate = 60_000
        /// How often the job is killed with SIGKILL on the way.
        package var killCount = 0
        /// Go on running after the check until interrupted.
        package var keepsRunning = false
        package var partitionCount = 4

        package init() {}
    }

    /// What the comparison found.
    package struct Verdict: Sendable, Hashable {
        package var rows: Int
        package var right: Int
        package var missing: Int
        package var doubled: Int
        package var wrong: Int

        package var isRight: Bool { missing == 0 && doubled == 0 && wrong == 0 }
    }

    let configuration: Configuration
    let events: FilmEvents
    let directory: String
    let postgres: PostgresServer
    let broker: ChildProcess
    let brokerAddress: String
    let status: StatusFile
    let produced = Atomic<Int>(0)

    /// Starts the broker and the database.
    package init(_ configuration: Configuration) throws {
        self.configuration = configuration
        events = FilmEvents(configuration.events)
        directory = NSTemporaryDirectory() + "millrace-demo-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        status = StatusFile(path: "\(directory)/status.json")
        Self.say("starting a broker and a private PostgreSQL in \(directory)")
        broker = try ChildProcess(
            ["broker", "--listen", "127.0.0.1:0", "--data", "\(directory)/broker"], environment: [:],
            log: "\(directory)/broker.log")
        brokerAddress = try Self.address(of: broker)
        postgres = try PostgresServer()
    }

    /// Runs the demonstration. Blocks.
    ///
    /// - Throws: what went wrong; everything is stopped then.
    package func run() throws -> Verdict {
        defer { clearUp() }
        try prepare()
        var job = try startJob()
        let producer = Thread { [self] in produce() }
        producer.start()
        job = try watch(job)
        Self.say("\nall rows are there; comparing with a recomputation over the raw events in PostgreSQL")
        let exitStatus = job.stop()
        guard exitStatus == 0 else {
            throw JobServiceError(.failed, "the job ended with status \(exitStatus):\n\(job.lastLines)")
        }
        let verdict = try compare()
        Self.say(
            "\(ProgressLine.count(verdict.rows)) rows, \(ProgressLine.count(verdict.right)) right, "
                + "\(verdict.missing) missing, \(verdict.doubled) doubled"
                + (verdict.wrong > 0 ? ", \(verdict.wrong) wrong" : ""))
        if configuration.keepsRunning { try keepRunning() }
        return verdict
    }

    // MARK: Steps

    private func prepare() throws {
        try postgres.query("CREATE DATABASE film")
        try postgres.query(DemoSQL.rawTables, database: "film")
        try DemoSQL.pipeline.write(toFile: pipelinePath, atomically: true, encoding: .utf8)
        let loader = try makeLoader()
        try loader.createTopic("ratings", partitions: configuration.partitionCount)
        try loader.createTopic("plays", partitions: configuration.partitionCount)
        try loader.createTopic("movies", partitions: configuration.partitionCount, isCompacted: true)
        var rows = ""
        for film in 1...configuration.events.filmCount {
            let title = FilmEvents.title(film)
            try loader.send(
                "movies", key: "{\"movie_id\":\(film)}", value: "{\"movie_id\":\(film),\"title\":\"\(title)\"}")
            rows += "\(film)\t\(title)\n"
        }
        try loader.flush()
        try copy("raw_movies", rows)
    }

    private func startJob() throws -> ChildProcess {
        try ChildProcess(["run", pipelinePath], environment: jobEnvironment, log: "\(directory)/job.log")
    }

    var jobEnvironment: [String: String] {
        [
            "MILLRACE_JOB_NAME": "demo", "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": brokerAddress,
            "MILLRACE_POSTGRES_URL": postgres.url(database: "film"),
            "MILLRACE_CHECKPOINT_URI": "file://\(directory)/checkpoints",
            "MILLRACE_STATUS_PATH": status.path, "MILLRACE_TABLE_ENRICHED_PLAYS_SINK_CREATE_TABLE": "true",
        ]
    }

    var pipelinePath: String { "\(directory)/ratings-before-plays.sql" }

    /// Follows the job until every play is in the table; kills it on the way where asked to.
    private func watch(_ first: ChildProcess) throws -> ChildProcess {
        var job = first
        var line = ProgressLine()
        var kills = 0
        var lastCount = -1
        var lastProgress = Date()
        while true {
            Thread.sleep(forTimeInterval: 1)
            let committed = try committedCount()
            if committed != lastCount {
                lastCount = committed
                lastProgress = Date()
            }
            if let report = status.read() {
                let share = produced.load(ordering: .relaxed) * 100 / max(configuration.events.eventCount, 1)
                Self.say("produced \(share)% | \(line.text(report)) | committed \(ProgressLine.count(committed)) rows")
            }
            if committed >= configuration.events.playCount && kills >= configuration.killCount { return job }
            if kills < configuration.killCount && isTime(forKill: kills, committed) {
                kills += 1
                Self.say(
                    "kill -9 number \(kills) at \(ProgressLine.count(committed)) committed rows; starting it again")
                job.crash()
                job = try startJob()
                lastProgress = Date()
            }
            guard job.isRunning else { throw JobServiceError(.failed, "the job ended:\n\(job.lastLines)") }
            if Date().timeIntervalSince(lastProgress) > 60 {
                throw JobServiceError(.failed, "no row was committed for 60 s; the job says:\n\(job.lastLines)")
            }
        }
    }

    /// Kills are spread over the time that producing takes.
    private func isTime(forKill number: Int, _ committed: Int) -> Bool {
        let share = Double(produced.load(ordering: .relaxed)) / Double(max(configuration.events.eventCount, 1))
        return committed > 0 && share >= Double(number + 1) / Double(configuration.killCount + 1)
    }

    /// What is in the table; 0 before the job has made it.
    private func committedCount() throws -> Int {
        let exists = try postgres.query("SELECT to_regclass('enriched_plays') IS NOT NULL", database: "film")
        guard exists == "t" else { return 0 }
        return Int(try postgres.query("SELECT count(*) FROM enriched_plays", database: "film")) ?? 0
    }

    private func compare() throws -> Verdict {
        let fields = try postgres.query(DemoSQL.comparison, database: "film").split(separator: "\n").last?
            .split(separator: "|").compactMap { Int($0) }
        guard let fields, fields.count == 5 else {
            throw JobServiceError(.failed, "the comparison gave no answer")
        }
        return Verdict(
            rows: fields[0], right: fields[1], missing: fields[2], doubled: fields[3], wrong: fields[4])
    }

    private func keepRunning() throws {
        let job = try startJob()
        Self.say(
            """

            everything keeps running until you press Ctrl-C:
              psql '\(postgres.url(database: "film"))'
              kcat -b \(brokerAddress) -t plays -C -o -5 -e
              millrace checkpoints list --job demo     with MILLRACE_CHECKPOINT_URI=file://\(directory)/checkpoints
              the job's page is http://127.0.0.1:8081/, unless its log says that the port was taken
              the job's log is \(directory)/job.log, its numbers are in \(status.path)
            """)
        let interrupted = DispatchSemaphore(value: 0)
        signal(SIGINT, SIG_IGN)
        signal(SIGTERM, SIG_IGN)
        let sources = [SIGINT, SIGTERM].map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
        for source in sources {
            source.setEventHandler { interrupted.signal() }
            source.resume()
        }
        interrupted.wait()
        _ = job.stop()
    }

    private func clearUp() {
        _ = broker.stop()
        postgres.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func copy(_ table: String, _ rows: String) throws {
        try postgres.query("COPY \(table) FROM STDIN;\n\(rows)\\.\n", database: "film")
    }

    func makeLoader() throws -> TopicLoader {
        try TopicLoader(properties: ["bootstrap.servers": brokerAddress])
    }

    static func say(_ text: String) {
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
    }

    private static func address(of broker: ChildProcess) throws -> String {
        let deadline = Date(timeIntervalSinceNow: 20)
        while Date() < deadline {
            let text = (try? String(contentsOfFile: broker.log, encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n") where line.hasPrefix("listening on ") {
                return String(line.dropFirst("listening on ".count))
            }
            guard broker.isRunning else { break }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw JobServiceError(.failed, "the broker did not start:\n\(broker.lastLines)")
    }
}
