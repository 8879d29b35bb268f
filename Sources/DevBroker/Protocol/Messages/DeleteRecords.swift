/// DeleteRecords (key 21), request: the offset before which records go, per partition.
package struct DeleteRecordsRequest: RequestMessage {
    package typealias Response = DeleteRecordsResponse
    package static var api: ApiKey { .deleteRecords }

    /// The topics.
    package var topics: [Topic] = []
    /// How long the broker may take.
    package var timeoutMilliseconds: Int32 = 0

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&topics)
        try coder.code(&timeoutMilliseconds)
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
        /// The offset.
        package var offset: Int64 = 0

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&offset)
            try coder.codeTaggedFields()
        }
    }
}

/// DeleteRecords (key 21), answer: the new first offset per partition.
package struct DeleteRecordsResponse: Message {
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
        /// The first offset kept.
        package var lowWatermark: Int64 = 0
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&lowWatermark)
            try coder.code(&errorCode)
            try coder.codeTaggedFields()
        }
    }
}
