internal import NIOCore

/// Stands before a connection until its client has logged in: answers ApiVersions, SaslHandshake and SaslAuthenticate, and closes at
/// anything else. Afterwards it passes everything on.
final class LoginHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let handshake: Int16 = 17
    private static let authenticate: Int16 = 36
    private static let unsupportedMechanism = ErrorCode(rawValue: 33)
    private static let authenticationFailed = ErrorCode(rawValue: 58)
    /// Larger requests are none of a login.
    private static let maxFrameByteCount = 64 * 1024

    private let mechanisms: [String]
    private let refuse: (DevBrokerError) -> Void
    private var login: Login
    private var received = FrameAccumulator(maxFrameByteCount: maxFrameByteCount)

    /// - Parameter refuse: told why a connection does not go on.
    init(_ users: UserDirectory, refuse: @escaping (DevBrokerError) -> Void) {
        mechanisms = users.mechanisms.map(\.rawValue)
        login = Login(users)
        self.refuse = refuse
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if login.isDone {
            context.fireChannelRead(data)
            return
        }
        received.append(unwrapInboundIn(data))
        do throws(DevBrokerError) {
            // A client waits for the answer to its last message before it sends anything else.
            while !login.isDone, let frame = try received.next() {
                let (answer, refusal) = try answer(frame)
                write(answer, context)
                if let refusal { throw refusal }
            }
        } catch {
            refuse(error)
            context.close(promise: nil)
        }
    }

    private func write(_ frame: [ByteBuffer], _ context: ChannelHandlerContext) {
        var wire = ByteBuffer(integer: Int32(frame.reduce(0) { $0 + $1.readableBytes }))
        for buffer in frame { wire.writeImmutableBuffer(buffer) }
        context.writeAndFlush(wrapOutboundOut(wire), promise: nil)
    }

    /// - Returns: the answer to a request, and why it is the last one.
    /// - Throws: for a request that is not answered.
    private func answer(_ frame: ByteBuffer) throws(DevBrokerError) -> (frame: [ByteBuffer], refusal: DevBrokerError?) {
        var body = frame
        let header = try Frame.readHeader(&body)
        if header.api == .apiVersions { return (try versions(header), nil) }
        guard header.apiKey == Self.handshake || header.apiKey == Self.authenticate, 0...1 ~= header.version else {
            throw .refused(
                "the client asks for something (request \(header.apiKey), version \(header.version)) before it has logged in: "
                    + "security.protocol=SASL_SSL or SASL_PLAINTEXT, and sasl.mechanism one of "
                    + mechanisms.joined(separator: ", "))
        }
        var reader = MessageReader(body, version: header.version, isFlexible: false)
        var clientId: String?
        try reader.code(&clientId)
        return header.apiKey == Self.handshake
            ? try chooseMechanism(&reader, header) : try authenticate(&reader, header)
    }

    private func versions(_ header: RequestHeader) throws(DevBrokerError) -> [ByteBuffer] {
        var header = header
        var response = ApiVersionsResponse()
        if !ApiKey.apiVersions.versions.contains(header.version) {
            response.errorCode = .unsupportedVersion
            header.version = 0
        }
        let login: [(Int16, ClosedRange<Int16>)] = [(Self.handshake, 0...1), (Self.authenticate, 0...1)]
        response.apiKeys = (ApiKey.allCases.map { ($0.rawValue, $0.versions) } + login).map { key, versions in
            var range = ApiVersionsResponse.VersionRange()
            range.apiKey = key
            range.minVersion = versions.lowerBound
            range.maxVersion = versions.upperBound
            return range
        }
        return try Frame.writeResponse(response, api: .apiVersions, header: header)
    }

    private func chooseMechanism(
        _ reader: inout MessageReader, _ header: RequestHeader
    ) throws(DevBrokerError) -> ([ByteBuffer], DevBrokerError?) {
        var name = ""
        try reader.code(&name)
        let isKnown = login.choose(name)
        var writer = MessageWriter(version: header.version, isFlexible: false)
        var correlationId = header.correlationId
        var error = isKnown ? ErrorCode.none : Self.unsupportedMechanism
        var mechanisms = mechanisms
        writer.code(&correlationId)
        try writer.code(&error)
        try writer.code(&mechanisms)
        let refusal = DevBrokerError.refused(
            "the client wants to log in by \(name): sasl.mechanism one of \(mechanisms.joined(separator: ", "))")
        return (writer.finish(), isKnown ? nil : refusal)
    }

    private func authenticate(
        _ reader: inout MessageReader, _ header: RequestHeader
    ) throws(DevBrokerError) -> ([ByteBuffer], DevBrokerError?) {
        var bytes = ByteBuffer()
        try reader.code(&bytes)
        var error = ErrorCode.none
        var reason: String?
        var payload = ByteBuffer()
        switch login.take(Array(bytes.readableBytesView)) {
        case .next(let bytes), .success(let bytes): payload = ByteBuffer(bytes: bytes)
        case .failure(let text):
            error = Self.authenticationFailed
            reason = text
        }
        var writer = MessageWriter(version: header.version, isFlexible: false)
        var correlationId = header.correlationId
        writer.code(&correlationId)
        try writer.code(&error)
        try writer.code(&reason)
        writer.code(&payload)
        // The session has no end.
        var lifetime: Int64 = 0
        if header.version >= 1 { writer.code(&lifetime) }
        let refusal = reason.map { DevBrokerError.refused("user '\(login.user)' does not log in: \($0)") }
        return (writer.finish(), refusal)
    }
}
