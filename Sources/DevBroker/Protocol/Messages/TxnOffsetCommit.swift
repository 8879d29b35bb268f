/// TxnOffsetCommit (key 28), request: offsets that become committed with a transaction.
package struct TxnOffsetCommitRequest: RequestMessage {
    package typealias Response = TxnOffsetCommitResponse
    package static var api: ApiKey { .txnOffsetCommit }

    /// The id under which a transactional producer is known across restarts.
    package var transactionalId: String = ""
    /// The consumer group.
    package var groupId: String = ""
    /// The producer, as handed out by InitProducerId.
    package var producerId: Int64 = 0
    /// The incarnation of the producer; an older one is fenced.
    package var producerEpoch: Int16 = 0
    /// The group's generation, which fences members of earlier ones.
    package var generationId: Int32 = -1
    /// The member, as named by the coordinator; empty on a first join.
    package var memberId: String = ""
    /// The static member's name; nil for dynamic members.
    package var groupInstanceId: String?
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&transactionalId)
        try coder.code(&groupId)
        try coder.code(&producerId)
        try coder.code(&producerEpoch)
        if coder.version >= 3 {
            try coder.code(&generationId)
            try coder.code(&memberId)
            try coder.code(&groupInstanceId)
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
            if coder.version >= 2 {
                try coder.code(&committedLeaderEpoch)
            }
            try coder.code(&committedMetadata)
            try coder.codeTaggedFields()
        }
    }
}

/// TxnOffsetCommit (key 28), answer: the result per partition.
package struct TxnOffsetCommitResponse: Message {
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
