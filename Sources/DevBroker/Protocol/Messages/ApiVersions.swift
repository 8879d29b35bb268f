/// ApiVersions (key 18), request: the client's software, from version 3.
package struct ApiVersionsRequest: RequestMessage {
    package typealias Response = ApiVersionsResponse
    package static var api: ApiKey { .apiVersions }

    package var clientSoftwareName: String = ""
    package var clientSoftwareVersion: String = ""

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 3 {
            try coder.code(&clientSoftwareName)
            try coder.code(&clientSoftwareVersion)
        }
        try coder.codeTaggedFields()
    }
}

/// ApiVersions (key 18), answer: the version range of every request.
package struct ApiVersionsResponse: Message {
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    package var apiKeys: [VersionRange] = []
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&errorCode)
        try coder.code(&apiKeys)
        if coder.version >= 1 {
            try coder.code(&throttleTimeMilliseconds)
        }
        try coder.codeTaggedFields()
    }

    /// One version range of the message.
    package struct VersionRange: Message {
        /// The request's number.
        package var apiKey: Int16 = 0
        /// The lowest version served.
        package var minVersion: Int16 = 0
        /// The highest version served.
        package var maxVersion: Int16 = 0

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&apiKey)
            try coder.code(&minVersion)
            try coder.code(&maxVersion)
            try coder.codeTaggedFields()
        }
    }
}
