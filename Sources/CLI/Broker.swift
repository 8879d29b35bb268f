internal import ArgumentParser
internal import DevBroker
internal import Dispatch
internal import Foundation
internal import Glibc
internal import Logging

/// `millrace broker`: a Kafka-protocol broker in this process, until SIGTERM or SIGINT.
struct Broker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a Kafka-protocol broker for trying things out and for tests.",
        discussion: """
            One broker, no replication, no rights: not for production. Transactions, consumer groups and \
            compaction behave like Apache Kafka's. What was answered survives `kill -9` of the broker.
            Prints `listening on HOST:PORT` once it can be used.

            \(BrokerSecurityOptions.help)

            \(FaultScript.help)
            """)

    @Option(help: "Address to listen on; port 0 takes a free one.")
    var listen = "127.0.0.1:9092"

    @Option(help: "Host that clients are told to connect to, when it is not the one listened on.")
    var advertisedHost: String?

    @Option(help: "Directory of the data; made when missing.")
    var data: String

    @Option(help: "Topic to create unless it exists: name:partitions, or name:partitions:compact. Repeatable.")
    var topic: [String] = []

    @Option(help: "Partitions of topics that clients create without saying how many.")
    var defaultPartitions: Int32 = 1

    @Flag(help: "Do not create topics when clients ask for unknown ones.")
    var noAutoCreate = false

    @Flag(help: "Bring every append to the disk before answering, to survive a crash of the machine too.")
    var fsync = false

    @OptionGroup(title: "TLS and logins")
    var security: BrokerSecurityOptions

    @Option(
        help: ArgumentHelp("File that says what is to go wrong; read again on SIGHUP. See above.", valueName: "file"))
    var faults: String?

    func run() async throws {
        let script = try faults.map { try Self.readScript($0) } ?? FaultScript()
        let (host, port) = try Self.parseAddress(listen)
        var configuration = BrokerConfiguration()
        configuration.createsTopicsAutomatically = !noAutoCreate
        configuration.defaultPartitionCount = defaultPartitions
        configuration.syncsAppends = fsync
        var address = BrokerServer.Address(host: host, port: port, advertisedHost: advertisedHost)
        address.security = security.security
        let server = try await BrokerServer.start(
            directory: data, address: address,
            topics: try topic.map { try Self.parseTopic($0) }, configuration: configuration,
            logger: Self.logger, faults: .init(script))
        print("listening on \(host):\(server.port)")
        fflush(nil)
        let hangups = faults.map { Self.replacingScript(of: server, from: $0) }
        await Self.terminationSignal()
        hangups?.cancel()
        try await server.stop()
    }

    private static let logger = Logger(label: "millrace.broker")

    private static func readScript(_ path: String) throws -> FaultScript {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("--faults: cannot read \(path)")
        }
        do {
            return try FaultScript(parsing: String(decoding: data, as: UTF8.self))
        } catch {
            throw ValidationError("--faults: \(path), \(error.context ?? ""): \(error.message)")
        }
    }

    /// Reads the script again on every SIGHUP; one with an error leaves the old one in force.
    private static func replacingScript(of server: BrokerServer, from path: String) -> Task<Void, Never> {
        Task {
            await receive([SIGHUP]) {
                do {
                    try await server.setFaults(readScript(path))
                    logger.notice("fault script read again; all counts begin anew")
                } catch {
                    logger.error("the fault script stays as it was: \(error)")
                }
                return .goOn
            }
        }
    }

    private static func parseAddress(_ text: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port), colon != text.startIndex
        else { throw ValidationError("--listen takes HOST:PORT, such as 127.0.0.1:9092, not \(text)") }
        return (String(text[..<colon]), port)
    }

    private static func parseTopic(_ text: String) throws -> BrokerServer.InitialTopic {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let count = Int32(parts[1]), count > 0,
            parts.count == 2 || parts[2] == "compact"
        else { throw ValidationError("--topic takes name:partitions or name:partitions:compact, not \(text)") }
        return BrokerServer.InitialTopic(
            name: String(parts[0]), partitionCount: count, isCompacted: parts.count == 3)
    }

    /// Returns when the process is asked to end.
    private static func terminationSignal() async {
        await receive([SIGTERM, SIGINT]) { .stop }
    }

    private enum Continuation {
        case goOn
        case stop
    }

    /// Calls `body` for each of the signals that comes, until it says stop; they have no other effect any more.
    private static func receive(_ numbers: [Int32], _ body: () async -> Continuation) async {
        for number in numbers { signal(number, SIG_IGN) }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let sources = numbers.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
        for source in sources {
            source.setEventHandler { continuation.yield() }
            source.resume()
        }
        for await _ in stream {
            if await body() == .stop { break }
        }
        for source in sources { source.cancel() }
    }
}
