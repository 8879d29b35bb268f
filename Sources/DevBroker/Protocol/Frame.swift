package import NIOCore

/// What stands before the body of every request.
package struct RequestHeader: Sendable {
    /// The request's number; not every number is an `ApiKey`.
    package var apiKey: Int16
    package var version: Int16
    /// Chosen by the client, repeated in the answer.
    package var correlationId: Int32
    package var clientId: String?

    package init(apiKey: Int16, version: Int16, correlationId: Int32, clientId: String?) {
        self.apiKey = apiKey
        self.version = version
        self.correlationId = correlationId
        self.clientId = clientId
    }

    /// The request, when this broker knows it.
    package var api: ApiKey? { ApiKey(rawValue: apiKey) }

    /// Whether the body, and the header's end, are in the flexible encoding.
    package var isFlexible: Bool { api.map { version >= $0.firstFlexibleVersion } ?? false }
}

/// Requests and answers as frames without the length that stands before each on the wire.
package enum Frame {
    /// Takes the header off a request's frame.
    ///
    /// For an unknown request or version only the fixed part of the header is read and taken off.
    package static func readHeader(_ frame: inout ByteBuffer) throws(DevBrokerError) -> RequestHeader {
        guard let apiKey = frame.readInteger(as: Int16.self), let version = frame.readInteger(as: Int16.self),
            let correlationId = frame.readInteger(as: Int32.self)
        else { throw .truncated(wanted: 8, frame) }
        var header = RequestHeader(apiKey: apiKey, version: version, correlationId: correlationId, clientId: nil)
        guard let api = header.api, api.versions.contains(version) else { return header }
        // The client id keeps the old encoding in the flexible header too.
        var plain = MessageReader(frame, version: version, isFlexible: false)
        try plain.code(&header.clientId)
        var reader = MessageReader(plain.buffer, version: version, isFlexible: header.isFlexible)
        try reader.codeTaggedFields()
        frame = reader.buffer
        return header
    }

    /// Reads a request's body, after `readHeader`.
    package static func readBody<Request: RequestMessage>(
        _ type: Request.Type, _ frame: ByteBuffer, version: Int16
    ) throws(DevBrokerError) -> Request {
        var reader = MessageReader(
            frame, version: version, isFlexible: version >= Request.api.firstFlexibleVersion)
        var request = Request()
        try request.code(with: &reader)
        return request
    }

    /// A request's frame, as a client sends it.
    package static func write<Request: RequestMessage>(
        _ request: Request, header: RequestHeader
    ) throws(DevBrokerError) -> [ByteBuffer] {
        let isFlexible = header.version >= Request.api.firstFlexibleVersion
        var plain = MessageWriter(version: header.version, isFlexible: false)
        var header = header
        plain.code(&header.apiKey)
        plain.code(&header.version)
        plain.code(&header.correlationId)
        try plain.code(&header.clientId)
        var writer = MessageWriter(version: header.version, isFlexible: isFlexible)
        writer.codeTaggedFields()
        var request = request
        try request.code(with: &writer)
        return plain.finish() + writer.finish()
    }

    /// An answer's frame.
    package static func writeResponse<Response: Message>(
        _ response: Response, api: ApiKey, header: RequestHeader
    ) throws(DevBrokerError) -> [ByteBuffer] {
        let isFlexible = header.version >= api.firstFlexibleVersion
        var writer = MessageWriter(version: header.version, isFlexible: isFlexible)
        var correlationId = header.correlationId
        writer.code(&correlationId)
        // A client that asks for the versions cannot know yet whether the broker's header is flexible.
        if api != .apiVersions { writer.codeTaggedFields() }
        var response = response
        try response.code(with: &writer)
        return writer.finish()
    }

    /// Reads an answer's frame, as a client does.
    package static func readResponse<Request: RequestMessage>(
        to type: Request.Type, _ frame: ByteBuffer, version: Int16
    ) throws(DevBrokerError) -> (correlationId: Int32, response: Request.Response) {
        var reader = MessageReader(
            frame, version: version, isFlexible: version >= Request.api.firstFlexibleVersion)
        var correlationId: Int32 = 0
        try reader.code(&correlationId)
        if Request.api != .apiVersions { try reader.codeTaggedFields() }
        var response = Request.Response()
        try response.code(with: &reader)
        return (correlationId, response)
    }
}
