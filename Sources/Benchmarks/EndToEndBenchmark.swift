internal import ArgumentParser
internal import DevPostgres
internal import Foundation
internal import JobService
internal import KafkaConnector

/// Whole jobs over a broker in another process: what an event costs the `millrace` process.
struct EndToEndBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end-to-end",
        abstract: "CPU and wall time per input event, and peak memory, of a job in a process of its own.",
        discussion: """
            Needs the release build of millrace beside this program. Produces ratings and plays with up to 5 s of disorder, then runs the job \
            over all of it as a bounded job, and counts what came out.
            """)

    enum Case: String, ExpressibleByArgument, CaseIterable {
        case passThrough = "pass-through"
        case filter
        case asOfJoin = "as-of-join"
    }

    enum Target: String, ExpressibleByArgument {
        case kafka, postgres, blackhole
    }

    enum Guarantee: String, ExpressibleByArgument {
        case exactlyOnce = "exactly-once"
        case atLeastOnce = "at-least-once"
    }

    @OptionGroup var options: MeasurementOptions
    @Option(help: "pass-through, filter or as-of-join.") var job = Case.asOfJoin
    @Option(help: "kafka, postgres or blackhole.") var sink = Target.kafka
    @Option(help: "exactly-once or at-least-once.") var guarantee = Guarantee.exactlyOnce
    @Option(help: "Ratings to produce.") var ratings = 2_000_000
    @Option(help: "Plays to produce.") var plays = 5_000_000
    @Option(help: "Users.") var users = 100_000
    @Option(help: "Films.") var films = 1_000
    @Option(help: "Worker threads of the job.") var parallelism = 2
    @Option(help: "Time between checkpoints.") var interval = "1s"
    @Option(help: "A broker to use instead of an own one in another process.") var bootstrapServers: String?

    private var program: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("millrace").path
    }

    func run() throws {
        let directory = NSTemporaryDirectory() + "millrace-benchmark-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let broker = bootstrapServers == nil ? try startBroker(directory) : nil
        defer {
            broker?.process.terminate()
            _ = broker?.process.wait()
        }
        let address = bootstrapServers ?? broker?.address ?? ""
        let topics = try load(address)
        let postgres = sink == .postgres ? try PostgresServer() : nil
        defer { postgres?.stop() }
        var report = MeasurementReport(options: options)
        var cpu: [Double] = []
        var rate: [Double] = []
        var memory: [Double] = []
        let events = Double(job == .asOfJoin ? ratings + plays : plays)
        for repetition in 0..<max(1, options.repetitions) {
            let usage = try runJob(repetition, directory, address, topics, postgres)
            cpu.append(usage.cpuSeconds * 1e6 / events)
            rate.append(events / usage.wallSeconds)
            memory.append(Double(usage.peakByteCount) / 1e6)
            if let postgres { try check(postgres, table: "out_\(repetition)") }
        }
        let name = "\(job.rawValue) to \(sink.rawValue), \(guarantee.rawValue), parallelism \(parallelism)"
        report.add(Measurement(name: name, unit: "CPU us/event", samples: cpu))
        report.add(Measurement(name: "\(name), wall", unit: "events/s", samples: rate))
        report.add(Measurement(name: "\(name), peak memory", unit: "MB", samples: memory))
        report.finish()
    }

    // MARK: Set-up

    private func startBroker(_ directory: String) throws -> (process: MeasuredProcess, address: String) {
        let log = "\(directory)/broker.log"
        let process = try MeasuredProcess(
            program, ["broker", "--listen", "127.0.0.1:0", "--data", "\(directory)/broker"],
            environment: ProcessInfo.processInfo.environment, log: log)
        let deadline = Date(timeIntervalSinceNow: 20)
        while Date() < deadline {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n") where line.hasPrefix("listening on ") {
                return (process, String(line.dropFirst("listening on ".count)))
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw MeasuredProcess.Failure(description: "the broker did not start; see \(log)")
    }

    /// Topics of this run, so that a shared broker is left as it was for others.
    private struct Topics {
        var ratings: String
        var plays: String
        var suffix: String
    }

    private func load(_ address: String) throws -> Topics {
        var configuration = FilmEvents.Configuration()
        configuration.ratingCount = ratings
        configuration.playCount = plays
        configuration.userCount = users
        configuration.filmCount = films
        // 20,000 events a second of event time: 5 s of disorder are 100,000 events.
        configuration.microsecondsPerEvent = 50
        let events = FilmEvents(configuration)
        let suffix = UUID().uuidString.prefix(8).lowercased()
        let topics = Topics(ratings: "ratings-\(suffix)", plays: "plays-\(suffix)", suffix: suffix)
        let loader = try TopicLoader(properties: ["bootstrap.servers": address])
        try loader.createTopic(topics.ratings, partitions: 4)
        try loader.createTopic(topics.plays, partitions: 4)
        for number in 0..<configuration.eventCount {
            let event = events.event(number)
            try loader.send(
                event.isRating ? topics.ratings : topics.plays, key: String(event.user), value: FilmEvents.json(event))
        }
        try loader.flush()
        return topics
    }

    // MARK: Runs

    private func runJob(
        _ repetition: Int, _ directory: String, _ address: String, _ topics: Topics, _ postgres: PostgresServer?
    ) throws -> MeasuredProcess.Usage {
        let name = "benchmark-\(topics.suffix)-\(repetition)"
        let file = "\(directory)/\(name).sql"
        try sql(topics, output: "out-\(topics.suffix)-\(repetition)", table: "out_\(repetition)")
            .write(toFile: file, atomically: true, encoding: .utf8)
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        environment["MILLRACE_JOB_NAME"] = name
        environment["MILLRACE_HTTP_ADDRESS"] = ""
        environment["MILLRACE_KAFKA_BOOTSTRAP_SERVERS"] = address
        environment["MILLRACE_CHECKPOINT_URI"] = "file://\(directory)/checkpoints"
        environment["MILLRACE_CHECKPOINT_INTERVAL"] = interval
        environment["MILLRACE_PARALLELISM"] = String(parallelism)
        if let postgres { environment["MILLRACE_POSTGRES_URL"] = postgres.url() }
        let log = "\(directory)/\(name).log"
        let usage = try MeasuredProcess(program, ["run", file], environment: environment, log: log).wait()
        guard usage.exitStatus == 0 else {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw MeasuredProcess.Failure(description: "the job ended with status \(usage.exitStatus):\n\(text)")
        }
        return usage
    }

    private func check(_ postgres: PostgresServer, table: String) throws {
        let found = Int(try postgres.query("SELECT count(*) FROM \(table)")) ?? 0
        let expected = job == .filter ? nil : plays
        if let expected, found != expected {
            throw MeasuredProcess.Failure(description: "\(found) rows came out instead of \(expected)")
        }
    }

    private func sql(_ topics: Topics, output: String, table: String) -> String {
        let scan = "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'"
        let watermark = "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND"
        let columns: String
        let query: String
        switch job {
        case .passThrough:
            columns = "user_id BIGINT, movie_id BIGINT, device STRING, ts TIMESTAMP_LTZ(3)"
            query = "SELECT user_id, movie_id, device, ts FROM plays"
        case .filter:
            columns = "user_id BIGINT, movie_id BIGINT, device STRING, ts TIMESTAMP_LTZ(3)"
            query = "SELECT user_id, movie_id, device, ts FROM plays WHERE device <> 'tv'"
        case .asOfJoin:
            columns =
                "user_id BIGINT, movie_id BIGINT, device STRING, ts TIMESTAMP_LTZ(3), rating DOUBLE, rated_at TIMESTAMP_LTZ(3)"
            query = """
                SELECT p.user_id, p.movie_id, p.device, p.ts, r.rating, r.ts
                FROM plays AS p LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r
                ON p.user_id = r.user_id AND p.movie_id = r.movie_id
                """
        }
        let target =
            switch sink {
            case .kafka:
                "'connector' = 'kafka', 'topic' = '\(output)', 'format' = 'json', "
                    + "'sink.delivery-guarantee' = '\(guarantee.rawValue)'"
            case .postgres:
                "'connector' = 'postgres', 'table-name' = '\(table)', 'sink.create-table' = 'true', "
                    + "'sink.delivery-guarantee' = '\(guarantee.rawValue)'"
            case .blackhole: "'connector' = 'blackhole'"
            }
        return """
            CREATE TABLE ratings (user_id BIGINT, movie_id BIGINT, rating DOUBLE, ts TIMESTAMP_LTZ(3), \(watermark),
              PRIMARY KEY (user_id, movie_id) NOT ENFORCED)
            WITH ('connector' = 'kafka', 'topic' = '\(topics.ratings)', 'format' = 'json', \(scan));
            CREATE TABLE plays (user_id BIGINT, movie_id BIGINT, device STRING, ts TIMESTAMP_LTZ(3), \(watermark))
            WITH ('connector' = 'kafka', 'topic' = '\(topics.plays)', 'format' = 'json', \(scan));
            CREATE TABLE result_ (\(columns)) WITH (\(target));
            INSERT INTO result_ \(query);
            """
    }
}
