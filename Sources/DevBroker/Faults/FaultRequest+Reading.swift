internal import NIOCore

extension FaultRequest {
    /// Reads what a script wants to know of a request; nil when it is none that this broker knows.
    init?(_ frame: ByteBuffer, for script: FaultScript) {
        var body = frame
        guard let header = try? Frame.readHeader(&body), let api = header.api else { return nil }
        self.init(api, clientId: header.clientId ?? "")
        guard script.readsSubject(of: api), api.versions.contains(header.version) else { return }
        subject = Self.subject(of: api.requestType, body, version: header.version)
    }

    private static func subject<Request: FaultableRequest>(
        of type: Request.Type, _ body: ByteBuffer, version: Int16
    ) -> FaultSubject {
        (try? Frame.readBody(type, body, version: version))?.subject ?? FaultSubject()
    }
}

/// A request as it came in.
struct IncomingRequest {
    var frame: ByteBuffer
    var connection: Broker.ConnectionId
    var host: String

    /// The request's header, and its body's bytes; nil when they cannot be read.
    var parts: (header: RequestHeader, api: ApiKey, body: ByteBuffer)? {
        var body = frame
        guard let header = try? Frame.readHeader(&body), let api = header.api,
            api.versions.contains(header.version)
        else { return nil }
        return (header, api, body)
    }
}
