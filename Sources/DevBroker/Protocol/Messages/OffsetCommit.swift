/// OffsetCommit (key 8), request: offsets to store for a group.
package struct OffsetCommitRequest: RequestMessage {
    package typealias Response = OffsetCommitResponse
    package static var api: ApiKey { .offsetCommit }

    /// The consumer group.
    package var groupId: String = ""
    /// The group's generation; -1 for a client that is no member.
    package var generationIdOrMemberEpoch: Int32 = -1
    /// The member, as named by the coordinator; empty on a first join.
    package var memberId: String = ""
    /// The static member's name; nil for dynamic members.
    package var groupInstanceId: String?
    /// Ignored.
    package var retentionTimeMilliseconds: Int64 = -1
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&groupId)
        try coder.code(&generationIdOrMemberEpoch)
        try coder.code(&memberId)
        if coder.version >= 7 {
            try coder.code(&groupInstanceId)
        }
        if coder.version <= 4 {
            try coder.code(&retentionTimeMilliseconds)
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
        /// The next offset to read; -1 when there is none.
        package var committedOffset: Int64 = 0
        /// The leader epoch of the last record consumed; -1 when unknown.
        package var committedLeaderEpoch: Int32 = -1
        /// Free text of the client.
        package var committedMetadata: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&committedOffset)
            if coder.version >= 6 {
                try coder.code(&committedLeaderEpoch)
            }
            try coder.code(&committedMetadata)
            try coder.codeTaggedFields()
        }
    }
}

/// OffsetCommit (key 8), answer: the result per partition.
package struct OffsetCommitResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 3 {
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

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&errorCode)
            try coder.codeTaggedFields()
        }
    }
}
