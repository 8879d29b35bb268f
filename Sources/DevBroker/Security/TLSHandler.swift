internal import NIOCore

/// The server's side of TLS between a socket and the handlers of the protocol.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case handshake, open, ended
    }

    private let session: TLSSession
    private let refuse: (DevBrokerError) -> Void
    private var phase = Phase.handshake
    private var hasReceived = false
    /// Written before the handshake was done; Kafka's clients speak first, so this is nearly nothing.
    private var early: [(ByteBuffer, EventLoopPromise<Void>?)] = []

    /// - Parameter refuse: told why a connection does not go on.
    init(_ server: TLSServer, refuse: @escaping (DevBrokerError) -> Void) throws {
        session = try TLSSession(server)
        self.refuse = refuse
    }

    // MARK: From the socket

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .ended else { return }
        hasReceived = true
        do throws(TLSSession.Failure) {
            try session.receive(unwrapInboundIn(data))
            if phase == .handshake { try goOnWithHandshake(context) }
            while phase == .open {
                let arrival = try session.read(context.channel.allocator)
                send(context)
                switch arrival {
                case .bytes(let clear): context.fireChannelRead(wrapInboundOut(clear))
                case .nothing: return
                case .end: close(context: context, mode: .all, promise: nil)
                }
            }
        } catch {
            fail(error, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase == .handshake, hasReceived {
            refuse(.refused("the client went away during the TLS handshake"))
        }
        phase = .ended
        for (_, promise) in early { promise?.fail(ChannelError.ioOnClosedChannel) }
        early = []
        context.fireChannelInactive()
    }

    private func goOnWithHandshake(_ context: ChannelHandlerContext) throws(TLSSession.Failure) {
        let isDone = try session.handshake()
        send(context)
        guard isDone else { return }
        phase = .open
        let waiting = early
        early = []
        for (bytes, promise) in waiting { try encrypt(bytes, context, promise) }
        context.flush()
    }

    private func fail(_ failure: TLSSession.Failure, _ context: ChannelHandlerContext) {
        phase = .ended
        refuse(.refused(Self.explanation(failure.reason)))
        // The alert that tells the client why.
        send(context)
        context.flush()
        context.close(promise: nil)
    }

    /// What the client has to change.
    static func explanation(_ reason: String) -> String {
        let remedy: String? =
            switch reason {
            case "wrong version number", "http request", "unsupported protocol", "packet length too long":
                "the client speaks no TLS, or an old one; this port wants TLS 1.2 or newer: security.protocol=SSL or SASL_SSL"
            case "peer did not return a certificate":
                "the client shows no certificate, which this broker asks for: ssl.certificate.location and ssl.key.location"
            case _ where reason.contains("alert unknown ca"), _ where reason.contains("alert bad certificate"),
                _ where reason.contains("alert certificate"):
                "the client refuses this broker's certificate: another authority, host name or time (ssl.ca.location)"
            case "certificate verify failed":
                "the client's certificate is of none of the authorities that this broker asks for, or has expired"
            default: nil
            }
        return remedy.map { "\($0) (\(reason))" } ?? "TLS does not come about: \(reason)"
    }

    // MARK: To the socket

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch phase {
        case .handshake: early.append((unwrapOutboundIn(data), promise))
        case .ended: promise?.fail(ChannelError.ioOnClosedChannel)
        case .open:
            do throws(TLSSession.Failure) {
                try encrypt(unwrapOutboundIn(data), context, promise)
            } catch {
                promise?.fail(error)
                fail(error, context)
            }
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if phase == .open, mode != .input {
            phase = .ended
            session.end()
            send(context)
            context.flush()
        }
        context.close(mode: mode, promise: promise)
    }

    private func encrypt(
        _ clear: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) throws(TLSSession.Failure) {
        try session.write(clear)
        guard let wire = session.takeOutgoing(context.channel.allocator) else {
            promise?.succeed()
            return
        }
        context.write(wrapOutboundOut(wire), promise: promise)
    }

    /// Hands what the session wants to say to the socket.
    private func send(_ context: ChannelHandlerContext) {
        guard let wire = session.takeOutgoing(context.channel.allocator) else { return }
        context.writeAndFlush(wrapOutboundOut(wire), promise: nil)
    }
}
