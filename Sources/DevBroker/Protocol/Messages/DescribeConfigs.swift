/// DescribeConfigs (key 32), request: resources whose configuration is asked for.
package struct DescribeConfigsRequest: RequestMessage {
    package typealias Response = DescribeConfigsResponse
    package static var api: ApiKey { .describeConfigs }

    package var resources: [Resource] = []
    package var includeSynonyms: Bool = false
    package var includeDocumentation: Bool = false

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&resources)
        try coder.code(&includeSynonyms)
        if coder.version >= 3 {
            try coder.code(&includeDocumentation)
        }
        try coder.codeTaggedFields()
    }

    /// One resource of the message.
    package struct Resource: Message {
        /// 2: topic; 4: broker.
        package var resourceType: Int8 = 0
        /// The topic's name or the broker's id.
        package var resourceName: String = ""
        package var configurationKeys: [String]? = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&resourceType)
            try coder.code(&resourceName)
            try coder.code(&configurationKeys)
            try coder.codeTaggedFields()
        }
    }
}

/// DescribeConfigs (key 32), answer: configuration entries per resource.
package struct DescribeConfigsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    package var results: [Resource] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&results)
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
        /// Configuration entries.
        package var configs: [Entry] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&errorCode)
            try coder.code(&errorMessage)
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
        /// The value; nil for the default.
        package var value: String?
        package var readOnly: Bool = false
        package var configSource: Int8 = -1
        package var isSensitive: Bool = false
        package var synonyms: [Synonym] = []
        package var configType: Int8 = 0
        package var documentation: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&value)
            try coder.code(&readOnly)
            try coder.code(&configSource)
            try coder.code(&isSensitive)
            try coder.code(&synonyms)
            if coder.version >= 3 {
                try coder.code(&configType)
                try coder.code(&documentation)
            }
            try coder.codeTaggedFields()
        }
    }

    /// One synonym of the message.
    package struct Synonym: Message {
        /// The name.
        package var name: String = ""
        /// The value; nil for the default.
        package var value: String?
        package var source: Int8 = 0

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&value)
            try coder.code(&source)
            try coder.codeTaggedFields()
        }
    }
}
