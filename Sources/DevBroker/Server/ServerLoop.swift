internal import Logging
internal import NIOCore

/// Joins the broker with its connections. Everything here happens on one event loop.
final class ServerLoop {
    let broker: Broker
    private let eventLoop: any EventLoop
    private let clock: BrokerClock
    private let logger: Logger
    private var connections: [Broker.ConnectionId: ConnectionHandler] = [:]
    private var lastConnection: UInt64 = 0
    private var isDelivering = false
    private var timer: (deadline: Int64, scheduled: Scheduled<Void>)?
    private var isStopped = false

    init(broker: Broker, eventLoop: any EventLoop, clock: BrokerClock, logger: Logger) {
        self.broker = broker
        self.eventLoop = eventLoop
        self.clock = clock
        self.logger = logger
        scheduleTimer()
    }

    func newConnection() -> ConnectionHandler {
        lastConnection += 1
        let id = Broker.ConnectionId(rawValue: lastConnection)
        let handler = ConnectionHandler(
            id: id, server: self, maxFrameByteCount: broker.configuration.maxRequestByteCount)
        connections[id] = handler
        return handler
    }

    func disconnected(_ connection: Broker.ConnectionId) {
        connections[connection] = nil
        broker.disconnected(connection)
    }

    func handle(_ frame: ByteBuffer, from connection: Broker.ConnectionId, host: String) -> Broker.Outcome {
        let outcome = broker.handle(frame, from: connection, host: host)
        switch outcome {
        case .disconnect(let error):
            if broker.failure != nil {
                logger.critical("the broker stopped: \(error)")
            } else {
                refused(error, host: host)
            }
        case .held: scheduleTimer()
        case .reply, .nothing: break
        }
        return outcome
    }

    /// Takes note that a connection is closed because of what it sent.
    func refused(_ error: DevBrokerError, host: String) {
        logger.warning("closing a connection from \(host): \(error)")
    }

    /// Sends the answers that other connections' requests made due.
    func deliverReplies() {
        // Sending an answer lets its connection go on with the next request, which comes back here.
        guard !isDelivering, broker.hasReplies else { return }
        isDelivering = true
        defer { isDelivering = false }
        while broker.hasReplies {
            for reply in broker.takeReplies() { connections[reply.connection]?.resume(with: reply.frame) }
        }
    }

    /// Makes sure that the broker gets to know when its next deadline is over.
    func scheduleTimer() {
        guard !isStopped, let deadline = broker.nextDeadline else { return }
        if let timer, timer.deadline <= deadline { return }
        timer?.scheduled.cancel()
        let delay = max(1, deadline - clock.now())
        let scheduled = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(delay)) { [weak self] in
            guard let self else { return }
            self.timer = nil
            self.broker.advance()
            self.deliverReplies()
            self.scheduleTimer()
        }
        timer = (deadline, scheduled)
    }

    func stop() {
        isStopped = true
        timer?.scheduled.cancel()
        for connection in connections.values { connection.close() }
        broker.close()
    }
}
