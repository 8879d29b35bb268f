internal import NIOCore

extension Broker {
    /// The answer that refuses a request without looking at it; nil when its client wants none or it cannot be read.
    func refusal(of request: IncomingRequest, _ error: ErrorCode) -> [ByteBuffer]? {
        guard let parts = request.parts else { return nil }
        return refusal(parts.api.requestType, parts.body, parts.header, error)
    }

    private func refusal<Request: FaultableRequest>(
        _ type: Request.Type, _ body: ByteBuffer, _ header: RequestHeader, _ error: ErrorCode
    ) -> [ByteBuffer]? {
        guard let request = try? Frame.readBody(type, body, version: header.version) else { return nil }
        if let produce = request as? ProduceRequest, produce.acks == 0 { return nil }
        let response = request.refused(Refusal(error: error, version: header.version, broker: self))
        return try? Frame.writeResponse(response, api: Request.api, header: header)
    }

    /// An answer that tells the client to pause, too.
    func throttled(_ frame: [ByteBuffer], answering request: IncomingRequest, milliseconds: Int64) -> [ByteBuffer] {
        guard let parts = request.parts else { return frame }
        return throttled(parts.api.requestType, frame, parts.header, milliseconds) ?? frame
    }

    private func throttled<Request: FaultableRequest>(
        _ type: Request.Type, _ frame: [ByteBuffer], _ header: RequestHeader, _ milliseconds: Int64
    ) -> [ByteBuffer]? {
        let whole = ByteBuffer(joining: frame)
        guard var response = try? Frame.readResponse(to: type, whole, version: header.version).response else {
            return nil
        }
        response.throttleTimeMilliseconds = Int32(clamping: milliseconds)
        return try? Frame.writeResponse(response, api: Request.api, header: header)
    }
}

extension ByteBuffer {
    /// The readable bytes of several buffers, one after the other.
    init(joining buffers: [ByteBuffer]) {
        self = ByteBufferAllocator().buffer(capacity: buffers.reduce(0) { $0 + $1.readableBytes })
        for buffer in buffers { writeImmutableBuffer(buffer) }
    }
}
