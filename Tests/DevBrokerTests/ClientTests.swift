import DevBroker
import Foundation
import NIOCore
import Testing

/// Real clients against a broker on a socket; each runs where its client is installed.
@Suite(.serialized) struct ClientTests {
    @Test(.enabled(if: Client.hasKcat), .timeLimit(.minutes(5)))
    func kcatWritesReadsAndLists() async throws {
        try await withBroker { address, _ in
            let written = try await Client.run(
                "/bin/sh", ["-c", "seq 1 1000 | kcat -P -q -b \(address) -t kcat -p 0 -z gzip"])
            #expect(written.status == 0, "\(written.output)")
            let read = try await Client.run(
                "/bin/sh", ["-c", "kcat -C -q -e -b \(address) -t kcat -o beginning | md5sum"])
            let expected = try await Client.run("/bin/sh", ["-c", "seq 1 1000 | md5sum"])
            #expect(read.output == expected.output)
            let listed = try await Client.run("/bin/sh", ["-c", "kcat -L -b \(address)"])
            #expect(listed.output.contains("topic \"kcat\" with 1 partitions"))
        }
    }

    @Test(.enabled(if: Client.hasLibrdkafka), .timeLimit(.minutes(5)))
    func installedLibrdkafkaRunsTransactions() async throws {
        try await withBroker { address, directory in
            let program = directory + "/transactions"
            let built = try await Client.run(
                "/bin/sh", ["-c", "cc -o \(program) \(Client.file("transactions.c")) -lrdkafka"])
            #expect(built.status == 0, "\(built.output)")
            let ran = try await Client.run(program, [address, "c-client"])
            #expect(ran.status == 0, "\(ran.output)")
        }
    }

    @Test(.enabled(if: Client.hasConfluentKafka), .timeLimit(.minutes(4)))
    func confluentKafkaRunsTransactionsAndGroups() async throws {
        try await withBroker { address, _ in
            let ran = try await Client.run(Client.python, [Client.file("transactions.py"), address])
            #expect(ran.status == 0, "\(ran.output)")
        }
    }

    @Test(.enabled(if: Client.hasJava), .timeLimit(.minutes(4)))
    func javaClientRunsTransactionsAndAdministration() async throws {
        try await withBroker { address, directory in
            let ran = try await Client.java("ClientCheck", arguments: [address], directory: directory)
            #expect(ran.status == 0, "\(ran.output)")
        }
    }

    @Test(.enabled(if: Client.hasJava), .timeLimit(.minutes(4)))
    func javaClientReadsAndWritesTheSameBytes() async throws {
        let directory = try Client.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let lines = try EveryMessage().lines
        let path = directory + "/messages"
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let ran = try await Client.java("CodecCheck", arguments: [path], directory: directory)
        #expect(ran.status == 0, "\(ran.output)")
    }

    /// Faults that a client gets over by itself.
    private static let faults = """
        Produce every 4 -> duplicate
        Produce every 7 -> close after
        Produce request 9 -> error NOT_LEADER_OR_FOLLOWER
        AddPartitionsToTxn every 3 -> close after
        AddOffsetsToTxn request 1 -> error COORDINATOR_LOAD_IN_PROGRESS
        TxnOffsetCommit request 1 -> close after
        EndTxn every 3 -> delay reply 200ms
        Fetch every 9 -> truncate
        Metadata request 4 -> throttle 100ms
        FindCoordinator request 2 -> close
        """

    @Test(.enabled(if: Client.hasKcat), .timeLimit(.minutes(5)))
    func kcatGetsOverFaults() async throws {
        // kcat ends by itself when its only broker closes a connection.
        let faults = """
            Produce every 4 -> duplicate
            Produce request 3 -> error NOT_LEADER_OR_FOLLOWER
            Produce request 9 -> error NOT_ENOUGH_REPLICAS_AFTER_APPEND after
            Produce,Fetch every 5 -> delay reply 50ms
            Metadata request 2 -> throttle 100ms
            Fetch request 2 -> delay 200ms
            """
        try await withBroker(faults: faults) { address, _ in
            let written = try await Client.run(
                "/bin/sh",
                [
                    "-c",
                    "seq 1 2000 | kcat -P -q -b \(address) -t kcat -p 0 -X enable.idempotence=true"
                        + " -X batch.num.messages=100 -X linger.ms=1",
                ])
            #expect(written.status == 0, "\(written.output)")
            let read = try await Client.run(
                "/bin/sh",
                ["-c", "kcat -C -q -e -b \(address) -t kcat -o beginning -X fetch.message.max.bytes=1000 | md5sum"])
            let expected = try await Client.run("/bin/sh", ["-c", "seq 1 2000 | md5sum"])
            #expect(read.output == expected.output)
        }
    }

    @Test(.enabled(if: Client.hasConfluentKafka), .timeLimit(.minutes(4)))
    func confluentKafkaGetsOverFaults() async throws {
        try await withBroker(faults: Self.faults) { address, _ in
            let ran = try await Client.run(Client.python, [Client.file("transactions.py"), address])
            #expect(ran.status == 0, "\(ran.output)")
        }
    }

    @Test(.enabled(if: Client.hasJava), .timeLimit(.minutes(4)))
    func javaClientGetsOverFaults() async throws {
        try await withBroker(faults: Self.faults) { address, directory in
            let ran = try await Client.java("ClientCheck", arguments: [address], directory: directory)
            #expect(ran.status == 0, "\(ran.output)")
        }
    }

    private func withBroker(faults: String = "", _ body: (String, String) async throws -> Void) async throws {
        let directory = try Client.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try await BrokerServer.start(
            directory: directory + "/data", faults: .init(try FaultScript(parsing: faults)))
        do {
            try await body("127.0.0.1:\(server.port)", directory)
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }
}

/// What is installed, and how to run it.
enum Client {
    static var python: String { ProcessInfo.processInfo.environment["MILLRACE_TEST_PYTHON"] ?? "python3" }

    static let hasKcat = succeeds("kcat -V")
    static let hasLibrdkafka = succeeds("echo '#include <librdkafka/rdkafka.h>' | cc -E - -o /dev/null")
    static let hasConfluentKafka = succeeds("\(python) -c 'import confluent_kafka'")
    static let hasJava = succeeds("javac -version && \(file("classpath.sh"))")

    static func file(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Clients/\(name)").path
    }

    static func temporaryDirectory() throws -> String {
        let path = NSTemporaryDirectory() + "/millrace-broker-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    static func java(_ name: String, arguments: [String], directory: String) async throws -> Output {
        let classes = directory + "/classes"
        let command =
            "CP=$(\(file("classpath.sh"))) && javac -nowarn -cp $CP -d \(classes) \(file(name + ".java"))"
            + " && java -cp $CP:\(classes) \(name) \(arguments.joined(separator: " "))"
        return try await run("/bin/sh", ["-c", command])
    }

    struct Output {
        var status: Int32
        var output: String
    }

    /// Runs a program to its end; a name without a slash is looked for in the path.
    static func run(_ program: String, _ arguments: [String]) async throws -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program.contains("/") ? program : "/usr/bin/env")
        process.arguments = program.contains("/") ? arguments : [program] + arguments
        let file = NSTemporaryDirectory() + "/millrace-output-\(UUID().uuidString)"
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        process.standardOutput = handle
        process.standardError = handle
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return Output(status: status, output: try String(contentsOfFile: file, encoding: .utf8))
    }

    private static func succeeds(_ command: String) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
