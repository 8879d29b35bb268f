/// DeleteTopics (key 20), request: topics to delete by name, or by id from version 6.
package struct DeleteTopicsRequest: RequestMessage {
    package typealias Response = DeleteTopicsResponse
    package static var api: ApiKey { .deleteTopics }

    /// The topics.
    package var topics: [Topic] = []
    package var topicNames: [String] = []
    /// How long the broker may take.
    package var timeoutMilliseconds: Int32 = 0

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 6 {
            try coder.code(&topics)
        }
        if coder.version <= 5 {
            try coder.code(&topicNames)
        }
        try coder.code(&timeoutMilliseconds)
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The name.
        package var name: String?
        /// The topic's id; zero when unknown.
        package var topicId: TopicId = .zero

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&topicId)
            try coder.codeTaggedFields()
        }
    }
}

/// DeleteTopics (key 20), answer: the result per topic.
package struct DeleteTopicsResponse: Message {
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
        package var name: String?
        /// The topic's id; zero when unknown.
        package var topicId: TopicId = .zero
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// Text for people; nil when there is no error.
        package var errorMessage: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            if coder.version >= 6 {
                try coder.code(&topicId)
            }
            try coder.code(&errorCode)
            if coder.version >= 5 {
                try coder.code(&errorMessage)
            }
            try coder.codeTaggedFields()
        }
    }
}
