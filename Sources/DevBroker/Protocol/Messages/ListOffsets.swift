/// ListOffsets (key 2), request: offsets to look up by timestamp or as earliest (-2) or latest (-1).
package struct ListOffsetsRequest: RequestMessage {
    package typealias Response = ListOffsetsResponse
    package static var api: ApiKey { .listOffsets }

    /// -1 for a client.
    package var replicaId: Int32 = 0
    /// 0: read uncommitted; 1: read committed.
    package var isolationLevel: Int8 = 0
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&replicaId)
        if coder.version >= 2 {
            try coder.code(&isolationLevel)
        }
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
        /// The leader epoch that the client knows; -1 to skip the check.
        package var currentLeaderEpoch: Int32 = -1
        /// Milliseconds since 1970, or a special value.
        package var timestamp: Int64 = 0

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            if coder.version >= 4 {
                try coder.code(&currentLeaderEpoch)
            }
            try coder.code(&timestamp)
            try coder.codeTaggedFields()
        }
    }
}

/// ListOffsets (key 2), answer: the offset found per partition.
package struct ListOffsetsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 2 {
            try coder.code(&throttleTimeMilliseconds)
        }
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
        /// Milliseconds since 1970, or a special value.
        package var timestamp: Int64 = -1
        /// The offset.
        package var offset: Int64 = -1
        /// The leader epoch; always 0 here.
        package var leaderEpoch: Int32 = -1

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&errorCode)
            try coder.code(&timestamp)
            try coder.code(&offset)
            if coder.version >= 4 {
                try coder.code(&leaderEpoch)
            }
            try coder.codeTaggedFields()
        }
    }
}
