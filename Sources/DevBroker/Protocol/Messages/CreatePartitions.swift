/// CreatePartitions (key 37), request: topics to grow to a number of partitions.
package struct CreatePartitionsRequest: RequestMessage {
    package typealias Response = CreatePartitionsResponse
    package static var api: ApiKey { .createPartitions }

    /// The topics.
    package var topics: [Topic] = []
    /// How long the broker may take.
    package var timeoutMilliseconds: Int32 = 0
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
        package var count: Int32 = 0
        /// The leader's assignments; empty for followers.
        package var assignments: [Assignment]? = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&count)
            try coder.code(&assignments)
            try coder.codeTaggedFields()
        }
    }

    /// One assignment of the message.
    package struct Assignment: Message {
        package var brokerIds: [Int32] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&brokerIds)
            try coder.codeTaggedFields()
        }
    }
}

/// CreatePartitions (key 37), answer: the result per topic.
package struct CreatePartitionsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    package var results: [Result] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&results)
        try coder.codeTaggedFields()
    }

    /// One result of the message.
    package struct Result: Message {
        /// The name.
        package var name: String = ""
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// Text for people; nil when there is no error.
        package var errorMessage: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&errorCode)
            try coder.code(&errorMessage)
            try coder.codeTaggedFields()
        }
    }
}
