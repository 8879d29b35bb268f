/// OffsetDelete (key 47), request: committed offsets to delete.
package struct OffsetDeleteRequest: RequestMessage {
    package typealias Response = OffsetDeleteResponse
    package static var api: ApiKey { .offsetDelete }

    /// The consumer group.
    package var groupId: String = ""
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&groupId)
        try coder.code(&topics)
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The name.
        package var name: String = ""
        /// The partitions.
        package var partitions: [Partition] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&partitions)
            try coder.codeTaggedFields()
        }
    }

    /// One partition.
    package struct Partition: Message {
        /// The partition.
        package var partitionIndex: Int32 = 0

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.codeTaggedFields()
        }
    }
}

/// OffsetDelete (key 47), answer: the result per partition.
package struct OffsetDeleteResponse: Message {
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&errorCode)
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&topics)
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The name.
        package var name: String = ""
        /// The partitions.
        package var partitions: [Partition] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&partitions)
            try coder.codeTaggedFields()
        }
    }

    /// One partition.
    package struct Partition: Message {
        /// The partition.
        package var partitionIndex: Int32 = 0
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&errorCode)
            try coder.codeTaggedFields()
        }
    }
}
