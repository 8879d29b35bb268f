#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A connection to a broker that speaks Kafka's protocol in the clear: frames out, frames in. Never waits but for a name to be
/// resolved; owned by one thread.
final class WireConnection {
    /// What ended a connection, for people.
    struct Broken: Error {
        var reason: String

        init(_ reason: String) { self.reason = reason }

        /// The last error of the system.
        static func system(_ what: String) -> Broken { Broken("\(what): \(String(cString: strerror(errno)))") }
    }

    /// Bytes that are on their way out, and what must stay until they are gone.
    private struct Outgoing {
        var bytes: UnsafeRawBufferPointer
        var owner: AnyObject
    }

    /// Answers larger than that are not believed.
    static let maximumFrameByteCount = 512 << 20

    let address: BrokerAddress
    let descriptor: Int32
    private let pool: FramePool
    private var outgoing: [Outgoing] = []
    private var outgoingStart = 0
    private(set) var isConnected = false
    private var header = [UInt8](repeating: 0, count: 4)
    private var receivedCount = 0
    private var frame: FrameBuffer?
    private(set) var sentByteCount = 0
    private(set) var receivedByteCount = 0

    /// Begins to connect.
    ///
    /// - Parameter attempt: counts attempts: of several addresses of a name each is tried in its turn.
    init(_ address: BrokerAddress, attempt: Int, pool: FramePool) throws(Broken) {
        self.address = address
        self.pool = pool
        descriptor = try Self.open(address, attempt)
    }

    deinit {
        close(descriptor)
    }

    private static func open(_ address: BrokerAddress, _ attempt: Int) throws(Broken) -> Int32 {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, String(address.port), &hints, &found)
        guard code == 0 else { throw Broken("\(address): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(found) }
        var addresses: [addrinfo] = []
        var next = found
        while let info = next?.pointee {
            addresses.append(info)
            next = info.ai_next
        }
        guard !addresses.isEmpty else { throw Broken("\(address): no address") }
        let info = addresses[attempt % addresses.count]
        let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
        guard descriptor >= 0 else { throw .system("a socket for \(address)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
        guard connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 || errno == EINPROGRESS else {
            defer { close(descriptor) }
            throw .system("\(address)")
        }
        return descriptor
    }

    /// Whether it waits to write: for the connection to stand, or for room.
    var wantsToWrite: Bool { !isConnected || !outgoing.isEmpty }

    /// Puts a request on its way; `parts` follow `head` and stay with their owners until they are gone.
    func send(_ head: [UInt8], parts: [(bytes: UnsafeRawBufferPointer, owner: AnyObject)] = []) throws(Broken) {
        let size = head.count + parts.reduce(0) { $0 + $1.bytes.count }
        var length = WireWriter()
        length.integer(Int32(size))
        let start = WireBytes(length.bytes + head)
        outgoing.append(Outgoing(bytes: start.bytes, owner: start))
        for part in parts where !part.bytes.isEmpty {
            outgoing.append(Outgoing(bytes: part.bytes, owner: part.owner))
        }
        if isConnected { try write() }
    }

    /// Called when the socket can be written to.
    func write() throws(Broken) {
        if !isConnected {
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            guard code == 0 else { throw Broken("\(address): \(String(cString: strerror(code)))") }
            isConnected = true
        }
        while !outgoing.isEmpty {
            let count = writeSome()
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return }
                throw .system("\(address)")
            }
            sentByteCount += count
            drop(count)
        }
    }

    private func writeSome() -> Int {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: 64) { vectors in
            let count = min(outgoing.count, vectors.count)
            for index in 0..<count {
                let bytes = outgoing[index].bytes
                let skipped = index == 0 ? outgoingStart : 0
                vectors[index] = iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress.map { $0 + skipped }),
                    iov_len: bytes.count - skipped)
            }
            var message = msghdr()
            message.msg_iov = vectors.baseAddress
            message.msg_iovlen = .init(count)
            return sendmsg(descriptor, &message, Self.withoutSignal)
        }
    }

    #if canImport(Glibc)
        private static let withoutSignal = Int32(MSG_NOSIGNAL)
    #else
        private static let withoutSignal: Int32 = 0
    #endif

    private func drop(_ count: Int) {
        var left = count + outgoingStart
        var gone = 0
        while gone < outgoing.count, left >= outgoing[gone].bytes.count {
            left -= outgoing[gone].bytes.count
            gone += 1
        }
        outgoing.removeFirst(gone)
        outgoingStart = left
    }

    /// Takes what has come; nil until a whole answer is there.
    func receive() throws(Broken) -> FrameBuffer? {
        while true {
            if frame == nil {
                guard receivedCount < 4 else {
                    try beginFrame()
                    continue
                }
                let wanted = 4 - receivedCount
                let count = header.withUnsafeMutableBytes {
                    recv(descriptor, $0.baseAddress.map { $0 + receivedCount }, wanted, 0)
                }
                guard try advance(count) else { return nil }
                continue
            }
            guard let frame else { return nil }
            if receivedCount - 4 == frame.count {
                self.frame = nil
                receivedCount = 0
                return frame
            }
            let start = receivedCount - 4
            let target = frame.writable
            let count = recv(descriptor, target.baseAddress.map { $0 + start }, frame.count - start, 0)
            guard try advance(count) else { return nil }
        }
    }

    private func beginFrame() throws(Broken) {
        let size = header.reduce(0) { $0 << 8 | Int($1) }
        guard size >= 4, size <= Self.maximumFrameByteCount else {
            throw Broken("\(address): an answer of \(size) bytes cannot be")
        }
        frame = pool.take(size)
    }

    /// Whether bytes have come; false when there are none now.
    private func advance(_ count: Int) throws(Broken) -> Bool {
        if count > 0 {
            receivedCount += count
            receivedByteCount += count
            return true
        }
        if count == 0 { throw Broken("\(address): the broker has closed the connection") }
        if errno == EAGAIN || errno == EWOULDBLOCK { return false }
        if errno == EINTR { return true }
        throw .system("\(address)")
    }
}

/// Where a broker listens.
struct BrokerAddress: Hashable, Sendable, CustomStringConvertible {
    var host: String
    var port: Int32

    var description: String { "\(host):\(port)" }
}

/// Bytes that stay until they are gone over the wire.
final class WireBytes {
    let bytes: UnsafeRawBufferPointer

    init(_ source: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 8)
        memory.copyBytes(from: source)
        bytes = UnsafeRawBufferPointer(memory)
    }

    deinit {
        bytes.deallocate()
    }
}
