/// IncrementalAlterConfigs (key 44), request: configuration entries to set or delete.
package struct IncrementalAlterConfigsRequest: RequestMessage {
    package typealias Response = IncrementalAlterConfigsResponse
    package static var api: ApiKey { .incrementalAlterConfigs }

    package var resources: [Resource] = []
    /// Whether only to check.
    package var validateOnly: Bool = false

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&resources)
        try coder.code(&validateOnly)
        try coder.codeTaggedFields()
    }

    /// One resource of the message.
    package struct Resource: Message {
        /// 2: topic; 4: broker.
        package var resourceType: Int8 = 0
        /// The topic's name or the broker's id.
        package var resourceName: String = ""
        /// Configuration entries.
        package var configs: [Entry] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&resourceType)
            try coder.code(&resourceName)
            try coder.code(&configs)
            try coder.codeTaggedFields()
        }
    }

    /// One entry of the message.
    package struct Entry: Message {
        /// The name.
        package var name: String = ""
        package var configOperation: Int8 = 0
        /// The value; nil for the default.
        package var value: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&configOperation)
            try coder.code(&value)
            try coder.codeTaggedFields()
        }
    }
}

/// IncrementalAlterConfigs (key 44), answer: the result per resource.
package struct IncrementalAlterConfigsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    package var responses: [Resource] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&responses)
        try coder.codeTaggedFields()
    }

    /// One resource of the message.
    package struct Resource: Message {
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// Text for people; nil when there is no error.
        package var errorMessage: String?
        /// 2: topic; 4: broker.
        package var resourceType: Int8 = 0
        /// The topic's name or the broker's id.
        package var resourceName: String = ""

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&errorCode)
            try coder.code(&errorMessage)
            try coder.code(&resourceType)
            try coder.code(&resourceName)
            try coder.codeTaggedFields()
        }
    }
}
