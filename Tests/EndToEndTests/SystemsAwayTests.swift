import DevPostgres
import Foundation
import HTTPService
import KafkaConnector
import Testing

/// Systems that go away while an attempt of the job goes on: it is not ready then, and says since when and why.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct SystemsAwayTests {
    /// PostgreSQL decides this job's commits, so that no commit meets the brokers.
    @Test func brokersThatAreAwayMakeAJobUnready() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        guard system.ownsBroker else { return }
        let job = try FilmJob(system, Films(seed: 4721, ratings: 100, plays: 200), sinks: .postgres, parallelism: 1)
        let process = try job.start(further: ["MILLRACE_HTTP_ADDRESS": "127.0.0.1:0"])
        defer { process.crash() }
        let client = HTTPTests.client(try HTTPTests.address(process))
        _ = try HTTPTests.status(client, "ready") { $0.readiness.isReady }
        system.killBroker()
        let away = try HTTPTests.status(client, "unready") { !$0.readiness.isReady }
        #expect(away.snapshot.job.trouble == nil && away.snapshot.job.restarts == 0)
        #expect(
            away.readiness.missing.allSatisfy { $0.contains(" since ") && $0.contains(", retry ") }, "\(away.readiness)"
        )
        #expect(away.why.contains { $0.severity == .blocked && $0.code == "retrying" }, "\(away.why)")
        #expect(try client.send("GET", "/health/ready").status == 503)
        #expect(try client.send("GET", "/metrics").text.contains("millrace_ready 0\n"))
        try system.restartBroker()
        let back = try HTTPTests.status(client, "ready again") { $0.readiness.isReady }
        #expect(back.snapshot.operators.contains { $0.role == "source" && $0.retries > 0 && $0.trouble == nil })
        let producer = job.produce(overSeconds: 1)
        defer { withExtendedLifetime(producer) {} }
        #expect(try job.differences() == [])
        #expect(process.stop() == 0)
    }

    @Test func aSinkThatIsTriedAgainSaysSoBeforeItsAttemptFails() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let sql = """
            CREATE TABLE plays (id BIGINT) WITH (\(system.unbounded("plays")));
            CREATE TABLE kept (id BIGINT) WITH (\(system.table("kept")), 'sink.delivery-guarantee' = 'at-least-once',
              'sink.max-retries' = '1000');
            CREATE TABLE hole (id BIGINT) WITH ('connector' = 'blackhole');
            INSERT INTO kept SELECT id FROM plays;
            INSERT INTO hole SELECT id FROM plays;
            """
        try system.produce("plays", ["{\"id\":1}"])
        let process = try system.start(sql, job: "kept", further: ["MILLRACE_HTTP_ADDRESS": "127.0.0.1:0"])
        defer { process.crash() }
        let client = HTTPTests.client(try HTTPTests.address(process))
        try system.waitForRows("kept", count: 1)
        _ = try HTTPTests.status(client, "ready") { $0.readiness.isReady }
        try system.postgres.halt()
        try system.produce("plays", ["{\"id\":2}"])
        let away = try HTTPTests.status(client, "retrying") { status in
            !status.readiness.isReady && (status.snapshot.sinks.first { $0.table == "kept" }?.retries ?? 0) > 2
        }
        #expect(away.snapshot.job.trouble == nil && away.snapshot.job.restarts == 0)
        let finding = try #require(away.why.first)
        #expect(finding.code == "retrying" && finding.severity == .blocked)
        #expect(finding.text.hasPrefix("sink kept: ") && finding.text.contains(", retry "), "\(finding.text)")
        let sinks = try client.get("/api/v1/sinks", as: [SinkState].self)
        let kept = try #require(sinks.first { $0.table == "kept" })
        #expect(kept.connector == "postgres" && kept.participant == nil && kept.rows == 2, "\(kept)")
        #expect(kept.lastError != nil && kept.trouble != nil, "\(kept)")
        let hole = try #require(sinks.first { $0.table == "hole" })
        #expect(
            hole.connector == "blackhole" && hole.retries == 0 && hole.lastError == nil && hole.rows == 2, "\(hole)")
        #expect(
            try client.send("GET", "/metrics").text.contains(
                "millrace_operator_failing_seconds{operator=\"sink kept\"} "))
        try system.postgres.start()
        try system.waitForRows("kept", count: 2)
        _ = try HTTPTests.status(client, "ready again") { $0.readiness.isReady && $0.why.first?.code == "caught-up" }
        #expect(process.stop() == 0)
    }
}
