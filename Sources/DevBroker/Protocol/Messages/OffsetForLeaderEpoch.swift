/// OffsetForLeaderEpoch (key 23), request: leader epochs whose end offsets are asked for.
package struct OffsetForLeaderEpochRequest: RequestMessage {
    package typealias Response = OffsetForLeaderEpochResponse
    package static var api: ApiKey { .offsetForLeaderEpoch }

    /// -1 for a client.
    package var replicaId: Int32 = -2
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 3 {
            try coder.code(&replicaId)
        }
        try coder.code(&topics)
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The topic's name.
        package var topic: String = ""
        /// The partitions.
        package var partitions: [Partition] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&topic)
            try coder.code(&partitions)
            try coder.codeTaggedFields()
        }
    }

    /// One partition.
    package struct Partition: Message {
        /// The partition.
        package var partition: Int32 = 0
        /// The leader epoch that the client knows; -1 to skip the check.
        package var currentLeaderEpoch: Int32 = -1
        /// The leader epoch; always 0 here.
        package var leaderEpoch: Int32 = 0

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partition)
            try coder.code(&currentLeaderEpoch)
            try coder.code(&leaderEpoch)
            try coder.codeTaggedFields()
        }
    }
}

/// OffsetForLeaderEpoch (key 23), answer: the end offset of each epoch.
package struct OffsetForLeaderEpochResponse: Message {
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
        /// The topic's name.
        package var topic: String = ""
        /// The partitions.
        package var partitions: [Partition] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&topic)
            try coder.code(&partitions)
            try coder.codeTaggedFields()
        }
    }

    /// One partition.
    package struct Partition: Message {
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// The partition.
        package var partition: Int32 = 0
        /// The leader epoch; always 0 here.
        package var leaderEpoch: Int32 = -1
        /// The end of the epoch.
        package var endOffset: Int64 = -1

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&errorCode)
            try coder.code(&partition)
            try coder.code(&leaderEpoch)
            try coder.code(&endOffset)
            try coder.codeTaggedFields()
        }
    }
}
