import DevPostgres
import Dispatch
import Foundation
import KafkaConnector

/// Everything that a job of these tests runs against: a broker, a database, a folder, topics of its own.
final class TestSystem: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let directory: String
    let bootstrapServers: String
    let postgres: PostgresServer
    let database: String
    /// Part of every name made here, so that tests can share a broker.
    let suffix = UUID().uuidString.prefix(8).lowercased()
    private let brokerData: String
    private let broker: BrokerHolder

    /// The own broker; nil where the environment names one.
    private final class BrokerHolder: @unchecked Sendable {
        // Safe because only the test's own thread starts and stops the broker.
        var process: ServiceProcess?
    }

    init(postgres configuration: PostgresServer.Configuration = .init()) throws {
        directory = FileManager.default.temporaryDirectory.path + "/millrace-e2e-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        brokerData = "\(directory)/broker"
        broker = BrokerHolder()
        if let given = ProcessInfo.processInfo.environment["MILLRACE_TEST_BOOTSTRAP_SERVERS"], !given.isEmpty {
            bootstrapServers = given
        } else {
            let (process, address) = try Self.startBroker(listen: "127.0.0.1:0", data: brokerData, directory)
            broker.process = process
            bootstrapServers = address
        }
        postgres = try PostgresServer(configuration)
        database = try postgres.createDatabase()
    }

    var ownsBroker: Bool { broker.process != nil }
    func topic(_ name: String) -> String { "\(name)-\(suffix)" }

    func makeLoader() throws -> TopicLoader {
        // A name of its own: faults that are meant for the service must not make the input late.
        try TopicLoader(properties: ["bootstrap.servers": bootstrapServers, "client.id": "loader"])
    }

    /// Kills the own broker; `restartBroker` brings it back.
    func killBroker() { broker.process?.crash() }

    /// Ends the own broker, as `kill -9` does or in an orderly way, and starts it again on the same port and folder.
    func restartBroker(awayMilliseconds: Int = 0, orderly: Bool = false) throws {
        if orderly {
            let status = broker.process?.stop() ?? 0
            guard status == 0 else { throw Failure(description: "the broker ended with \(status): \(brokerOutput)") }
        } else {
            broker.process?.crash()
        }
        Self.pass(milliseconds: awayMilliseconds)
        broker.process = try Self.startBroker(listen: bootstrapServers, data: brokerData, directory).0
    }

    /// Replaces what goes wrong at the own broker.
    func setBrokerFaults(_ script: String) throws {
        try script.write(toFile: "\(directory)/faults", atomically: true, encoding: .utf8)
        broker.process?.hangUp()
    }

    /// What the own broker has logged since its last start.
    var brokerOutput: String { broker.process?.output ?? "" }

    /// Ends everything; the files of what went wrong are kept where they are asked for, and named.
    func tearDown(keepsFiles: Bool = false) {
        _ = broker.process?.stop()
        postgres.stop()
        if keepsFiles {
            print("files are kept in \(directory)")
        } else {
            try? FileManager.default.removeItem(atPath: directory)
        }
    }

    /// What a job needs to find everything, under a job name of its own.
    func environment(_ further: [String: String] = [:]) -> [String: String] {
        [
            "MILLRACE_JOB_NAME": "job-\(suffix)", "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": bootstrapServers,
            "MILLRACE_POSTGRES_URL": postgres.url(database: database),
            "MILLRACE_CHECKPOINT_URI": "file://\(directory)/checkpoints", "MILLRACE_CHECKPOINT_INTERVAL": "200ms",
            "MILLRACE_PARALLELISM": "2", "MILLRACE_HTTP_ADDRESS": "",
            "RATINGS": topic("ratings"), "PLAYS": topic("plays"),
            "MOVIES": topic("movies"), "OUTPUT": topic("output"), "TABLE": "enriched",
        ].merging(further) { $1 }
    }

    func write(_ sql: String, as name: String = "pipeline.sql") throws -> String {
        let path = "\(directory)/\(name)"
        try sql.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Waits until a table exists and holds at least `count` rows, for up to two minutes.
    func waitForRows(_ table: String, count: Int) throws {
        var last: (any Error)?
        for _ in 0..<4 {
            do {
                try waitForTable(table)
                try postgres.waitUntil("SELECT count(*) >= \(count) FROM \(table)", database: database)
                return
            } catch {
                last = error
            }
        }
        let found = (try? postgres.query("SELECT count(*) FROM \(table)", database: database)) ?? "no table"
        throw Failure(description: "\(found) of \(count) rows in \(table): \(last.map { "\($0)" } ?? "")")
    }

    /// Waits until a table exists, by a query that reads the catalogue: `to_regclass` would answer from a cache that a
    /// waiting statement never refreshes.
    func waitForTable(_ table: String) throws {
        try postgres.waitUntil(
            "SELECT EXISTS (SELECT FROM pg_class WHERE relname = '\(table)' AND relkind = 'r')", database: database)
    }

    /// Reads committed records of a topic until there are `count`, as JSON objects.
    func records(_ topic: String, count: Int, seconds: Int = 90) throws -> [[String: Any]] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "timeout", String(seconds), "kcat", "-C", "-q", "-b", bootstrapServers, "-t", topic, "-o", "beginning",
            "-c", String(count), "-X", "isolation.level=read_committed",
        ]
        return try Self.objects(process)
    }

    /// Reads every committed record of a topic up to its end.
    func allRecords(_ topic: String) throws -> [[String: Any]] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "timeout", "60", "kcat", "-C", "-q", "-b", bootstrapServers, "-t", topic, "-o", "beginning", "-e",
            "-X", "isolation.level=read_committed",
        ]
        return try Self.objects(process)
    }

    /// Waits for about that long: a moment at random is what is wanted, not a condition.
    static func pass(milliseconds: Int) {
        pass(microseconds: milliseconds * 1000)
    }

    static func pass(microseconds: Int) {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .microseconds(microseconds))
    }

    private static func objects(_ process: Process) throws -> [[String: Any]] {
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return data.split(separator: UInt8(ascii: "\n")).compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0))) as? [String: Any]
        }
    }

    private static func startBroker(
        listen: String, data: String, _ directory: String
    ) throws -> (ServiceProcess, String) {
        let log = "\(directory)/broker-\(UUID().uuidString.prefix(8)).log"
        let faults = "\(directory)/faults"
        try "# none\n".write(toFile: faults, atomically: true, encoding: .utf8)
        let process = try ServiceProcess(
            ["broker", "--listen", listen, "--data", data, "--faults", faults], log: log)
        let deadline = Date(timeIntervalSinceNow: 30)
        while Date() < deadline, process.isRunning {
            for line in process.output.split(separator: "\n") where line.hasPrefix("listening on ") {
                return (process, String(line.dropFirst("listening on ".count)))
            }
            pass(milliseconds: 20)
        }
        throw Failure(description: "the broker did not start: \(process.output)")
    }
}
