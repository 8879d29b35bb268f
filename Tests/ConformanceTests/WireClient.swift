import DevBroker
import Foundation
import NIOCore

/// Which of the versions that both sides know a client speaks.
enum ProtocolVersions: CaseIterable {
    case newest
    case oldest
}

/// One connection that speaks the Kafka protocol; calls block until the broker answers.
final class WireClient {
    private let descriptor: Int32
    private let choice: ProtocolVersions
    private var brokerVersions: [Int16: ClosedRange<Int16>] = [:]
    private var correlationId: Int32 = 0

    /// A request that was sent and whose answer was not yet taken. Answers must be taken in the order of the requests.
    struct Pending<Request: RequestMessage> {
        fileprivate let correlationId: Int32
        fileprivate let version: Int16
    }

    /// - Parameter address: A host name or address, a colon, and a port.
    init(_ address: String, _ choice: ProtocolVersions) throws {
        self.choice = choice
        descriptor = try Self.connect(address)
        let versions = try finish(begin(ApiVersionsRequest(), version: ApiKey.apiVersions.versions.lowerBound))
        guard versions.errorCode == .none else { throw Unexpected("ApiVersions: \(versions.errorCode)") }
        for entry in versions.apiKeys { brokerVersions[entry.apiKey] = entry.minVersion...entry.maxVersion }
    }

    deinit { close(descriptor) }

    /// Sends a request and waits for its answer.
    func send<Request: RequestMessage>(_ request: Request) throws -> Request.Response {
        try finish(begin(request))
    }

    /// Sends a request.
    func begin<Request: RequestMessage>(_ request: Request) throws -> Pending<Request> {
        try begin(request, version: version(of: Request.api))
    }

    /// The version in which this connection sends a request.
    func version(of api: ApiKey) throws -> Int16 {
        guard let theirs = brokerVersions[api.rawValue] else { throw Unexpected("the broker does not serve \(api)") }
        // Brokers list versions of Produce before 3 only so that old clients do not give up.
        let lower = max(api.versions.lowerBound, theirs.lowerBound, api == .produce ? 3 : 0)
        let upper = min(api.versions.upperBound, theirs.upperBound)
        guard lower <= upper else { throw Unexpected("no common version of \(api): the broker has \(theirs)") }
        // Older versions would create the topics that they ask for.
        return choice == .oldest && api != .metadata ? lower : upper
    }

    /// Waits for the answer to a request.
    func finish<Request: RequestMessage>(_ pending: Pending<Request>) throws -> Request.Response {
        var prefix = try receive(4)
        guard let length = prefix.readInteger(as: Int32.self), length >= 4, length < 1 << 28 else {
            throw Unexpected("an answer without a length")
        }
        let answer = try Frame.readResponse(to: Request.self, receive(Int(length)), version: pending.version)
        guard answer.correlationId == pending.correlationId else {
            throw Unexpected("answer \(answer.correlationId) to request \(pending.correlationId)")
        }
        return answer.response
    }

    private func begin<Request: RequestMessage>(_ request: Request, version: Int16) throws -> Pending<Request> {
        correlationId += 1
        let header = RequestHeader(
            apiKey: Request.api.rawValue, version: version, correlationId: correlationId, clientId: "conformance")
        let frame = try Frame.write(request, header: header)
        var message = ByteBuffer()
        message.writeInteger(Int32(frame.map(\.readableBytes).reduce(0, +)))
        for part in frame { message.writeImmutableBuffer(part) }
        try transmit(message)
        return Pending(correlationId: correlationId, version: version)
    }

    private func transmit(_ message: ByteBuffer) throws {
        try message.withUnsafeReadableBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Foundation.send(
                    descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                guard count > 0 else { throw Unexpected("cannot send: \(errno)") }
                sent += count
            }
        }
    }

    private func receive(_ count: Int) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        while buffer.readableBytes < count {
            let wanted = count - buffer.readableBytes
            let received = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                max(0, recv(descriptor, bytes.baseAddress, wanted, 0))
            }
            guard received > 0 else { throw Unexpected("the broker closed the connection or kept silent: \(errno)") }
        }
        return buffer
    }

    private static func connect(_ address: String) throws -> Int32 {
        guard let colon = address.lastIndex(of: ":") else { throw Unexpected("no port in \(address)") }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard
            getaddrinfo(String(address[..<colon]), String(address[address.index(after: colon)...]), &hints, &found) == 0
        else { throw Unexpected("cannot resolve \(address)") }
        defer { freeaddrinfo(found) }
        var candidate = found
        while let info = candidate?.pointee {
            let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
            if descriptor >= 0 && Foundation.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 {
                var patience = timeval(tv_sec: 55, tv_usec: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                var isOn: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
                return descriptor
            }
            if descriptor >= 0 { close(descriptor) }
            candidate = info.ai_next
        }
        throw Unexpected("cannot connect to \(address)")
    }
}

/// What a test did not reckon with.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
