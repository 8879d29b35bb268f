import DevPostgres
import Foundation
import KafkaConnector
import Testing

/// Starting while something is wrong or away, and what is printed about it.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct StartTests {
    private static let canary = "canary-of-the-password"

    private func sql(_ system: TestSystem, topic: String = "in", further: String = "") -> String {
        """
        CREATE TABLE t (id BIGINT) WITH (\(system.unbounded(topic))\(further));
        CREATE TABLE o (id BIGINT) WITH (\(system.table("o")));
        INSERT INTO o SELECT id FROM t;
        """
    }

    @Test func aDatabaseThatIsAwayAtTheStartIsWaitedFor() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("in", [#"{"id":1}"#])
        try system.postgres.crash()
        let process = try system.start(sql(system), job: "away")
        #expect(TestSystem.wait(process, prints: "attempt=2"), "\(process.output)")
        #expect(process.output.contains("no connection to PostgreSQL"))
        try system.postgres.start()
        try system.wait(for: "o", until: "SELECT count(*) = 1 FROM o")
        #expect(process.stop() == 0, "\(process.output)")
    }

    /// A database may be away for a night, and many attempts end before they have begun.
    @Test func attemptsThatDoNotBeginLeaveNoClients() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("in", [#"{"id":1}"#])
        try system.makeLoader().createTopic(system.topic("out"), partitions: 1)
        try system.postgres.crash()
        let process = try system.start(
            sql(system) + """

                CREATE TABLE k (id BIGINT) WITH ('connector' = 'kafka', 'topic' = '\(system.topic("out"))', 'format' = 'json');
                INSERT INTO k SELECT id FROM t;
                """, job: "often")
        #expect(TestSystem.wait(process, prints: "attempt=4"), "\(process.output)")
        // Each librdkafka client has one such thread.
        let tasks = "/proc/\(process.processIdentifier)/task"
        let clients = try FileManager.default.contentsOfDirectory(atPath: tasks).filter { task in
            (try? String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)) == "rdk:main\n"
        }
        #expect(clients.count <= 1)
        try system.postgres.start()
        try system.wait(for: "o", until: "SELECT count(*) = 1 FROM o")
        #expect(process.stop() == 0, "\(process.output)")
    }

    @Test func brokersThatAreAwayAreNamedAndAnOrderlyEndNeedsNone() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let process = try system.start(
            sql(system), job: "alone", further: ["MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"])
        #expect(TestSystem.wait(process, prints: "127.0.0.1:1"), "\(process.output)")
        #expect(TestSystem.wait(process, prints: "attempt=1"), "\(process.output)")
        #expect(process.stop() == 0, "\(process.output)")
    }

    @Test func whatDoesNotExistIsRefusedWithItsName() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let missing = try system.run(sql(system, topic: "absent"), job: "missing")
        #expect(missing.status == 2, "\(missing.output)")
        #expect(missing.output.contains(system.topic("absent")))
        try system.produce("in", [#"{"id":1}"#])
        let checkpoint = try system.run(sql(system), job: "numbered", arguments: ["--from-checkpoint", "99"])
        #expect(checkpoint.status == 3, "\(checkpoint.output)")
        #expect(checkpoint.output.contains("there is no checkpoint 99"))
    }

    @Test func tablesTakeOptionsFromTheEnvironmentAndWrongOnesAreTold() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("in", [#"{"id":1}"#])
        let bounded = try system.run(
            sql(system), job: "bounded", further: ["MILLRACE_TABLE_T_SCAN_BOUNDED_MODE": "latest-offset"])
        #expect(bounded.status == 0, "\(bounded.output)")
        #expect(try system.rows("SELECT id FROM o") == ["1"])
        let path = try system.write(sql(system))
        for (variable, told) in [
            ("MILLRACE_TABLE_T_SCAN_BOUNDED_MODDE", "did you mean 'scan.bounded.mode'"),
            ("MILLRACE_TABLE_TT_SCAN_BOUNDED_MODE", "MILLRACE_TABLE_TT_SCAN_BOUNDED_MODE"),
            ("MILLRACE_TABLE_T_SCAN_STARTUP_MODE", "comes from the environment"),
        ] {
            let result = try ServiceProcess.run(["validate", path], environment: system.environment([variable: "x"]))
            #expect(result.status == 2)
            #expect(result.output.contains(told), "\(result.output)")
        }
    }

    @Test func passwordsAreNeverPrinted() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("in", [#"{"id":1}"#])
        let url = system.postgres.url(database: system.database).replacingOccurrences(
            of: "postgres@", with: "postgres:\(Self.canary)@")
        let environment = system.environment([
            "MILLRACE_LOG_LEVEL": "debug", "MILLRACE_POSTGRES_URL": url,
            "MILLRACE_KAFKA_SASL_PASSWORD": Self.canary,
        ])
        var printed = ""
        let secrets =
            ", 'scan.bounded.mode' = 'latest-offset', 'properties.sasl.password' = '\(Self.canary)', "
            + "'properties.ssl.key.password' = '\(Self.canary)'"
        let texts = [
            sql(system, further: secrets), sql(system, further: secrets + ", 'no.such.option' = 'x'"),
            sql(system, further: secrets).replacingOccurrences(
                of: "'table-name'", with: "'urll' = 'postgres://u:\(Self.canary)@h/d', 'table-name'"),
            sql(system, further: secrets).replacingOccurrences(
                of: "'table-name'", with: "'url' = 'postgres://u:\(Self.canary)', 'table-name'"),
        ]
        for (index, text) in texts.enumerated() {
            let path = try system.write(text, as: "secret\(index).sql")
            for command in [["validate"], ["validate", "--online"], ["explain"], ["run"], ["config"]] {
                let arguments = command == ["config"] ? command : command + [path]
                let result = try ServiceProcess.run(arguments, environment: environment)
                #expect(
                    result.status == (index == 0 || command == ["config"] ? 0 : 2), "\(arguments): \(result.output)")
                printed += result.output
            }
        }
        #expect(!printed.contains(Self.canary), "\(printed)")
        #expect(try system.rows("SELECT id FROM o") == ["1"])
    }
}
