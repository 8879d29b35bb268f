import DevPostgres
import Foundation
import HTTPService
import Testing

/// Secrets of every kind, and everything that a process lets out: they are not in it.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct SecretTests {
    private static let ofKafka = Canary("kafka")
    private static let ofKey = Canary("key")
    private static let ofPostgres = Canary("postgres")
    private static let ofHTTP = Canary("http")
    private static let inSQL = Canary("literal")
    private static let substituted = Canary("substituted")
    private static let jaas = Canary("jaas")
    private static let ofClientKey = Canary("clientkey")
    /// What a variable goes before.
    private static let overridden = Canary("overridden")
    private static let user = Canary("user")
    private static let all = [
        ofKafka, ofKey, ofPostgres, ofHTTP, inSQL, substituted, jaas, ofClientKey, overridden,
    ]

    private static let paths =
        [
            "status", "why", "job", "plan", "operators", "partitions", "workers", "checkpoints", "sinks", "clients",
            "dead-letters", "configuration", "process", "log-level", "openapi.json",
        ].map { "/api/v1/" + $0 } + ["/metrics", "/health/ready", "/health/live", "/", "/page.js"]

    private func system() throws -> TestSystem {
        var configuration = PostgresServer.Configuration()
        configuration.password = Self.ofPostgres.plain
        return try TestSystem(postgres: configuration)
    }

    /// Two pipelines in one job, whose tables hold secrets in all the ways there are.
    private func sql(_ system: TestSystem, port: Int) -> String {
        let login = "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" "
        return """
            CREATE TABLE t (id BIGINT) WITH (\(system.unbounded("in")), 'scan.on-error' = 'skip',
              'properties.sasl.password' = '\(Self.inSQL.value)', 'properties.ssl.key.password' = '${KEY_OF_THE_TEST}');
            CREATE TABLE u (id BIGINT) WITH (\(system.unbounded("in")), 'scan.on-error' = 'dead-letter',
              'scan.dead-letter.table' = 'letters',
              'properties.sasl.jaas.config' = '\(login) password="\(Self.jaas.plain)";');
            CREATE TABLE o (id BIGINT) WITH ('connector' = 'postgres', 'table-name' = 'o', 'sink.create-table' = 'true');
            CREATE TABLE p (id BIGINT) WITH (
              'connector' = 'jdbc', 'url' = 'jdbc:postgresql://127.0.0.1:\(port)/\(system.database)',
              'table-name' = 'p', 'username' = 'postgres', 'password' = '${PASSWORD_OF_P}', 'sink.create-table' = 'true');
            CREATE TABLE letters (job STRING, `operator` STRING, reason STRING, message STRING, topic STRING, `partition` INT,
              `offset` BIGINT, `timestamp` TIMESTAMP_LTZ(3), raw_key BYTES, raw_value BYTES, headers STRING,
              failed_at TIMESTAMP_LTZ(3)) WITH (\(system.table("letters")));
            INSERT INTO o SELECT id FROM t;
            INSERT INTO p SELECT id FROM u;
            """
    }

    private func file(_ system: TestSystem, _ name: String, _ content: String) throws -> String {
        try system.write(content + "\n", as: name)
    }

    private func urlFile(_ system: TestSystem, port: Int, password: String? = nil) throws -> String {
        let right = Self.ofPostgres.plain.replacingOccurrences(of: "+", with: "%2B").replacingOccurrences(
            of: "/", with: "%2F")
        let url =
            "postgres://postgres:\(password ?? right)@127.0.0.1:\(port)/\(system.database)"
            + "?sslpassword=\(Self.ofClientKey.encoded)"
        return try file(system, "url-\(UUID().uuidString)", url)
    }

    private func environment(_ system: TestSystem, port: Int) throws -> [String: String] {
        var environment = system.environment([
            "MILLRACE_POSTGRES_URL_FILE": try urlFile(system, port: port),
            "MILLRACE_KAFKA_SASL_PASSWORD_FILE": try file(system, "password", Self.ofKafka.value),
            "MILLRACE_KAFKA_SASL_USERNAME": Self.user.value,
            "MILLRACE_KAFKA_SSL_KEY_PASSWORD": Self.ofKey.value,
            "MILLRACE_TABLE_P_PASSWORD_FILE": try file(system, "password-of-p", Self.ofPostgres.plain),
            "MILLRACE_HTTP_TOKEN_FILE": try file(system, "token", Self.ofHTTP.plain),
            "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0", "MILLRACE_LOG_LEVEL": "debug",
            "MILLRACE_STATUS_PATH": "\(system.directory)/status.json",
            "KEY_OF_THE_TEST": Self.substituted.value, "PASSWORD_OF_P": Self.overridden.value,
        ])
        environment["MILLRACE_POSTGRES_URL"] = nil
        return environment
    }

    /// Asks a running job for everything that it tells.
    private func expectNoneOverHTTP(_ process: ServiceProcess) throws -> PageReader {
        guard TestSystem.wait(process, prints: "Serving HTTP") else {
            throw TestSystem.Failure(description: "no HTTP: \(process.output)")
        }
        let url = String(try #require(process.output.firstMatch(of: /http:\/\/127\.0\.0\.1:\d+/)).0)
        let client = PageReader(url: url, token: Self.ofHTTP.plain)
        for path in Self.paths {
            let answer = try client.send("GET", path)
            #expect([200, 503].contains(answer.status), "\(path): \(answer)")
            Canary.expectNone(of: Self.all, in: answer.text, path)
            if path.hasSuffix("configuration") { Canary.expectNone(of: [Self.user], in: answer.text, path) }
        }
        return client
    }

    @Test func aJobThatRunsTellsNone() throws {
        let system = try system()
        defer { system.tearDown() }
        try system.produce("in", (0..<30).map { "{\"id\":\($0)}" } + ["{\"id\": nothing}"])
        try system.postgres.query(
            """
            CREATE TABLE o (id bigint);
            CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE WARNING E'look\\nout'; RETURN new; END $$;
            CREATE TRIGGER warns BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION warn();
            """, database: system.database)
        let port = system.postgres.port
        let environment = try environment(system, port: port).merging(["MILLRACE_LOG_FORMAT": "json"]) { $1 }
        let path = try system.write(sql(system, port: port))
        let process = try ServiceProcess(["run", path], environment: environment, log: "\(system.directory)/job.log")
        defer { process.crash() }
        for table in ["o", "p"] { try system.wait(for: table, until: "SELECT count(*) = 30 FROM \(table)") }
        try system.wait(for: "letters", until: "SELECT count(*) = 1 FROM letters")
        let client = try expectNoneOverHTTP(process)
        try client.post("/api/v1/savepoint")
        for command in [["status"], ["status", "--json"], ["top", "--count", "1"]] {
            let told = try ServiceProcess.run(
                command + ["--url", client.url], environment: ["MILLRACE_HTTP_TOKEN": Self.ofHTTP.plain])
            #expect(told.status == 0, "\(told.output)")
            Canary.expectNone(of: Self.all, in: told.output, "\(command)")
        }
        #expect(process.stop() == 0, "\(process.output)")
        Canary.expectNone(of: Self.all, in: process.output, "the log")
        let status = try String(contentsOfFile: "\(system.directory)/status.json", encoding: .utf8)
        Canary.expectNone(of: Self.all, in: status, "the status file")
        #expect(try Canary.expectNone(of: Self.all, below: "\(system.directory)/checkpoints") > 3)
        try commandsTellNone(system, path, environment)
        try linesAreEvents(process.output, job: "job-\(system.suffix)")
    }

    /// Whatever reads what a job has left.
    private func commandsTellNone(_ system: TestSystem, _ path: String, _ environment: [String: String]) throws {
        let record = "\(system.topic("in"))-0@30"
        let listed = try ServiceProcess.run(["checkpoints", "list"], environment: environment)
        let numbers = listed.output.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first.flatMap { Int($0) }
        }
        let number = try #require(numbers.max(), "\(listed.output)")
        let cases = try system.write(
            """
            pipeline: pipeline.sql
            cases:
              - name: rows go through
                input: {t: [{id: 1}]}
                expect: {o: [{id: 1}]}
            """, as: "secret.test.yaml")
        let letters = ["--table", "letters"]
        for command in [
            ["checkpoints", "list"], ["checkpoints", "verify"], ["checkpoints", "show", "\(number)"],
            ["checkpoints", "verify", "\(number)", "--online"], ["audit", path], ["audit", path, "--recompute"],
            ["explain", path], ["replay", path, "--key", "id"], ["replay", path, "--json"],
            ["deadletters", "list"] + letters, ["deadletters", "list", "--json"] + letters,
            ["deadletters", "show", record] + letters, ["deadletters", "replay"] + letters,
            ["deadletters", "replay", "--execute"] + letters, ["test", cases], ["test", cases, "--json"],
        ] {
            let told = try ServiceProcess.run(command, environment: environment)
            #expect(told.status == 0, "\(command): \(told.output)")
            Canary.expectNone(of: Self.all, in: told.output, "\(command)")
        }
        // Where something is wrong with what they are given.
        let wrong = environment.merging(["MILLRACE_POSTGRES_URL_FILE": try urlFile(system, port: 1)]) { $1 }
        for command in [
            ["checkpoints", "show", "4711"], ["replay", path, "--from-checkpoint", "4711"],
            ["deadletters", "show", "nowhere-0@1"] + letters, ["test", path],
        ] {
            let told = try ServiceProcess.run(command, environment: environment)
            #expect(told.status != 0, "\(command): \(told.output)")
            Canary.expectNone(of: Self.all, in: told.output, "\(command)")
        }
        for command in [["deadletters", "list"] + letters, ["replay", path], ["audit", path]] {
            let told = try ServiceProcess.run(command, environment: wrong)
            #expect(told.status != 0, "\(command): \(told.output)")
            Canary.expectNone(of: Self.all, in: told.output, "\(command) without its database")
        }
    }

    /// Each line of the log is one event with its place as fields of their own.
    private func linesAreEvents(_ log: String, job: String) throws {
        var objects: [[String: Any]] = []
        for line in log.split(separator: "\n") {
            let object = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
            objects.append(try #require(object, "no JSON: \(line)"))
        }
        #expect(objects.allSatisfy { $0["time"] is String && $0["level"] is String && $0["message"] is String })
        #expect(objects.allSatisfy { $0["job"] as? String == job })
        let messages = Dictionary(grouping: objects) { $0["message"] as? String ?? "" }
        #expect(messages["A checkpoint is committed"]?.allSatisfy { $0["epoch"] is Int } == true)
        #expect(messages["The job has ended"]?.first?["epoch"] is Int)
        let notices = messages["PostgreSQL"]?.filter { $0["text"] as? String == "look\nout" } ?? []
        #expect(notices.count == 10 && notices.allSatisfy { $0["level"] as? String == "warning" })
        #expect(notices.allSatisfy { ($0["participant"] as? String)?.hasPrefix("postgres/") == true })
        #expect(notices.allSatisfy { $0["sqlstate"] as? String == "01000" })
        let leftOut = objects.filter { $0["of"] as? String == "PostgreSQL" && $0["sqlstate"] as? String == "01000" }
        #expect(leftOut.map { $0["suppressed"] as? Int } == [20], "\(leftOut)")
    }

    @Test func aJobThatReachesNobodyTellsNone() throws {
        let system = try system()
        defer { system.tearDown() }
        try system.produce("in", ["{\"id\":1}"])
        let port = system.postgres.port
        let path = try system.write(sql(system, port: port))
        let good = try environment(system, port: port)
        // The broker is away, then the database.
        let login = ["MILLRACE_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "MILLRACE_KAFKA_SASL_MECHANISM": "PLAIN"]
        let troubles: [(told: String, variables: [String: String])] = [
            (
                "Kafka client in trouble",
                login.merging(["MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "MILLRACE_KAFKA_DEBUG": "all"]) { $1 }
            ),
            ("attempt=1", ["MILLRACE_POSTGRES_URL_FILE": try urlFile(system, port: 1)]),
        ]
        for (index, trouble) in troubles.enumerated() {
            let process = try ServiceProcess(
                ["run", path], environment: good.merging(trouble.variables) { $1 },
                log: "\(system.directory)/job\(index).log")
            defer { process.crash() }
            #expect(TestSystem.wait(process, prints: trouble.told), "\(process.output)")
            _ = try expectNoneOverHTTP(process)
            #expect(process.stop() == 0, "\(process.output)")
            Canary.expectNone(of: Self.all, in: process.output, "the log")
            #expect(index > 0 || process.output.contains("facility=SASL"))
        }
        // A broker that takes no logins.
        let unasked = try ServiceProcess.run(
            ["run", path], environment: good.merging(login) { $1 }.merging(["MILLRACE_KAFKA_DEBUG": "all"]) { $1 })
        #expect(unasked.status == 2 && unasked.output.contains("takes no logins"), "\(unasked.output)")
        Canary.expectNone(of: Self.all, in: unasked.output, "a login that nobody takes")
        // A password that is wrong, told by the server.
        let wrong = good.merging([
            "MILLRACE_POSTGRES_URL_FILE": try urlFile(system, port: port, password: Self.substituted.encoded)
        ]) { $1 }
        let refused = try ServiceProcess.run(["run", path], environment: wrong)
        #expect(refused.status == 2 && refused.output.contains("the server refuses user or password"))
        Canary.expectNone(of: Self.all, in: refused.output, "a refused login")
    }

    @Test func whatIsWrongBesideASecretIsToldWithoutIt() throws {
        let system = try system()
        defer { system.tearDown() }
        try system.produce("in", ["{\"id\":1}"])
        let port = system.postgres.port
        let environment = try environment(system, port: port)
        let good = sql(system, port: port)
        let literal = Self.inSQL.value
        let mistakes: [(String, String)] = [
            ("'properties.sasl.password' =", "'properties.sasl.pasword' ="),
            ("'properties.sasl.password' =", "'no.such.option' = 'x', 'properties.sasl.password'"),
            ("'properties.sasl.password' =", "'no.such.option' = 'x', 'properties.sasl.password' ="),
            ("'properties.sasl.password' = '\(literal)'", "'properties.sasl.password' = \(literal)"),
            ("'properties.sasl.password' = '\(literal)'", "'properties.sasl.password'\n  = \"\(literal)\""),
            ("'properties.sasl.password' = '\(literal)'", "properties.sasl.password = '\(literal)' oops"),
            ("'table-name' = 'o'", "'table-name' = 'o', 'urll' = 'postgres://u:\(Self.inSQL.encoded)@h/d'"),
            ("'table-name' = 'o'", "'table-name' = 'o', 'url' = 'postgres://u:\(Self.inSQL.encoded)@h:port/d'"),
            ("'table-name' = 'o'", "'table-name' = 'o', 'sink.on-error' = '${KEY_OF_THE_TEST}'"),
            ("'password' = '${PASSWORD_OF_P}'", "'passwort' = '${PASSWORD_OF_P}'"),
            ("password=\"", "passwort=\""), ("INSERT INTO p SELECT id", "INSERT INTO p SELECT idd"),
            (";\nINSERT INTO o", ", 'password' = '\(literal)'\nINSERT INTO o"),
        ]
        for (index, (old, new)) in mistakes.enumerated() {
            let text = good.replacingOccurrences(of: old, with: new)
            #expect(text != good)
            let path = try system.write(text, as: "wrong\(index).sql")
            let command = ["validate", "explain", "run"][index % 3]
            let told = try ServiceProcess.run([command, path], environment: environment)
            #expect(told.status == 2, "\(new): \(told.output)")
            Canary.expectNone(of: Self.all, in: told.output, "\(command) with \(new)")
        }
        let path = try system.write(good)
        for command in [["config"], ["validate", path], ["validate", "--online", path], ["explain", path]] {
            let told = try ServiceProcess.run(command, environment: environment)
            #expect(told.status == 0, "\(command): \(told.output)")
            Canary.expectNone(of: Self.all, in: told.output, "\(command)")
            if command == ["config"] { Canary.expectNone(of: [Self.user], in: told.output, "\(command)") }
        }
        for (variable, value) in [
            ("MILLRACE_KAFKA_SASL_PASWORD", literal), ("MILLRACE_HTTP_TOKKEN", Self.ofHTTP.plain),
            ("MILLRACE_TABLE_T_PROPERTIES_SASL_PASWORD", literal), ("MILLRACE_TABLE_X_PASSWORD", literal),
            ("MILLRACE_KAFKA_SASL_JAAS_CONFIG", literal), ("MILLRACE_HTTP_TOKEN", Self.ofHTTP.plain),
            ("MILLRACE_TABLE_O_URL", "postgres://u:\(literal)@h:port/d"),
        ] {
            let told = try ServiceProcess.run(
                ["validate", path], environment: environment.merging([variable: value]) { $1 })
            #expect(told.status == 2, "\(variable): \(told.output)")
            Canary.expectNone(of: Self.all, in: told.output, variable)
        }
        // Nothing tells a wrong key before the client is made.
        let key = try ServiceProcess.run(
            ["validate", "--online", path],
            environment: environment.merging([
                "MILLRACE_KAFKA_SSL_KEY_PEM": literal, "MILLRACE_KAFKA_SECURITY_PROTOCOL": "SSL",
            ]) { $1 })
        #expect(key.status == 2, "\(key.output)")
        Canary.expectNone(of: Self.all, in: key.output, "a wrong key")
    }
}
