import DevBroker
import NIOCore
import Synchronization
import TestKit

/// A broker in memory whose time the fuzzer decides.
final class FuzzBroker {
    private final class Clock: Sendable {
        let now = Mutex<Int64>(1_700_000_000_000)
    }

    private let clock = Clock()
    private(set) var storage: MemoryStorage
    private(set) var broker: Broker
    private var connection: UInt64 = 0

    init(storage: MemoryStorage = MemoryStorage()) throws {
        self.storage = storage
        broker = try Self.open(storage, clock)
    }

    private static func open(_ storage: MemoryStorage, _ clock: Clock) throws -> Broker {
        var configuration = BrokerConfiguration()
        configuration.cleanupIntervalMilliseconds = 0
        configuration.maxPartitionCount = 16
        configuration.segmentByteCount = 4096
        return try Broker(
            configuration: configuration, storage: storage,
            clock: BrokerClock { clock.now.withLock { $0 } },
            random: RandomSource(SeededRandom(seed: 1)))
    }

    /// Ends the broker as `kill -9` does, and starts another on what it left.
    func restart() throws {
        storage = storage.snapshot()
        broker = try Self.open(storage, clock)
    }

    func advance(by milliseconds: Int64) {
        clock.now.withLock { $0 += milliseconds }
        broker.advance()
    }

    @discardableResult
    func handle(_ frame: [UInt8]) -> [UInt8]? {
        connection += 1
        let outcome = broker.handle(
            ByteBuffer(bytes: frame), from: .init(rawValue: connection), host: "h")
        _ = broker.takeReplies()
        guard case .reply(let buffers) = outcome else { return nil }
        return buffers.flatMap { Array($0.readableBytesView) }
    }

    func send<Request: RequestMessage>(_ request: Request) throws -> Request.Response? {
        let version = Request.api.versions.upperBound
        guard let answer = handle(try Self.frame(request, version: version)) else { return nil }
        return try Frame.readResponse(to: Request.self, ByteBuffer(bytes: answer), version: version)
            .response
    }

    static func frame<Request: RequestMessage>(_ request: Request, version: Int16? = nil) throws
        -> [UInt8]
    {
        let header = RequestHeader(
            apiKey: Request.api.rawValue, version: version ?? Request.api.versions.upperBound,
            correlationId: 1,
            clientId: "c")
        return try Frame.write(request, header: header).flatMap { Array($0.readableBytesView) }
    }

    // MARK: Requests

    static func produce(_ records: [UInt8], topic: String = "t", transactionalId: String? = nil)
        -> ProduceRequest
    {
        var partition = ProduceRequest.Partition()
        partition.records = ByteBuffer(bytes: records)
        var entry = ProduceRequest.Topic()
        entry.name = topic
        entry.partitions = [partition]
        var request = ProduceRequest()
        request.acks = -1
        request.transactionalId = transactionalId
        request.topics = [entry]
        return request
    }

    static func fetch(_ topic: String = "t", from offset: Int64, isCommitted: Bool = false)
        -> FetchRequest
    {
        var partition = FetchRequest.Partition()
        partition.fetchOffset = offset
        partition.partitionMaxBytes = 1 << 20
        var entry = FetchRequest.Topic()
        entry.topic = topic
        entry.partitions = [partition]
        var request = FetchRequest()
        request.isolationLevel = isCommitted ? 1 : 0
        request.topics = [entry]
        return request
    }

    static func listOffsets(_ topic: String = "t", time: Int64) -> ListOffsetsRequest {
        var partition = ListOffsetsRequest.Partition()
        partition.timestamp = time
        var entry = ListOffsetsRequest.Topic()
        entry.name = topic
        entry.partitions = [partition]
        var request = ListOffsetsRequest()
        request.topics = [entry]
        return request
    }

    /// What the log of a topic's first partition holds, as it lies there.
    func log(_ topic: String = "t") throws -> [UInt8] {
        var bytes: [UInt8] = []
        var offset = try max(
            0, send(Self.fetch(topic, from: 0))?.topics.first?.partitions.first?.logStartOffset ?? 0)
        for _ in 0..<10_000 {
            guard let answer = try send(Self.fetch(topic, from: offset))?.topics.first?.partitions.first,
                let records = answer.records, records.readableBytes > 0
            else { return bytes }
            bytes += Array(records.readableBytesView)
            var index = records.readerIndex
            while let header = RecordBatchHeader(records, at: index) {
                try FuzzFinding.check(header.lastOffset >= offset, "a fetch at \(offset) gave \(header)")
                offset = header.lastOffset + 1
                index += header.byteCount
            }
        }
        throw FuzzFinding("a log without an end")
    }
}
