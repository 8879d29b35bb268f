internal import ArgumentParser
internal import DevBroker
internal import Dispatch
internal import Glibc

/// `millrace broker`: a Kafka-protocol broker in this process, until SIGTERM or SIGINT.
struct Broker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a Kafka-protocol broker for trying things out and for tests.",
        discussion: """
            One broker, no replication, no authentication: not for production. Transactions, consumer groups and \
            compaction behave like Apache Kafka's. What was answered survives `kill -9` of the broker.
            Prints `listening on HOST:PORT` once it can be used.
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

    func run() async throws {
        let (host, port) = try Self.parseAddress(listen)
        var configuration = BrokerConfiguration()
        configuration.createsTopicsAutomatically = !noAutoCreate
        configuration.defaultPartitionCount = defaultPartitions
        configuration.syncsAppends = fsync
        let server = try await BrokerServer.start(
            directory: data, address: .init(host: host, port: port, advertisedHost: advertisedHost),
            topics: try topic.map { try Self.parseTopic($0) }, configuration: configuration)
        print("listening on \(host):\(server.port)")
        fflush(nil)
        await Self.terminationSignal()
        try await server.stop()
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
        let signals = [SIGTERM, SIGINT]
        for number in signals { signal(number, SIG_IGN) }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let sources = signals.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
        for source in sources {
            source.setEventHandler { continuation.yield() }
            source.resume()
        }
        for await _ in stream { break }
        for source in sources { source.cancel() }
    }
}
