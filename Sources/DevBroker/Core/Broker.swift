package import NIOCore

/// The whole broker without its sockets: takes requests' frames and gives answers' frames.
///
/// Used by one thread. Time passes only by the clock that is passed in and by `advance()`, so that the same code runs
/// in a simulation. When storage fails, the broker stops answering: what it would say could be forgotten.
package final class Broker {
    /// One client connection; a connection has at most one request under way.
    package struct ConnectionId: Hashable, Sendable {
        package var rawValue: UInt64

        package init(rawValue: UInt64) {
            self.rawValue = rawValue
        }
    }

    /// What a request leads to.
    package enum Outcome {
        /// The answer, as a chain of buffers without the length before it.
        case reply([ByteBuffer])
        /// The answer comes later, by `takeReplies()`.
        case held
        /// The client wants no answer.
        case nothing
        /// The connection must be closed.
        case disconnect(DevBrokerError)
    }

    /// An answer to a request that was held.
    package struct Reply {
        package var connection: ConnectionId
        package var frame: [ByteBuffer]
    }

    package let configuration: BrokerConfiguration
    let clock: BrokerClock
    let storage: any Storage
    let random: RandomSource
    /// Where clients are told to connect.
    package var advertisedHost = "127.0.0.1"
    package var advertisedPort: Int32 = 9092

    var topics: [String: Topic] = [:]
    var groups: GroupCoordinator
    var transactions: TransactionCoordinator
    var waitingFetches = WaitingFetches()
    var held: [ConnectionId: RequestHeader] = [:]
    var replies: [Reply] = []
    var nextProducerId: Int64 = 0
    var reservedProducerId: Int64 = 0
    var nextCleanup: Int64
    /// Set by `open` once everything is recovered.
    var journal: Journal?
    /// Why the broker stopped, when its storage failed.
    package internal(set) var failure: DevBrokerError?

    /// Opens the broker on what is stored, and ends the transactions that were decided before a crash.
    package init(
        configuration: BrokerConfiguration, storage: any Storage, clock: BrokerClock,
        random: RandomSource = RandomSource()
    ) throws(DevBrokerError) {
        self.configuration = configuration
        self.storage = storage
        self.clock = clock
        self.random = random
        groups = GroupCoordinator(configuration: configuration, newMemberSuffix: { random.hexadecimal() })
        transactions = TransactionCoordinator(configuration: configuration)
        nextCleanup = clock.now() + configuration.cleanupIntervalMilliseconds
        try recover()
        try completeTransactions(isRecovering: true)
    }

    /// Handles one request.
    ///
    /// - Parameters:
    ///   - frame: The request without the length before it.
    ///   - host: Where the client is, as groups describe their members.
    package func handle(_ frame: ByteBuffer, from connection: ConnectionId, host: String) -> Outcome {
        if let failure { return .disconnect(failure) }
        var body = frame
        do throws(DevBrokerError) {
            let header = try Frame.readHeader(&body)
            let context = RequestContext(header: header, connection: connection, host: host)
            let outcome = try dispatch(body, context)
            if case .held = outcome { held[connection] = header }
            try settle()
            return outcome
        } catch {
            if error.code != .malformedMessage { failure = error }
            return .disconnect(error)
        }
    }

    /// The answers that became due since the last call.
    package func takeReplies() -> [Reply] {
        defer { replies.removeAll(keepingCapacity: true) }
        return replies
    }

    /// Whether `takeReplies()` would return something.
    package var hasReplies: Bool { !replies.isEmpty }

    /// Forgets a connection's request, when one is held.
    package func disconnected(_ connection: ConnectionId) {
        guard held.removeValue(forKey: connection) != nil else { return }
        waitingFetches.remove(connection)
        groups.drop(ReplyToken(rawValue: connection.rawValue))
    }

    /// Does what has become due by the clock: timeouts, held requests, cleaning.
    package func advance() {
        guard failure == nil else { return }
        let now = clock.now()
        do throws(DevBrokerError) {
            transactions.expire(now: now)
            groups.advance(now: now)
            if configuration.cleanupIntervalMilliseconds > 0 && now >= nextCleanup {
                nextCleanup = now + configuration.cleanupIntervalMilliseconds
                try clean()
            }
            try settle()
            for fetch in waitingFetches.takeExpired(now: now) { try answer(fetch, isFinal: true) }
        } catch {
            failure = error
        }
    }

    /// When `advance()` next has something to do.
    package var nextDeadline: Int64? {
        var deadlines = [transactions.nextDeadline, groups.nextDeadline, waitingFetches.nextDeadline]
        if configuration.cleanupIntervalMilliseconds > 0 { deadlines.append(nextCleanup) }
        return deadlines.compactMap { $0 }.min()
    }

    /// Ends the use of all files.
    package func close() {
        journal?.close()
        for topic in topics.values { topic.logs.forEach { $0.close() } }
    }

    /// Brings everything that a request or the clock changed to its end: decided transactions are completed, changes
    /// are kept, held requests that can be answered are answered.
    func settle() throws(DevBrokerError) {
        try completeTransactions()
        for groupId in groups.takeChanged() { try record(group: groupId) }
        for reply in groups.takeReplies() { try send(reply) }
        for fetch in waitingFetches.takeSatisfied() { try answer(fetch, isFinal: false) }
        try shortenJournal()
    }

    func record(_ entry: JournalEntry) throws(DevBrokerError) {
        try journal?.append(entry)
    }

    /// Answers a request that was held.
    func send<Response: Message>(_ response: Response, _ api: ApiKey, to connection: ConnectionId)
        throws(DevBrokerError)
    {
        guard let header = held.removeValue(forKey: connection) else { return }
        let frame = try Frame.writeResponse(response, api: api, header: header)
        replies.append(Reply(connection: connection, frame: frame))
    }

    private func send(_ reply: GroupCoordinator.Reply) throws(DevBrokerError) {
        switch reply {
        case .join(let token, let response):
            try send(response, .joinGroup, to: ConnectionId(rawValue: token.rawValue))
        case .sync(let token, let response):
            try send(response, .syncGroup, to: ConnectionId(rawValue: token.rawValue))
        }
    }
}

/// What is known about a request beside its body.
struct RequestContext {
    var header: RequestHeader
    var connection: Broker.ConnectionId
    var host: String

    var version: Int16 { header.version }
    var token: ReplyToken { ReplyToken(rawValue: connection.rawValue) }
    var client: ClientIdentity { ClientIdentity(clientId: header.clientId ?? "", host: host) }
}
