internal import Dispatch
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// The HTTP service of one job, with one thread of its own for connections.
package final class HTTPServer: Sendable {
    private struct State {
        var outcome: Result<HTTPAddress, any Error>?
        var task: Task<Void, Never>?
        var services: ServiceGroup?
    }

    private let configuration: HTTPConfiguration
    private let panel: JobPanel
    private let metrics: JobMetrics
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    package init(_ configuration: HTTPConfiguration, panel: JobPanel, metrics: JobMetrics) {
        self.configuration = configuration
        self.panel = panel
        self.metrics = metrics
    }

    /// Listens. Blocks until it does; not to be called on a thread of the cooperative pool.
    ///
    /// - Returns: the address with the port that it found.
    /// - Throws: `.addressUnavailable`.
    package func start() throws(HTTPServiceError) -> HTTPAddress {
        let answered = DispatchSemaphore(value: 0)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let task = Task { [self] in
            do {
                let application = application(group) { [self] channel in
                    settle(.success(address(of: channel)))
                    answered.signal()
                }
                let services = ServiceGroup(
                    configuration: .init(services: [application], logger: application.logger))
                state.withLock { $0.services = services }
                try await services.run()
            } catch {
                settle(.failure(error))
            }
            answered.signal()
            ended.signal()
            try? await group.shutdownGracefully()
        }
        state.withLock { $0.task = task }
        answered.wait()
        switch state.withLock({ $0.outcome }) {
        case .success(let address): return address
        case .failure(let error):
            throw HTTPServiceError(
                .addressUnavailable, "cannot listen for HTTP on \(configuration.address): \(Self.reason(error))",
                cause: error)
        case nil: throw HTTPServiceError(.addressUnavailable, "the HTTP service ended before it began to listen")
        }
    }

    /// Listens no more, lets answers that are under way be sent, and closes the connections. Blocks for that long, within limits.
    package func stop() {
        let (task, services) = state.withLock { ($0.task, $0.services) }
        guard let task else { return }
        if let services { Task { await services.triggerGracefulShutdown() } }
        _ = ended.wait(timeout: .now() + .milliseconds(configuration.stopTimeoutMilliseconds))
        task.cancel()
    }

    private func settle(_ outcome: Result<HTTPAddress, any Error>) {
        state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
        }
    }

    private func address(of channel: any Channel) -> HTTPAddress {
        HTTPAddress(
            host: configuration.address.host, port: channel.localAddress?.port ?? configuration.address.port)
    }

    private func application(
        _ group: MultiThreadedEventLoopGroup, onServerRunning: @escaping @Sendable (any Channel) async -> Void
    ) -> some ApplicationProtocol {
        // What connections do is nothing for the job's log.
        let logger = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
        let channel = HTTP1Channel.Configuration(
            idleTimeout: .seconds(configuration.idleTimeoutSeconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: configuration.maximumHeaderByteCount,
                maxHeaderListSize: configuration.maximumHeaderByteCount,
                maxHeaderFieldCount: configuration.maximumHeaderCount))
        return Application(
            responder: Routes(configuration, panel: panel, metrics: metrics).router().buildResponder(),
            server: .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.address.host, port: configuration.address.port), backlog: 64,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maximumConnectionCount)),
            onServerRunning: onServerRunning, eventLoopGroupProvider: .shared(group), logger: logger)
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError, error.errnoCode == EADDRINUSE { return "the address is taken" }
        if let error = error as? IOError { return "\(error.description)" }
        return "\(error)"
    }
}
