import Foundation
import HTTPService
import JobService
import KafkaConnector
import Testing

/// A running job seen and steered over HTTP, by its API and by the commands that use it.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct HTTPTests {
    static let canary = "c4nary-of-the-http-test"

    /// The address that a job says it serves on.
    static func address(_ process: ServiceProcess) throws -> String {
        guard TestSystem.wait(process, prints: "Serving HTTP") else {
            throw TestSystem.Failure(description: "no HTTP: \(process.output)")
        }
        let match = try #require(process.output.matches(of: /page=(http:\/\/[^\/]+)\//).last)
        return String(match.1)
    }

    static func client(_ url: String, token: String? = nil) -> PageReader {
        PageReader(url: url, token: token)
    }

    /// Asks until the status is as wanted, for up to a minute.
    static func status(
        _ client: PageReader, _ wanted: String, until isRight: (StatusDocument) -> Bool
    ) throws -> StatusDocument {
        let deadline = Date(timeIntervalSinceNow: 60)
        var last: StatusDocument?
        while Date() < deadline {
            let document = try client.get("/api/v1/status", as: StatusDocument.self)
            if isRight(document) { return document }
            last = document
            TestSystem.pass(milliseconds: 50)
        }
        throw TestSystem.Failure(description: "not \(wanted): \(last.map(StatusText.full) ?? "no status")")
    }

    @Test func aJobIsSeenAndSteered() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4711, ratings: 2000, plays: 3000), sinks: .both, parallelism: 2)
        let process = try job.start(further: [
            "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0", "MILLRACE_KAFKA_STATISTICS_INTERVAL_MS": "100",
        ])
        defer { process.crash() }
        let url = try Self.address(process)
        let client = Self.client(url)
        let producer = job.produce(overSeconds: 1)
        defer { withExtendedLifetime(producer) {} }
        #expect(try job.differences() == [])

        let calm = try Self.status(client, "caught up") {
            $0.why.first?.code == "caught-up" && $0.readiness.isReady
        }
        let snapshot = calm.snapshot
        #expect(snapshot.lag == 0 && snapshot.partitions.count == 10, "\(snapshot.partitions)")
        #expect(snapshot.partitions.filter { $0.table == "plays" }.reduce(0) { $0 + $1.nextOffset } == 3000)
        #expect(
            snapshot.partitions.allSatisfy { $0.table == "movies" || $0.lastEventTime != nil && $0.lastRecordAt != nil }
        )
        #expect(snapshot.operators.filter { $0.role == "sink" }.map(\.rowsIn) == [3000, 3000])
        #expect(snapshot.operators.allSatisfy { $0.role == "source" || $0.batchesIn > 0 })
        #expect(snapshot.partitions.filter { $0.table == "plays" }.reduce(0) { $0 + $1.readRecords } == 3000)
        #expect(snapshot.operators.allSatisfy { $0.role != "source" || $0.bytesIn > 0 && $0.bytesOut == 0 })
        #expect(snapshot.operators.allSatisfy { $0.role != "sink" || $0.bytesOut > 3000 * 20 && $0.bytesIn == 0 })
        try clientsAreSound(client)
        #expect(snapshot.participants.map(\.isDecider) == [true, false])
        #expect(snapshot.sinks.map(\.connector).sorted() == ["kafka", "postgres"])
        #expect(Set(snapshot.sinks.map(\.participant)) == Set(snapshot.participants.map(\.id)))
        #expect(snapshot.sinks.allSatisfy { $0.rows == 3000 && $0.committedRows == 3000 && $0.lastError == nil })
        #expect(snapshot.checkpoints.last?.isKept == true)
        let own = try client.get("/api/v1/process", as: ProcessState.self)
        #expect(own.threadGroups.reduce(0) { $0 + $1.count } > 5, "\(own.threadGroups)")
        let settings = try client.get("/api/v1/configuration", as: [ConfigurationEntry].self)
        #expect(settings.contains { $0.variable == "MILLRACE_PARALLELISM" && $0.value == "2" })
        #expect(settings.contains { $0.variable == "MILLRACE_KAFKA_STATISTICS_INTERVAL_MS" && $0.value == "100" })
        #expect(snapshot.participants.allSatisfy { $0.commits > 0 && $0.failures == 0 })
        #expect(snapshot.checkpoints.last?.epoch == snapshot.job.epoch && snapshot.process.residentBytes > 1 << 20)
        let detailed = try client.get("/api/v1/checkpoints", as: [CheckpointState].self)
        #expect(detailed.last?.offsets.count == 10 && detailed.last?.commitMilliseconds.count == 2)
        try metricsAreSound(client)
        try steer(client, system)
        try commandsAnswer(url)

        let stop = try ServiceProcess.run(["stop", "--savepoint", "--url", url])
        #expect(stop.status == 0 && stop.output.contains("--from-checkpoint"), "\(stop.output)")
        #expect(process.wait() == 0, "\(process.output)")
        let number = try #require(stop.output.firstMatch(of: /savepoint (\d+):/)?.1)
        let environment = system.environment()
        let names = try FileManager.default.subpathsOfDirectory(atPath: "\(system.directory)/checkpoints")
        #expect(names.filter { $0.contains("/savepoint-") }.count == 2, "\(names)")
        let shown = try ServiceProcess.run(["checkpoints", "show", String(number)], environment: environment)
        #expect(shown.status == 0, "\(shown.output)")
        let document = try ServiceProcess.run(
            ["checkpoints", "show", String(number), "--json"], environment: environment)
        let details = try JSONDecoder().decode(CheckpointDetails.self, from: Data(document.output.utf8))
        #expect(String(details.epoch) == number && details.files.contains { $0.kind == .state })
        for file in details.files {
            let path = try #require(names.first { $0.hasSuffix("/" + file.name) })
            let size = try FileManager.default.attributesOfItem(atPath: "\(system.directory)/checkpoints/\(path)")[
                .size]
            #expect(size as? Int == file.byteCount, "\(file)")
            #expect(shown.output.contains(file.sha256))
        }
        let verified = try ServiceProcess.run(["checkpoints", "verify"], environment: environment)
        #expect(verified.status == 0, "\(verified.output)")
        #expect(try ServiceProcess.run(["status", "--url", url]).status == 4)
    }

    /// What librdkafka counts comes every 100 ms here.
    private func clientsAreSound(_ client: PageReader) throws {
        let told = try Self.status(client, "counted") { status in
            let producer = status.snapshot.clients.first { $0.name == "transactional producer" }
            return producer?.partitions.reduce(0) { $0 + $1.sentRecords } == 3000
        }
        let clients = try client.get("/api/v1/clients", as: [ClientState].self)
        #expect(told.snapshot.clients.map(\.name) == clients.map(\.name))
        #expect(
            clients.map(\.name) == [
                "reader of movies", "reader of plays", "reader of ratings", "transactional producer",
            ])
        for client in clients {
            let busiest = client.brokers.max { $0.requests < $1.requests }
            #expect((busiest?.requests ?? 0) > 0 && (busiest?.receivedBytes ?? 0) > 0, "\(client)")
            #expect(client.queuedRecords == 0 && client.fetchedRecords == 0, "\(client)")
        }
    }

    private func metricsAreSound(_ client: PageReader) throws {
        let text = try client.send("GET", "/metrics").text
        for line in [
            "millrace_ready 1\n", "millrace_operator_rows_in_total{operator=\"sink enriched\",role=\"sink\"} 3000\n",
            "millrace_checkpoint_duration_seconds_count{phase=\"commit\"} ",
            "millrace_commit_duration_seconds_bucket{participant=\"kafka\",le=\"+Inf\"} ",
            "millrace_record_commit_delay_seconds_count", "millrace_source_read_bytes_total{operator=\"",
            "millrace_partition_sent_records_total{client=\"transactional producer\",topic=\"output",
            "millrace_broker_round_trip_seconds{client=\"reader of plays\",broker=\"",
        ] {
            #expect(text.contains(line), "\(line) in \(text)")
        }
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool") else { return }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("metrics-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try text.write(to: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && said.isEmpty, "\(said)")
    }

    /// Pauses and resumes, takes checkpoints, changes the log level.
    private func steer(_ client: PageReader, _ system: TestSystem) throws {
        _ = try client.post("/api/v1/pause")
        let paused = try Self.status(client, "paused") { $0.snapshot.job.isPaused }
        #expect(paused.why.first?.code == "paused")
        let loader = try system.makeLoader()
        try loader.send(
            system.topic("plays"), key: "",
            value: "{\"id\":900001,\"user_id\":1,\"movie_id\":1,\"ts\":\"2031-01-01T00:00:00Z\"}")
        try loader.flush()
        let before = try Self.status(client, "behind") { $0.snapshot.lag == 1 }
        _ = try client.post("/api/v1/checkpoint")
        _ = try Self.status(client, "at the next checkpoint") {
            $0.snapshot.job.epoch > before.snapshot.job.epoch
        }
        #expect(try client.get("/api/v1/status", as: StatusDocument.self).snapshot.lag == 1)
        _ = try client.post("/api/v1/resume")
        _ = try Self.status(client, "caught up") { $0.snapshot.lag == 0 && !$0.snapshot.job.isPaused }
        _ = try client.post("/api/v1/savepoint")
        let kept = try Self.status(client, "kept") { $0.snapshot.job.lastSavepoint != nil }
        #expect(kept.snapshot.checkpoints.contains { $0.isSavepoint && $0.epoch == kept.snapshot.job.lastSavepoint })
        _ = try client.post("/api/v1/log-level", ActionRequest(level: "debug"))
        #expect(try client.get("/api/v1/log-level", as: [String: String].self) == ["level": "debug"])
    }

    private func commandsAnswer(_ url: String) throws {
        let status = try ServiceProcess.run(["status", "--url", url])
        #expect(status.status == 0 && status.output.contains("all caught up"), "\(status.output)")
        let json = try ServiceProcess.run(["status", "--json", "--url", url])
        let document = try JSONDecoder().decode(StatusDocument.self, from: Data(json.output.utf8))
        #expect(document.readiness.isReady)
        let top = try ServiceProcess.run(["top", "--count", "2", "--interval", "0.1", "--url", url])
        #expect(
            top.output.components(separatedBy: "\njob ").count + (top.output.hasPrefix("job ") ? 1 : 0) >= 3,
            "\(top.output)")
        let health = try ServiceProcess.run(["healthcheck", "--url", url])
        #expect(health.status == 0 && health.output == "ready\n", "\(health.output)")
        // As the image's health check, which knows where the job listens and not where it is reached.
        let port = try #require(url.split(separator: ":").last)
        let inside = try ServiceProcess.run(["healthcheck"], environment: ["MILLRACE_HTTP_ADDRESS": "0.0.0.0:\(port)"])
        #expect(inside.status == 0 && inside.output == "ready\n", "\(inside.output)")
    }

    @Test func aJobThatIsStuckSaysWhyAndNoSecrets() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4712, ratings: 10, plays: 10), sinks: .postgres, parallelism: 1)
        let process = try job.start(further: [
            "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0", "MILLRACE_LOG_LEVEL": "debug",
            "MILLRACE_POSTGRES_URL": "postgres://film:\(Self.canary)@127.0.0.1:1/film",
            "MILLRACE_HTTP_TOKEN": "\(Self.canary)-token", "MILLRACE_KAFKA_SASL_PASSWORD": "\(Self.canary)",
        ])
        defer { process.crash() }
        let url = try Self.address(process)
        let client = Self.client(url, token: "\(Self.canary)-token")
        let stuck = try Self.status(client, "stuck") { ($0.snapshot.job.trouble?.attempts ?? 0) >= 2 }
        let finding = try #require(stuck.why.first)
        #expect(finding.severity == .blocked && finding.code == "restarting")
        #expect(
            finding.text.contains("fails since ") && finding.text.contains("no connection to PostgreSQL"),
            "\(finding.text)")
        let health = try ServiceProcess.run(["healthcheck", "--url", url])
        #expect(health.status == 1 && health.output.contains("attempt "), "\(health.output)")
        #expect(try PageReader(url: url).send("POST", "/api/v1/stop").status == 401)
        var told = process.output + health.output
        for path in [
            "status", "why", "job", "plan", "operators", "partitions", "workers", "checkpoints", "sinks",
            "participants",
            "clients", "dead-letters",
            "configuration", "process", "log-level",
        ] {
            told += try client.send("GET", "/api/v1/\(path)").text
        }
        told += try client.send("GET", "/metrics").text
        told += try client.send("GET", "/health/ready").text
        #expect(!told.contains(Self.canary), "\(told)")
        #expect(told.contains("millrace_ready 0\n"))
        let stop = try ServiceProcess.run(
            ["stop", "--url", url], environment: ["MILLRACE_HTTP_TOKEN": "\(Self.canary)-token"])
        #expect(stop.status == 0, "\(stop.output)")
        #expect(process.wait() == 0)
    }

    @Test func anAddressThatWasChosenMustBeFree() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4713, ratings: 10, plays: 10), sinks: .postgres, parallelism: 1)
        let process = try job.start(further: ["MILLRACE_HTTP_ADDRESS": "127.0.0.1:0"])
        defer { process.crash() }
        let url = try Self.address(process)
        let second = try ServiceProcess.run(
            ["run", job.sqlPath],
            environment: system.environment([
                "MILLRACE_JOB_NAME": "second-\(system.suffix)",
                "MILLRACE_HTTP_ADDRESS": String(url.dropFirst("http://".count)),
            ]))
        #expect(second.status == 2 && second.output.contains("the address is taken"), "\(second.output)")
        #expect(process.stop() == 0)
    }
}
