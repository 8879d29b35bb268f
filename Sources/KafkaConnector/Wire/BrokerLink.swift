internal import Dataflow

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A broker as one thread talks to it: a connection that is made again when it breaks, and at most one request that waits for its
/// answer.
final class BrokerLink {
    /// An answer, from its first field on.
    struct Answer {
        var request: WireRequest
        var version: Int16
        var frame: FrameBuffer
        var reader: WireReader
        /// From the request's sending to its answer.
        var nanoseconds: UInt64
    }

    private struct Awaited {
        var request: WireRequest
        var version: Int16
        var correlation: Int32
        var sent: UInt64
        var deadline: UInt64
    }

    /// Pauses between attempts to connect.
    static let leastPause: UInt64 = 20_000_000
    static let greatestPause: UInt64 = 1_000_000_000
    /// How long a connection may take to stand and to say what the broker understands.
    static let greetingTimeout: UInt64 = 10_000_000_000

    let address: BrokerAddress
    private let clientID: String
    private let pool: FramePool
    private var connection: WireConnection?
    private var versions: [Int16: ClosedRange<Int16>] = [:]
    private var hasGreeted = false
    private var correlation: Int32 = 0
    private var awaited: Awaited?
    private var attempts = 0
    private var nextAttempt: UInt64 = 0
    /// No request before it: the broker has asked for a pause (KIP-219).
    private var throttledUntil: UInt64 = 0
    private var counts = LinkCounts()
    /// Why the connection last broke, until another stands.
    private(set) var trouble: String?

    init(_ address: BrokerAddress, clientID: String, pool: FramePool) {
        self.address = address
        self.clientID = clientID
        self.pool = pool
    }

    /// Whether a request may be sent now.
    func isReady(_ now: UInt64) -> Bool { hasGreeted && awaited == nil && now >= throttledUntil }

    /// Whether a request waits for its answer, the greeting not counted.
    var isAwaiting: Bool { hasGreeted && awaited != nil }

    /// The version to speak; nil where the broker does not understand any of ours.
    func version(of request: WireRequest) -> Int16? {
        guard let theirs = versions[request.rawValue], theirs.overlaps(request.versions) else { return nil }
        return min(theirs.upperBound, request.versions.upperBound)
    }

    /// Connects if there is no connection and its time has come.
    func prepare(_ now: UInt64) {
        guard connection == nil, now >= nextAttempt else { return }
        do throws(WireConnection.Broken) {
            connection = try WireConnection(address, attempt: attempts, pool: pool)
            correlation &+= 1
            try put(.apiVersions, version: 0, WireWriter(), parts: [], now: now, timeout: Self.greetingTimeout)
        } catch {
            fail(error.reason, now)
        }
    }

    /// Sends a request; the link must be ready.
    func send(
        _ request: WireRequest, version: Int16, _ body: WireWriter,
        parts: [(bytes: UnsafeRawBufferPointer, owner: AnyObject)] = [], now: UInt64, timeout: UInt64
    ) {
        precondition(isReady(now), "a request to \(address) while another one waits for its answer")
        do throws(WireConnection.Broken) {
            try put(request, version: version, body, parts: parts, now: now, timeout: timeout)
        } catch {
            fail(error.reason, now)
        }
    }

    private func put(
        _ request: WireRequest, version: Int16, _ body: WireWriter,
        parts: [(bytes: UnsafeRawBufferPointer, owner: AnyObject)], now: UInt64, timeout: UInt64
    ) throws(WireConnection.Broken) {
        correlation &+= 1
        var head = WireWriter()
        head.integer(request.rawValue)
        head.integer(version)
        head.integer(correlation)
        head.text(clientID)
        awaited = Awaited(
            request: request, version: version, correlation: correlation, sent: now, deadline: now + timeout)
        counts.requests += 1
        try connection?.send(head.bytes + body.bytes, parts: parts)
    }

    // MARK: Waiting

    /// What to wait for; nil while there is no connection.
    var polled: pollfd? {
        guard let connection else { return nil }
        let events = connection.wantsToWrite ? POLLIN | POLLOUT : POLLIN
        return pollfd(fd: connection.descriptor, events: Int16(events), revents: 0)
    }

    /// When something has to be done though nothing comes, on the monotonic clock.
    func deadline(_ now: UInt64) -> UInt64 {
        if connection == nil { return nextAttempt }
        if throttledUntil > now { return min(throttledUntil, awaited?.deadline ?? .max) }
        return awaited?.deadline ?? .max
    }

