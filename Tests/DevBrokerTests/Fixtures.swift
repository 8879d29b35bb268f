import DevBroker
import NIOCore
import Synchronization

/// A clock that tests move.
final class ManualClock: Sendable {
    private let time = Mutex<Int64>(1_700_000_000_000)

    var now: Int64 { time.withLock { $0 } }

    func advance(by milliseconds: Int64) { time.withLock { $0 += milliseconds } }

    var clock: BrokerClock { BrokerClock { self.now } }
}

/// A broker in memory with a clock of its own, spoken to by whole requests in their wire format.
final class BrokerHarness {
    let clock = ManualClock()
    private(set) var storage = MemoryStorage()
    private(set) var broker: Broker
    var configuration: BrokerConfiguration
    private var correlationId: Int32 = 0
    private var connection: UInt64 = 0

    init(_ adapt: (inout BrokerConfiguration) -> Void = { _ in }) throws {
        configuration = BrokerConfiguration()
        configuration.cleanupIntervalMilliseconds = 0
        adapt(&configuration)
        broker = try Broker(configuration: configuration, storage: storage, clock: clock.clock)
    }

    /// Ends the broker as `kill -9` does, and starts another on what it left in its files.
    func crash() throws {
        storage = storage.snapshot()
        broker = try Broker(configuration: configuration, storage: storage, clock: clock.clock)
    }

    /// Goes on with storage that stands before the harness's own.
    func use(_ front: any Storage) throws {
        broker = try Broker(configuration: configuration, storage: front, clock: clock.clock)
    }

    func createTopic(_ name: String, partitions: Int32 = 1, _ settings: [String: String] = [:]) throws {
        try broker.ensureTopic(name, partitionCount: partitions, settings: settings)
    }

    /// Sends a request that is answered at once.
    func send<Request: RequestMessage>(
        _ request: Request, version: Int16 = Request.api.versions.upperBound
    ) throws -> Request.Response {
        let held = try begin(request, version: version)
        guard let answer = try held.answer() else { throw Missing(what: "an answer to \(Request.api)") }
        return answer
    }

    /// Sends a request that may be held.
    func begin<Request: RequestMessage>(
        _ request: Request, version: Int16 = Request.api.versions.upperBound
    ) throws -> HeldRequest<Request> {
        correlationId += 1
        connection += 1
        let header = RequestHeader(
            apiKey: Request.api.rawValue, version: version, correlationId: correlationId, clientId: "test")
        let frame = Self.join(try Frame.write(request, header: header))
        let held = HeldRequest<Request>(
            harness: self, connection: Broker.ConnectionId(rawValue: connection), header: header)
        switch broker.handle(frame, from: held.connection, host: "127.0.0.1") {
        case .reply(let answer): arrived[held.connection] = Self.join(answer)
        case .held: break
        case .nothing: break
        case .disconnect(let error): throw error
        }
        collect()
        return held
    }

    /// Moves the clock and lets the broker do what became due.
    func advance(by milliseconds: Int64) {
        clock.advance(by: milliseconds)
        broker.advance()
        collect()
    }

    fileprivate var arrived: [Broker.ConnectionId: ByteBuffer] = [:]

    private func collect() {
        for reply in broker.takeReplies() { arrived[reply.connection] = Self.join(reply.frame) }
    }

    static func join(_ buffers: [ByteBuffer]) -> ByteBuffer {
        var all = ByteBuffer()
        for buffer in buffers { all.writeImmutableBuffer(buffer) }
        return all
    }
}

struct Missing: Error {
    var what: String
}

/// A request under way.
struct HeldRequest<Request: RequestMessage> {
    fileprivate let harness: BrokerHarness
    fileprivate let connection: Broker.ConnectionId
    fileprivate let header: RequestHeader

    /// The answer, once it is there.
    func answer() throws -> Request.Response? {
        guard let frame = harness.arrived[connection] else { return nil }
        return try Frame.readResponse(to: Request.self, frame, version: header.version).response
    }

    /// Ends the connection.
    func disconnect() { harness.broker.disconnected(connection) }
}
