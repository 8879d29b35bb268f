internal import NIOCore

/// One connection: cuts frames out of the stream and handles one request at a time, as the protocol wants answers in
/// the order of the requests.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let id: Broker.ConnectionId
    private let server: ServerLoop
    private var context: ChannelHandlerContext?
    private var received: FrameAccumulator
    private var host = ""
    /// Whether a request is held by the broker.
    private var isBusy = false
    private var isProcessing = false
    private var wantsRead = false
    private var hasWritten = false

    /// Bytes received but not handled from which on nothing more is read.
    private static let maxBacklogByteCount = 8 * 1024 * 1024
    private static let lengthByteCount = 4

    init(id: Broker.ConnectionId, server: ServerLoop, maxFrameByteCount: Int) {
        self.id = id
        self.server = server
        received = FrameAccumulator(maxFrameByteCount: maxFrameByteCount)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        host = context.remoteAddress?.ipAddress ?? "unknown"
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        server.disconnected(id)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.append(unwrapInboundIn(data))
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { process() }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        // A frame may be longer than the backlog; then it is read to its end.
        if (isBusy || !context.channel.isWritable) && received.byteCount > Self.maxBacklogByteCount {
            wantsRead = true
        } else {
            context.read()
        }
    }

    /// Sends the answer to the request that was held, and goes on.
    func resume(with answer: WireAnswer) {
        guard isBusy else { return }
        take(answer)
        if isProcessing { return }
        process()
        context?.flush()
    }

    func close() {
        context?.close(promise: nil)
    }

    private func process() {
        guard !isProcessing, let context else { return }
        isProcessing = true
        while !isBusy, context.channel.isWritable, let frame = nextFrame() {
            isBusy = true
            take(server.handle(frame, from: id, host: host))
        }
        isProcessing = false
        if hasWritten { context.flush() }
        hasWritten = false
        server.deliverReplies()
        if wantsRead && received.byteCount <= Self.maxBacklogByteCount {
            wantsRead = false
            context.read()
        }
    }

    /// Does what the answer says; without one the connection stays busy.
    private func take(_ answer: WireAnswer) {
        switch answer {
        case .frame(let frame):
            isBusy = false
            write(frame)
        case .throttled(let frame, let milliseconds):
            write(frame)
            context?.flush()
            server.after(milliseconds: milliseconds) { [weak self] in self?.resume(with: .nothing) }
        case .nothing: isBusy = false
        case .later: break
        case .last(let bytes, let closes):
            guard let context else { return }
            let written = context.eventLoop.makePromise(of: Void.self)
            if closes { written.futureResult.assumeIsolated().whenComplete { [weak self] _ in self?.close() } }
            context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
        case .close: close()
        }
    }

    /// The next whole frame; nil while there is none, or when the connection cannot go on.
    private func nextFrame() -> ByteBuffer? {
        do throws(DevBrokerError) {
            return try received.next()
        } catch {
            server.refused(error, host: host)
            close()
            return nil
        }
    }

    private func write(_ frame: [ByteBuffer]) {
        guard let context, let first = frame.first else { return }
        hasWritten = true
        let byteCount = frame.reduce(0) { $0 + $1.readableBytes }
        var head = context.channel.allocator.buffer(capacity: Self.lengthByteCount + first.readableBytes)
        head.writeInteger(Int32(byteCount))
        head.writeImmutableBuffer(first)
        context.write(wrapOutboundOut(head), promise: nil)
        for buffer in frame.dropFirst() { context.write(wrapOutboundOut(buffer), promise: nil) }
    }
}
