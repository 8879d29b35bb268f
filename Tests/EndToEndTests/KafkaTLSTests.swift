import Foundation
import KafkaConnector
import TestKit
import Testing

/// Whole jobs against a broker with TLS and logins, configured as a container is: by variables, the password in a file.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct KafkaTLSTests {
    private static let canary = "canary-of-the-broker"
    private static let rowCount = 4000

    /// `millrace broker` at 127.0.0.1 under the name localhost, with a folder for everything.
    private struct SecureBroker {
        let directory: String
        let port: Int
        let process: ServiceProcess
        let authority: URL

        init(_ pair: Certificates.Pair, authority: URL) throws {
            directory = FileManager.default.temporaryDirectory.path + "/millrace-sasl-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            self.authority = authority
            process = try ServiceProcess(
                [
                    "broker", "--listen", "127.0.0.1:0", "--advertised-host", "localhost", "--data",
                    "\(directory)/data",
                    "--tls-certificate", pair.certificate.path, "--tls-key", pair.key.path,
                    "--sasl-user", "job:\(canary)", "--topic", "in:2", "--topic", "out:2",
                ], log: "\(directory)/broker.log")
            guard TestSystem.wait(process, prints: "listening on "),
                let number = process.output.firstMatch(of: /listening on 127\.0\.0\.1:(\d+)\n/)?.1,
                let port = Int(number)
            else { throw TestSystem.Failure(description: "the broker did not start: \(process.output)") }
            self.port = port
            let sql = """
                CREATE TABLE t (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'in', 'format' = 'json',
                  'scan.startup.mode' = 'earliest-offset');
                CREATE TABLE o (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'out', 'format' = 'json');
                INSERT INTO o SELECT id FROM t;
                """
            try sql.write(toFile: pipeline, atomically: true, encoding: .utf8)
        }

        var pipeline: String { "\(directory)/copy.sql" }

        func tearDown() {
            _ = process.stop()
            try? FileManager.default.removeItem(atPath: directory)
        }

        /// The same settings as properties of a client.
        private var properties: [String: String] {
            [
                "bootstrap.servers": "localhost:\(port)", "broker.address.family": "v4",
                "security.protocol": "SASL_SSL",
                "ssl.ca.location": authority.path, "sasl.mechanism": "PLAIN", "sasl.username": "job",
                "sasl.password": canary,
            ]
        }

        func produce(_ ids: Range<Int>) throws {
            let loader = try TopicLoader(properties: properties)
            for id in ids { try loader.send("in", key: "\(id)", value: "{\"id\":\(id)}") }
            try loader.flush()
        }

        /// The committed rows of the topic that the job writes, at least so many of them.
        func rows(atLeast count: Int) throws -> [Int] {
            let reader = Process()
            reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            reader.arguments =
                [
                    "timeout", "60", "kcat", "-C", "-q", "-t", "out", "-o", "beginning", "-X",
                    "isolation.level=read_committed",
                ]
                + (count > 0 ? ["-c", "\(count)"] : ["-e"]) + properties.flatMap { ["-X", "\($0.key)=\($0.value)"] }
            let output = Pipe()
            reader.standardOutput = output
            try reader.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            reader.waitUntilExit()
            return text.matches(of: /"id":(\d+)/).compactMap { Int($0.1) }
        }

        func environment(mechanism: String, further: [String: String] = [:]) throws -> [String: String] {
            let password = "\(directory)/password-\(UUID().uuidString.prefix(8))"
            try "\(further["PASSWORD"] ?? canary)\n".write(toFile: password, atomically: true, encoding: .utf8)
            return [
                "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "localhost:\(port)", "MILLRACE_KAFKA_BROKER_ADDRESS_FAMILY": "v4",
                "MILLRACE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "MILLRACE_KAFKA_SSL_CA_LOCATION": authority.path,
                "MILLRACE_KAFKA_SASL_MECHANISM": mechanism, "MILLRACE_KAFKA_SASL_USERNAME": "job",
                "MILLRACE_KAFKA_SASL_PASSWORD_FILE": password, "MILLRACE_JOB_NAME": "copy-\(mechanism)",
                "MILLRACE_CHECKPOINT_URI": "file://\(directory)/checkpoints", "MILLRACE_CHECKPOINT_INTERVAL": "100ms",
                "MILLRACE_PARALLELISM": "2", "MILLRACE_HTTP_ADDRESS": "", "MILLRACE_LOG_LEVEL": "debug",
            ].merging(further.filter { $0.key != "PASSWORD" }) { $1 }
        }

        func start(_ environment: [String: String]) throws -> ServiceProcess {
            try ServiceProcess(["run", pipeline], environment: environment, log: "\(directory)/job.log")
        }

        /// A job that is not let in says so and ends.
        func expectRefusal(_ environment: [String: String], says text: String) throws {
            let refused = try ServiceProcess.run(["run", pipeline], environment: environment)
            #expect(refused.status == 2 && refused.output.contains(text), "\(refused.status): \(refused.output)")
            #expect(!refused.output.contains(canary))
        }
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-512"])
    func aJobCommitsEveryRowOnceOverTLSWithALogin(mechanism: String) throws {
        let authority = try Certificates()
        let broker = try SecureBroker(authority.issue(for: "localhost"), authority: authority.authority)
        defer { broker.tearDown() }
        try broker.produce(0..<Self.rowCount / 2)
        let environment = try broker.environment(mechanism: mechanism)
        var process = try broker.start(environment)
        #expect(try broker.rows(atLeast: 1).count == 1, "\(process.output)")
        try broker.produce(Self.rowCount / 2..<Self.rowCount)
        process.crash()
        process = try broker.start(environment)
        _ = try broker.rows(atLeast: Self.rowCount)
        #expect(process.stop() == 0, "\(process.output)")
        #expect(try broker.rows(atLeast: 0).sorted() == Array(0..<Self.rowCount))
        #expect(!process.output.contains(Self.canary))
    }

    @Test func whatIsWrongWithTheConnectionEndsTheJobWithWordsForIt() throws {
        let authority = try Certificates()
        let other = try Certificates(authority: "another authority")
        let broker = try SecureBroker(authority.issue(for: "localhost"), authority: authority.authority)
        defer { broker.tearDown() }
        try broker.expectRefusal(
            broker.environment(
                mechanism: "PLAIN", further: ["MILLRACE_KAFKA_SSL_CA_LOCATION": other.authority.path]),
            says: "was issued by 'CN=test authority', which is not an authority of \(other.authority.path)")
        try broker.expectRefusal(
            broker.environment(
                mechanism: "PLAIN", further: ["MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:\(broker.port)"]),
            says: "is for 'CN=localhost', not for the host '127.0.0.1'")
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
            try broker.expectRefusal(
                broker.environment(mechanism: mechanism, further: ["PASSWORD": "wrong-secret"]),
                says: "the brokers refuse user 'job' or its password")
        }
        #expect(try broker.rows(atLeast: 0) == [])
    }

    @Test func anExpiredCertificateEndsTheJobWithItsDate() throws {
        let authority = try Certificates()
        let expired = try authority.issue(for: "localhost", days: -1)
        let broker = try SecureBroker(expired, authority: authority.authority)
        defer { broker.tearDown() }
        try broker.expectRefusal(broker.environment(mechanism: "PLAIN"), says: "localhost:\(broker.port) expired at 20")
    }
}
