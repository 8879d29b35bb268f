/// OffsetFetch (key 9), request: the committed offsets to read; several groups from version 8.
package struct OffsetFetchRequest: RequestMessage {
    package typealias Response = OffsetFetchResponse
    package static var api: ApiKey { .offsetFetch }

    /// The consumer group.
    package var groupId: String = ""
    /// The topics.
    package var topics: [Topic]? = []
    /// The groups.
    package var groups: [Group] = []
    /// Whether pending transactional offsets are an error to be retried.
    package var requireStable: Bool = false

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version <= 7 {
            try coder.code(&groupId)
            try coder.code(&topics)
        }
        if coder.version >= 8 {
            try coder.code(&groups)
        }
        if coder.version >= 7 {
            try coder.code(&requireStable)
        }
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The name.
        package var name: String = ""
        package var partitionIndexes: [Int32] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&partitionIndexes)
            try coder.codeTaggedFields()
        }
    }

    /// One group.
    package struct Group: Message {
        /// The consumer group.
        package var groupId: String = ""
        /// The member, as named by the coordinator; empty on a first join.
        package var memberId: String?
        package var memberEpoch: Int32 = -1
        /// The topics.
        package var topics: [GroupTopic]? = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&groupId)
            if coder.version >= 9 {
                try coder.code(&memberId)
                try coder.code(&memberEpoch)
            }
            try coder.code(&topics)
            try coder.codeTaggedFields()
        }
    }

    /// One group topic of the message.
    package struct GroupTopic: Message {
        /// The name.
        package var name: String = ""
        package var partitionIndexes: [Int32] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&partitionIndexes)
            try coder.codeTaggedFields()
        }
    }
}

/// OffsetFetch (key 9), answer: committed offsets and their metadata.
package struct OffsetFetchResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// The topics.
    package var topics: [Topic] = []
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// The groups.
    package var groups: [Group] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 3 {
            try coder.code(&throttleTimeMilliseconds)
        }
        if coder.version <= 7 {
            try coder.code(&topics)
        }
        if coder.version >= 2 && coder.version <= 7 {
            try coder.code(&errorCode)
        }
        if coder.version >= 8 {
            try coder.code(&groups)
        }
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
        /// What the client stored or announced.
        package var metadata: String?
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&committedOffset)
            if coder.version >= 5 {
                try coder.code(&committedLeaderEpoch)
            }
            try coder.code(&metadata)
            try coder.code(&errorCode)
            try coder.codeTaggedFields()
        }
    }

    /// One group.
    package struct Group: Message {
        /// The consumer group.
        package var groupId: String = ""
        /// The topics.
        package var topics: [GroupTopic] = []
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&groupId)
            try coder.code(&topics)
            try coder.code(&errorCode)
            try coder.codeTaggedFields()
        }
    }

    /// One group topic of the message.
    package struct GroupTopic: Message {
        /// The name.
        package var name: String = ""
        /// The partitions.
        package var partitions: [GroupPartition] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&partitions)
            try coder.codeTaggedFields()
        }
    }

    /// One group partition of the message.
    package struct GroupPartition: Message {
        /// The partition.
        package var partitionIndex: Int32 = 0
        /// The next offset to read; -1 when there is none.
        package var committedOffset: Int64 = 0
        /// The leader epoch of the last record consumed; -1 when unknown.
        package var committedLeaderEpoch: Int32 = -1
        /// What the client stored or announced.
        package var metadata: String?
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&committedOffset)
            try coder.code(&committedLeaderEpoch)
            try coder.code(&metadata)
            try coder.code(&errorCode)
            try coder.codeTaggedFields()
        }
    }
}
