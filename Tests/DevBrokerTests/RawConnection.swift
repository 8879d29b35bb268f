import DevBroker
import Foundation
import NIOCore

/// One connection to a broker on a socket, on which answers may be missing or wrong.
final class RawConnection {
    /// What came instead of the next bytes.
    enum Received {
        case frame(ByteBuffer)
        /// The connection was closed after so many bytes.
        case closed(afterBytes: Int)
        /// Nothing more came for as long as the connection waits.
        case silence
    }

    private let descriptor: Int32
    private var correlationId: Int32 = 0

    /// - Parameter patience: Milliseconds after which nothing is expected any more.
    init(port: Int, patience: Int = 20_000) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard status == 0 else { throw Missing(what: "a connection: \(errno)") }
        var limit = timeval(tv_sec: patience / 1000, tv_usec: patience % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends a request and takes its answer.
    func call<Request: RequestMessage>(
        _ request: Request, version: Int16 = Request.api.versions.upperBound
    ) throws -> Request.Response {
        try send(request, version: version)
        return try answer(to: Request.self, version: version)
    }

    func send<Request: RequestMessage>(
        _ request: Request, version: Int16 = Request.api.versions.upperBound
    ) throws {
        correlationId += 1
        let header = RequestHeader(
            apiKey: Request.api.rawValue, version: version, correlationId: correlationId, clientId: "raw")
        try send(frame: BrokerHarness.join(try Frame.write(request, header: header)))
    }

    func send(frame: ByteBuffer) throws {
        var message = ByteBuffer(integer: Int32(frame.readableBytes))
        message.writeImmutableBuffer(frame)
        try send(bytes: message)
    }

    /// Sends bytes as they are.
    func send(bytes: ByteBuffer) throws {
        let bytes = Array(bytes.readableBytesView)
        guard Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Missing(what: "room to send: \(errno)")
        }
    }

    func answer<Request: RequestMessage>(
        to type: Request.Type, version: Int16 = Request.api.versions.upperBound
    ) throws -> Request.Response {
        guard case .frame(let frame) = receive() else { throw Missing(what: "an answer to \(Request.api)") }
        return try Frame.readResponse(to: type, frame, version: version).response
    }

    /// The next frame, without the length before it.
    func receive() -> Received {
        guard case .frame(var prefix) = receive(4), let length = prefix.readInteger(as: Int32.self) else {
            return receive(4)
        }
        return receive(Int(length))
    }

    /// The next bytes.
    func receive(_ count: Int) -> Received {
        var buffer = ByteBuffer()
        var chunk = [UInt8](repeating: 0, count: 65536)
        while buffer.readableBytes < count {
            let received = recv(descriptor, &chunk, min(chunk.count, count - buffer.readableBytes), 0)
            if received == 0 || (received < 0 && errno != EAGAIN) {
                return .closed(afterBytes: buffer.readableBytes)
            }
            if received < 0 { return .silence }
            buffer.writeBytes(chunk[..<received])
        }
        return .frame(buffer)
    }

    var isClosed: Bool {
        if case .closed = receive() { return true }
        return false
    }

    var isSilent: Bool {
        if case .silence = receive() { return true }
        return false
    }
}

/// Requests in the form in which tests think of them.
enum Ask {
    static func produce(_ values: [String], to topic: String = "t") -> ProduceRequest {
        let batch = RecordBatch.of(values.map { (key: nil, value: $0) }, timestamp: 1)
        var entry = ProduceRequest.Partition()
        entry.records = batch.encoded()
        var topicRequest = ProduceRequest.Topic()
        topicRequest.name = topic
        topicRequest.partitions = [entry]
        var request = ProduceRequest()
        request.acks = -1
        request.topics = [topicRequest]
        return request
    }

    static func endOffset(_ topic: String = "t") -> ListOffsetsRequest {
        var entry = ListOffsetsRequest.Partition()
        entry.timestamp = -1
        var topicRequest = ListOffsetsRequest.Topic()
        topicRequest.name = topic
        topicRequest.partitions = [entry]
        var request = ListOffsetsRequest()
        request.topics = [topicRequest]
        return request
    }

    static func fetch(_ topic: String = "t") -> FetchRequest {
        var entry = FetchRequest.Partition()
        entry.partitionMaxBytes = 1 << 20
        var topicRequest = FetchRequest.Topic()
        topicRequest.topic = topic
        topicRequest.partitions = [entry]
        var request = FetchRequest()
        request.topics = [topicRequest]
        return request
    }

    static func producer(_ id: String) -> InitProducerIdRequest {
        var request = InitProducerIdRequest()
        request.transactionalId = id
        request.transactionTimeoutMilliseconds = 60_000
        return request
    }

    static func partition(_ topic: String = "t", in id: String, _ producer: InitProducerIdResponse)
        -> AddPartitionsToTxnRequest
    {
        var topicRequest = AddPartitionsToTxnRequest.Topic()
        topicRequest.name = topic
        topicRequest.partitions = [0]
        var request = AddPartitionsToTxnRequest()
        request.transactionalId = id
        request.producerId = producer.producerId
        request.producerEpoch = producer.producerEpoch
        request.topics = [topicRequest]
        return request
    }

    static func end(_ id: String, _ producer: InitProducerIdResponse, commit: Bool = true) -> EndTxnRequest {
        var request = EndTxnRequest()
        request.transactionalId = id
        request.producerId = producer.producerId
        request.producerEpoch = producer.producerEpoch
        request.committed = commit
        return request
    }

    static func state(of id: String) -> DescribeTransactionsRequest {
        var request = DescribeTransactionsRequest()
        request.transactionalIds = [id]
        return request
    }
}
