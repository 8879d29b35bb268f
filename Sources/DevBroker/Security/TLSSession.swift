internal import CTLS
internal import NIOCore

/// A certificate and its key, for the server's side of TLS 1.2 and 1.3. Used on one thread, with the sessions made of it.
@safe final class TLSServer {
    fileprivate let pointer: OpaquePointer

    /// - Throws: `.configuration` when the files cannot be used.
    init(_ files: BrokerSecurity.TLS) throws(DevBrokerError) {
        var reason = TLSReason()
        let made = unsafe reason.fill { reason in
            unsafe millrace_tls_server_new(files.certificate, files.key, files.clientAuthorities, reason)
        }
        guard let made = unsafe made else {
            let authorities = files.clientAuthorities.map { " and clients' authorities \($0)" } ?? ""
            throw DevBrokerError(
                .configuration,
                "TLS needs PEM files: a certificate and the key that belongs to it, without a passphrase",
                context: "certificate \(files.certificate), key \(files.key)\(authorities): \(reason.text)")
        }
        unsafe pointer = made
    }

    deinit { unsafe millrace_tls_server_free(pointer) }
}

/// The server's side of one TLS connection, between buffers; it knows no socket.
@safe final class TLSSession {
    /// In OpenSSL's words.
    struct Failure: Error {
        let reason: String
    }

    /// What `read` has brought.
    enum Arrival {
        case bytes(ByteBuffer)
        /// Nothing, until more is received.
        case nothing
        /// The client has said that nothing more comes.
        case end
    }

    private let pointer: OpaquePointer
    /// The most that one record holds (RFC 8446, section 5.1).
    private static let maxRecordByteCount = 16 * 1024

    init(_ server: TLSServer) throws(Failure) {
        guard let made = unsafe millrace_tls_session_new(server.pointer) else {
            throw Failure(reason: "no memory for a session")
        }
        unsafe pointer = made
    }

    deinit { unsafe millrace_tls_session_free(pointer) }

    /// Takes in what came from the socket.
    func receive(_ wire: ByteBuffer) throws(Failure) {
        let isTaken = unsafe wire.withUnsafeReadableBytes { bytes in
            unsafe bytes.count == 0 || millrace_tls_receive(pointer, bytes.baseAddress, bytes.count) == 1
        }
        if !isTaken { throw Failure(reason: "no memory for what was received") }
    }

    /// Goes on with the handshake.
    ///
    /// - Returns: whether it is done.
    func handshake() throws(Failure) -> Bool {
        try unsafe step { reason in unsafe millrace_tls_handshake(pointer, reason) } == MILLRACE_TLS_DONE
    }

    /// All that was received, in the clear. Only after the handshake.
    func read(_ allocator: ByteBufferAllocator) throws(Failure) -> Arrival {
        var clear = allocator.buffer(capacity: Self.maxRecordByteCount)
        while true {
            var count = 0
            let capacity = Self.maxRecordByteCount
            var result = MILLRACE_TLS_DONE
            var failure: Failure?
            unsafe clear.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { space in
                do throws(Failure) {
                    result = try unsafe step { reason in
                        unsafe millrace_tls_read(pointer, space.baseAddress, capacity, &count, reason)
                    }
                } catch { failure = error }
                return count
            }
            // What came whole before the trouble is passed on first; the trouble comes again with the next read.
            if clear.readableBytes > 0, failure != nil || result != MILLRACE_TLS_DONE { return .bytes(clear) }
            if let failure { throw failure }
            if result == MILLRACE_TLS_WANTS_MORE { return .nothing }
            if result == MILLRACE_TLS_ENDED { return .end }
        }
    }

    /// Encrypts. Only after the handshake.
    func write(_ clear: ByteBuffer) throws(Failure) {
        guard clear.readableBytes > 0 else { return }
        _ = try unsafe step { reason in
            unsafe clear.withUnsafeReadableBytes { bytes in
                unsafe millrace_tls_write(pointer, bytes.baseAddress, bytes.count, reason)
            }
        }
    }

    /// Tells the client that nothing more comes.
    func end() { unsafe millrace_tls_end(pointer) }

    /// What is to be sent to the socket, after any other call, failed ones too; nil for nothing.
    func takeOutgoing(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        let count = unsafe millrace_tls_outgoing_count(pointer)
        guard count > 0 else { return nil }
        var wire = allocator.buffer(capacity: count)
        unsafe wire.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            unsafe millrace_tls_take_outgoing(pointer, space.baseAddress, count)
        }
        return wire
    }

    private func step(
        _ body: (UnsafeMutablePointer<CChar>?) -> millrace_tls_progress
    ) throws(Failure) -> millrace_tls_progress {
        var reason = TLSReason()
        let result = unsafe reason.fill(body)
        if result == MILLRACE_TLS_FAILED { throw Failure(reason: reason.text) }
        return result
    }
}

/// Room for OpenSSL's words.
private struct TLSReason {
    private(set) var text = ""

    /// Lends the room; what is written there is `text` afterwards.
    mutating func fill<Result>(_ body: (UnsafeMutablePointer<CChar>?) -> Result) -> Result {
        var room = [CChar](repeating: 0, count: Int(MILLRACE_TLS_REASON_SIZE))
        let result = unsafe room.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
        text = String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return result
    }
}
