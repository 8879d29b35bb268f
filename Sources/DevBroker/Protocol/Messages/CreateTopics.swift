/// CreateTopics (key 19), request: topics to create.
package struct CreateTopicsRequest: RequestMessage {
    package typealias Response = CreateTopicsResponse
    package static var api: ApiKey { .createTopics }

    /// The topics.
    package var topics: [Topic] = []
    /// How long the broker may take.
    package var timeoutMilliseconds: Int32 = 60000
    /// Whether only to check.
    package var validateOnly: Bool = false

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&topics)
        try coder.code(&timeoutMilliseconds)
        try coder.code(&validateOnly)
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The name.
        package var name: String = ""
        /// The number of partitions; -1 for the broker's default.
        package var numPartitions: Int32 = 0
        /// Ignored: there is one broker.
        package var replicationFactor: Int16 = 0
        /// The leader's assignments; empty for followers.
        package var assignments: [Assignment] = []
        /// Configuration entries.
        package var configs: [Config] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&numPartitions)
            try coder.code(&replicationFactor)
            try coder.code(&assignments)
            try coder.code(&configs)
            try coder.codeTaggedFields()
        }
    }

    /// One assignment of the message.
    package struct Assignment: Message {
        /// The partition.
        package var partitionIndex: Int32 = 0
        package var brokerIds: [Int32] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&brokerIds)
            try coder.codeTaggedFields()
        }
    }

    /// One config of the message.
    package struct Config: Message {
        /// The name.
        package var name: String = ""
        /// The value; nil for the default.
        package var value: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&value)
            try coder.codeTaggedFields()
        }
    }
}

/// CreateTopics (key 19), answer: the result per topic.
package struct CreateTopicsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&topics)
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The name.
        package var name: String = ""
        /// The topic's id; zero when unknown.
        package var topicId: TopicId = .zero
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// Text for people; nil when there is no error.
        package var errorMessage: String?
        /// The number of partitions; -1 for the broker's default.
        package var numPartitions: Int32 = -1
        /// Ignored: there is one broker.
        package var replicationFactor: Int16 = -1
        /// Configuration entries.
        package var configs: [Config]? = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            if coder.version >= 7 {
                try coder.code(&topicId)
            }
            try coder.code(&errorCode)
            try coder.code(&errorMessage)
            if coder.version >= 5 {
                try coder.code(&numPartitions)
                try coder.code(&replicationFactor)
                try coder.code(&configs)
            }
            try coder.codeTaggedFields()
        }
    }

    /// One config of the message.
    package struct Config: Message {
        /// The name.
        package var name: String = ""
        /// The value; nil for the default.
        package var value: String?
        package var readOnly: Bool = false
        package var configSource: Int8 = -1
        package var isSensitive: Bool = false

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&value)
            try coder.code(&readOnly)
            try coder.code(&configSource)
            try coder.code(&isSensitive)
            try coder.codeTaggedFields()
        }
    }
}
