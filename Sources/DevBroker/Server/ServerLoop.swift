internal import Logging
internal import NIOCore

/// Joins the broker with its connections. Everything here happens on one event loop.
final class ServerLoop {
    let broker: Broker
    let eventLoop: any EventLoop
    let clock: BrokerClock
    let logger: Logger
    /// Ends the process.
    let crash: @Sendable () -> Void
    /// Nil: connections are in the clear.
    var tls: TLSServer?
    /// Nil: nobody logs in.
    var users: UserDirectory?
    /// What is made to go wrong.
    var faults = FaultState()
    private(set) var connections: [Broker.ConnectionId: ConnectionHandler] = [:]
    private var lastConnection: UInt64 = 0
    private var isDelivering = false
    private var timer: (deadline: Int64, scheduled: Scheduled<Void>)?
    private(set) var isStopped = false

    init(
        broker: Broker, eventLoop: any EventLoop, clock: BrokerClock, logger: Logger,
        crash: @escaping @Sendable () -> Void
    ) {
        self.crash = crash
        self.broker = broker
        self.eventLoop = eventLoop
        self.clock = clock
        self.logger = logger
        scheduleTimer()
    }

    func newConnection() -> ConnectionHandler {
        let id = newConnectionId()
        let handler = ConnectionHandler(
            id: id, server: self, maxFrameByteCount: broker.configuration.maxRequestByteCount)
        connections[id] = handler
        return handler
    }

    func newConnectionId() -> Broker.ConnectionId {
        lastConnection += 1
        return Broker.ConnectionId(rawValue: lastConnection)
    }

    func disconnected(_ connection: Broker.ConnectionId) {
        connections[connection] = nil
        faults.held[connection] = nil
        broker.disconnected(connection)
    }

    func handle(_ frame: ByteBuffer, from connection: Broker.ConnectionId, host: String) -> WireAnswer {
        let request = IncomingRequest(frame: frame, connection: connection, host: host)
        return faults.isIdle ? apply(request) : admit(request)
    }

    /// Lets the broker handle a request.
    func apply(_ request: IncomingRequest) -> WireAnswer {
        switch broker.handle(request.frame, from: request.connection, host: request.host) {
        case .reply(let frame): return .frame(frame)
        case .nothing: return .nothing
        case .held:
            scheduleTimer()
            return .later
        case .disconnect(let error):
            if broker.failure != nil {
                logger.critical("the broker stopped: \(error)")
            } else {
                refused(error, host: request.host)
            }
            return .close
        }
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
            for reply in broker.takeReplies() { deliver(finished(reply), to: reply.connection) }
        }
    }

    /// Sends an answer over a connection, if it is still there.
    func deliver(_ answer: WireAnswer, to connection: Broker.ConnectionId) {
        connections[connection]?.resume(with: answer)
    }

    /// Makes sure that the broker gets to know when its next deadline is over.
    func scheduleTimer() {
        let deadlines = [faults.isPaused ? nil : broker.nextDeadline, faults.script.nextDeadline]
        guard !isStopped, let deadline = deadlines.compactMap({ $0 }).min() else { return }
        if let timer, timer.deadline <= deadline { return }
        timer?.scheduled.cancel()
        let scheduled = after(milliseconds: max(1, deadline - clock.now())) { [weak self] in
            guard let self else { return }
            self.timer = nil
            self.advance()
        }
        timer = (deadline, scheduled)
    }

    private func advance() {
        fireDueEvents()
        if !faults.isPaused { broker.advance() }
        deliverReplies()
        scheduleTimer()
    }

    @discardableResult
    func after(milliseconds: Int64, _ body: @escaping () -> Void) -> Scheduled<Void> {
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) { [weak self] in
            guard let self, !self.isStopped, !self.faults.isCrashed else { return }
            body()
        }
    }

    func stop() {
        isStopped = true
        timer?.scheduled.cancel()
        for connection in connections.values { connection.close() }
        broker.close()
    }
}
