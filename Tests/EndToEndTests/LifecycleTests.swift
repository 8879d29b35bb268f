import DevPostgres
import Foundation
import HTTPService
import KafkaConnector
import Testing

/// How a job ends: by which signal, with which status, and what is in its table then.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct LifecycleTests {
    private static let rowCount = 500
    /// No checkpoint but the last one commits rows.
    private static let patient = ["MILLRACE_CHECKPOINT_INTERVAL": "10min", "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0"]

    private func sql(_ system: TestSystem) -> String {
        """
        CREATE TABLE t (id BIGINT) WITH (\(system.unbounded("in")));
        CREATE TABLE o (id BIGINT) WITH ('connector' = 'postgres');
        INSERT INTO o SELECT id FROM t;
        """
    }

    /// A topic without records, and a table whose rows wait while `brake` has one.
    private func makeTables(_ system: TestSystem) throws {
        try system.makeLoader().createTopic(system.topic("in"), partitions: 1)
        try system.postgres.query(
            """
            CREATE TABLE o (id bigint);
            CREATE TABLE brake (id int);
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN WHILE EXISTS (SELECT FROM brake) LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN NULL; END $$;
            CREATE TRIGGER waits BEFORE INSERT ON o FOR EACH STATEMENT EXECUTE FUNCTION wait();
            """, database: system.database)
    }

    private func setBrake(_ system: TestSystem, _ statement: String = "INSERT INTO brake VALUES (1)") throws {
        try system.postgres.query(statement, database: system.database)
    }

    /// A job that has read everything since its first checkpoint and committed nothing of it.
    private func startReading(_ system: TestSystem, further: [String: String] = [:]) throws -> ServiceProcess {
        let process = try system.start(sql(system), job: "ends", further: Self.patient.merging(further) { $1 })
        let client = PageReader(url: try HTTPTests.address(process))
        _ = try HTTPTests.status(client, "at its first checkpoint") { $0.snapshot.job.epoch > 0 }
        try system.produce("in", (0..<Self.rowCount).map { "{\"id\":\($0)}" })
        _ = try HTTPTests.status(client, "read to the end") {
            $0.snapshot.lag == 0 && $0.snapshot.operators.contains { $0.role == "sink" && $0.rowsIn == Self.rowCount }
        }
        return process
    }

    /// The same job again: every row is in the table once then.
    private func expectNothingLost(_ system: TestSystem) throws {
        try setBrake(system, "DELETE FROM brake")
        let path = try system.write(sql(system), as: "next.sql")
        let next = try ServiceProcess(
            ["run", path], environment: system.environment(["MILLRACE_JOB_NAME": "ends-\(system.suffix)"]),
            log: "\(system.directory)/next.log")
        #expect(TestSystem.wait(next, prints: "The job is running"), "\(next.output)")
        try system.wait(for: "o", until: "SELECT count(*) >= \(Self.rowCount) FROM o")
        #expect(next.stop() == 0, "\(next.output)")
        #expect(try system.rows("SELECT count(*), count(DISTINCT id) FROM o") == ["\(Self.rowCount)|\(Self.rowCount)"])
    }

    private func expectNothingCommitted(_ system: TestSystem) throws {
        #expect(try system.rows("SELECT count(*) FROM o") == ["0"])
    }

    @Test(arguments: ["SIGINT", "SIGTERM"])
    func oneSignalTakesALastCheckpoint(signal: String) throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try makeTables(system)
        let process = try startReading(system)
        try expectNothingCommitted(system)
        if signal == "SIGINT" { process.interrupt() }
        #expect((signal == "SIGINT" ? process.wait() : process.stop()) == 0, "\(process.output)")
        #expect(process.output.contains("Stopping after a last checkpoint"))
        #expect(try system.rows("SELECT count(*) FROM o") == ["\(Self.rowCount)"])
        // It was whole: nothing comes again.
        try expectNothingLost(system)
    }

    @Test func aSecondInterruptMeansNow() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try makeTables(system)
        try setBrake(system)
        let process = try startReading(system)
        process.interrupt()
        #expect(TestSystem.wait(process, prints: "Stopping after a last checkpoint"), "\(process.output)")
        #expect(process.isRunning, "the last checkpoint waits for the table")
        process.interrupt()
        #expect(process.wait() == 8, "\(process.output)")
        #expect(process.output.contains("Stopping without a last checkpoint"))
        try expectNothingCommitted(system)
        try expectNothingLost(system)
    }

    @Test func aLastCheckpointThatTakesTooLongIsNotWaitedFor() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try makeTables(system)
        try setBrake(system)
        let process = try startReading(system, further: ["MILLRACE_SHUTDOWN_TIMEOUT": "300ms"])
        #expect(process.stop() == 8, "\(process.output)")
        #expect(process.output.contains("The last checkpoint took too long; stopping without it"))
        try expectNothingCommitted(system)
        try expectNothingLost(system)
    }

    @Test func aDatabaseThatStaysAwayEndsTheJobOnceItsAttemptsAreUsedUp() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try makeTables(system)
        let process = try startReading(system, further: ["MILLRACE_RESTART_ATTEMPTS": "2"])
        try system.postgres.crash()
        // The commit of a checkpoint finds out.
        try PageReader(url: HTTPTests.address(process)).post("/api/v1/checkpoint")
        #expect(process.wait() == 4, "\(process.output)")
        #expect(process.output.contains("attempt=2") && !process.output.contains("attempt=3"), "\(process.output)")
        #expect(process.output.contains("no connection to PostgreSQL"))
        try system.postgres.start()
        try expectNothingCommitted(system)
        try expectNothingLost(system)
    }

    @Test func brokersThatStayAwayEndTheJobToo() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try makeTables(system)
        let away = try system.run(
            sql(system), job: "alone",
            further: ["MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "MILLRACE_RESTART_ATTEMPTS": "0"])
        #expect(away.status == 4, "\(away.output)")
        #expect(away.output.contains("127.0.0.1:1") && !away.output.contains("attempt="), "\(away.output)")
    }
}