    /// Does what the socket is ready for, and looks at the time.
    ///
    /// - Returns: an answer to a request, the greeting not counted.
    func serve(_ events: Int16, _ now: UInt64) -> Answer? {
        guard let connection else { return nil }
        do throws(WireConnection.Broken) {
            if events & Int16(POLLOUT | POLLERR | POLLHUP) != 0 { try connection.write() }
            if events & Int16(POLLIN | POLLERR | POLLHUP) != 0, let frame = try connection.receive() {
                counts.note(connection)
                return try take(frame, now)
            }
        } catch {
            fail(error.reason, now)
            return nil
        }
        if let awaited, now > awaited.deadline {
            counts.timeouts += 1
            fail("\(address): no answer within \((awaited.deadline - awaited.sent) / 1_000_000) ms", now)
        }
        return nil
    }

    private func take(_ frame: FrameBuffer, _ now: UInt64) throws(WireConnection.Broken) -> Answer? {
        var reader = WireReader(frame.bytes)
        guard let awaited, let number = try? reader.integer(Int32.self), number == awaited.correlation else {
            throw .init("\(address): an answer to no question")
        }
        self.awaited = nil
        guard awaited.request == .apiVersions else {
            counts.note(roundTrip: now - awaited.sent)
            return Answer(
                request: awaited.request, version: awaited.version, frame: frame, reader: reader,
                nanoseconds: now - awaited.sent)
        }
        do throws(WireReader.Damaged) {
            versions = try Self.versions(&reader)
        } catch {
            throw .init("\(address): an answer that is not of Kafka's protocol")
        }
        hasGreeted = true
        attempts = 0
        trouble = nil
        return nil
    }

    private static func versions(
        _ reader: inout WireReader
    ) throws(WireReader.Damaged) -> [Int16: ClosedRange<Int16>] {
        guard try reader.integer(Int16.self) == 0 else { throw .init() }
        var versions: [Int16: ClosedRange<Int16>] = [:]
        for _ in 0..<(try reader.count()) {
            let key: Int16 = try reader.integer()
            let (least, greatest): (Int16, Int16) = (try reader.integer(), try reader.integer())
            if least <= greatest { versions[key] = least...greatest }
        }
        return versions
    }

    /// Does not send before the pause is over that an answer has asked for.
    func throttle(milliseconds: Int32, _ now: UInt64) {
        guard milliseconds > 0 else { return }
        throttledUntil = now + UInt64(milliseconds) * 1_000_000
        counts.throttleMilliseconds = max(counts.throttleMilliseconds, Int(milliseconds))
    }

    /// What was done since the beginning, for those who watch; round trips since the last call.
    func takeStatistics() -> ClientStatistics.Server {
        var server = counts.takeStatistics(address)
        server.waitingRequestCount = awaited == nil ? 0 : 1
        return server
    }

    /// Ends the connection; another attempt comes after a pause that doubles.
    func fail(_ reason: String, _ now: UInt64) {
        if let connection { counts.note(connection, isLast: true) }
        if hasGreeted { counts.disconnects += 1 }
        connection = nil
        awaited = nil
        hasGreeted = false
        trouble = reason
        let pause = min(Self.leastPause << UInt64(min(attempts, 10)), Self.greatestPause)
        // So that the clients of a broker that comes back do not come all at once.
        nextAttempt = now + pause / 2 + UInt64.random(in: 0...pause / 2)
        attempts += 1
    }
}

/// What a link has done since its beginning, its round trips since they were last asked for.
private struct LinkCounts {
    var requests = 0
    var timeouts = 0
    var disconnects = 0
    var throttleMilliseconds = 0
    private(set) var sentByteCount = 0
    private(set) var receivedByteCount = 0
    private var seen = (sent: 0, received: 0)
    private var roundTrips = (count: 0, nanoseconds: UInt64(0), slowest: UInt64(0))

    /// Takes what has gone over a connection since the last call; `isLast`: the next one is another's.
    mutating func note(_ connection: WireConnection, isLast: Bool = false) {
        sentByteCount += connection.sentByteCount - seen.sent
        receivedByteCount += connection.receivedByteCount - seen.received
        seen = isLast ? (0, 0) : (connection.sentByteCount, connection.receivedByteCount)
    }

    mutating func note(roundTrip nanoseconds: UInt64) {
        roundTrips.count += 1
        roundTrips.nanoseconds += nanoseconds
        roundTrips.slowest = max(roundTrips.slowest, nanoseconds)
    }

    mutating func takeStatistics(_ address: BrokerAddress) -> ClientStatistics.Server {
        var server = ClientStatistics.Server(address: address.description)
        if roundTrips.count > 0 {
            server.roundTripMicroseconds = Int(roundTrips.nanoseconds / UInt64(roundTrips.count) / 1000)
            server.slowestRoundTripMicroseconds = Int(roundTrips.slowest / 1000)
        }
        roundTrips = (0, 0, 0)
        server.throttleMilliseconds = throttleMilliseconds
        throttleMilliseconds = 0
        server.requestCount = requests
        server.sentByteCount = sentByteCount
        server.receivedByteCount = receivedByteCount
        server.timeoutCount = timeouts
        server.disconnectCount = disconnects
        return server
    }
}
