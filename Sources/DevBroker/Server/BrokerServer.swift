package import Logging
internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A broker that listens on a socket, on a thread of its own.
package final class BrokerServer: Sendable {
    /// The address that was bound.
    package let host: String
    /// The port that was bound; the free one that was found when 0 was asked for.
    package let port: Int

    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let loop: NIOLoopBound<ServerLoop>

    private init(
        group: MultiThreadedEventLoopGroup, listener: any Channel, loop: NIOLoopBound<ServerLoop>, host: String,
        port: Int
    ) {
        self.group = group
        self.listener = listener
        self.loop = loop
        self.host = host
        self.port = port
    }

    /// A topic that is there from the start.
    package struct InitialTopic: Sendable {
        package var name: String
        package var partitionCount: Int32
        package var isCompacted: Bool

        package init(name: String, partitionCount: Int32, isCompacted: Bool = false) {
            self.name = name
            self.partitionCount = partitionCount
            self.isCompacted = isCompacted
        }
    }

    /// Where a broker can be reached.
    package struct Address: Sendable {
        /// The address to listen on.
        package var host: String
        /// 0 for any free port.
        package var port: Int
        /// Where clients are told to connect; `host` when nil.
        package var advertisedHost: String?
        /// What clients have to do before they are heard.
        package var security = BrokerSecurity()

        package init(host: String = "127.0.0.1", port: Int = 0, advertisedHost: String? = nil) {
            self.host = host
            self.port = port
            self.advertisedHost = advertisedHost
        }
    }

    /// What is made to go wrong from the start.
    package struct Faults: Sendable {
        package var script: FaultScript
        /// What a script's `crash` does; nothing is answered afterwards, in case the process goes on.
        package var crash: @Sendable () -> Void

        package init(_ script: FaultScript = FaultScript(), crash: @escaping @Sendable () -> Void = Self.killProcess) {
            self.script = script
            self.crash = crash
        }

        /// Ends the process as `kill -9` does.
        package static let killProcess: @Sendable () -> Void = { kill(getpid(), SIGKILL) }
    }

    /// Starts a broker on a data directory.
    ///
    /// - Parameters:
    ///   - directory: Made when it is missing. Used by one broker at a time.
    ///   - topics: Created unless they exist.
    /// - Throws: `DevBrokerError`.
    package static func start(
        directory: String, address: Address = Address(), topics: [InitialTopic] = [],
        configuration: BrokerConfiguration = BrokerConfiguration(), logger: Logger = Logger(label: "millrace.broker"),
        faults: Faults = Faults()
    ) async throws -> BrokerServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let eventLoop = group.any()
            let loop = try await eventLoop.submit {
                let storage = try DirectoryStorage(path: directory)
                let broker = try Broker(configuration: configuration, storage: storage, clock: .system)
                for topic in topics {
                    try broker.ensureTopic(
                        topic.name, partitionCount: topic.partitionCount,
                        settings: topic.isCompacted ? ["cleanup.policy": "compact"] : [:])
                }
                let loop = ServerLoop(
                    broker: broker, eventLoop: eventLoop, clock: .system, logger: logger, crash: faults.crash)
                loop.tls = try address.security.tls.map { try TLSServer($0) }
                loop.users = UserDirectory(address.security)
                loop.arm(faults.script)
                return NIOLoopBound(loop, eventLoop: eventLoop)
            }.get()
            let listener = try await bind(group, loop, address)
            let bound = listener.localAddress?.port ?? address.port
            try await eventLoop.submit {
                loop.value.broker.advertisedHost = address.advertisedHost ?? address.host
                loop.value.broker.advertisedPort = Int32(bound)
            }.get()
            return BrokerServer(group: group, listener: listener, loop: loop, host: address.host, port: bound)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func bind(
        _ group: MultiThreadedEventLoopGroup, _ loop: NIOLoopBound<ServerLoop>, _ address: Address
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let loop = loop.value
                    let host = channel.remoteAddress?.ipAddress ?? "unknown"
                    let refuse = { (error: DevBrokerError) in loop.refused(error, host: host) }
                    if let tls = loop.tls {
                        try channel.pipeline.syncOperations.addHandler(TLSHandler(tls, refuse: refuse))
                    }
                    if let users = loop.users {
                        try channel.pipeline.syncOperations.addHandler(LoginHandler(users, refuse: refuse))
                    }
                    try channel.pipeline.syncOperations.addHandler(loop.newConnection())
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 65536, maximum: 1024 * 1024)
            )
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: 4 * 1024 * 1024, high: 16 * 1024 * 1024))
        do {
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            throw DevBrokerError(
                .server, "cannot listen; choose another address or port 0", context: "\(address.host):\(address.port)",
                cause: error)
        }
    }

    /// Closes all connections and files. What was answered is on file.
    package func stop() async throws {
        try? await listener.close().get()
        try await loop.eventLoop.submit { self.loop.value.stop() }.get()
        try await group.shutdownGracefully()
    }

    /// Replaces what is made to go wrong; every count begins anew, and what was held back is let go.
    package func setFaults(_ script: FaultScript) async throws {
        try await loop.eventLoop.submit { self.loop.value.arm(script) }.get()
    }

    /// The script as it stands now, with its counts.
    package func currentFaults() async throws -> FaultScript {
        try await loop.eventLoop.submit { self.loop.value.faults.script }.get()
    }

    /// Lets something happen to the whole broker now.
    package func fire(_ event: FaultEvent) async throws {
        try await loop.eventLoop.submit { self.loop.value.fire(event) }.get()
    }

    /// Compacts and shortens logs now instead of from time to time.
    package func clean() async throws {
        try await loop.eventLoop.submit { try self.loop.value.broker.clean(isForced: true) }.get()
    }
}
