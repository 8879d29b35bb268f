package import NIOCore

/// Fetch (key 1), request: the partitions to read, from which offset, and how long to wait for data.
package struct FetchRequest: RequestMessage {
    package typealias Response = FetchResponse
    package static var api: ApiKey { .fetch }

    /// -1 for a client.
    package var replicaId: Int32 = -1
    /// How long the broker may hold the request when there is too little data.
    package var maxWaitMilliseconds: Int32 = 0
    /// The bytes to wait for.
    package var minBytes: Int32 = 0
    /// The most bytes of record batches in the answer; one batch is always sent.
    package var maxBytes: Int32 = .max
    /// 0: read uncommitted; 1: read committed.
    package var isolationLevel: Int8 = 0
    /// 0 for a full fetch; this broker keeps no sessions.
    package var sessionId: Int32 = 0
    /// The fetch session's epoch.
    package var sessionEpoch: Int32 = -1
    /// The topics.
    package var topics: [Topic] = []
    package var forgottenTopics: [ForgottenTopic] = []
    package var rackId: String = ""

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&replicaId)
        try coder.code(&maxWaitMilliseconds)
        try coder.code(&minBytes)
        try coder.code(&maxBytes)
        try coder.code(&isolationLevel)
        if coder.version >= 7 {
            try coder.code(&sessionId)
            try coder.code(&sessionEpoch)
        }
        try coder.code(&topics)
        if coder.version >= 7 {
            try coder.code(&forgottenTopics)
        }
        if coder.version >= 11 {
            try coder.code(&rackId)
        }
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
        /// The first offset wanted.
        package var fetchOffset: Int64 = 0
        package var lastFetchedEpoch: Int32 = -1
        /// The first offset kept.
        package var logStartOffset: Int64 = -1
        /// The most bytes for this partition.
        package var partitionMaxBytes: Int32 = 0

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partition)
            if coder.version >= 9 {
                try coder.code(&currentLeaderEpoch)
            }
            try coder.code(&fetchOffset)
            if coder.version >= 12 {
                try coder.code(&lastFetchedEpoch)
            }
            if coder.version >= 5 {
                try coder.code(&logStartOffset)
            }
            try coder.code(&partitionMaxBytes)
            try coder.codeTaggedFields()
        }
    }

    /// One forgotten topic of the message.
    package struct ForgottenTopic: Message {
        /// The topic's name.
        package var topic: String = ""
        /// The partitions.
        package var partitions: [Int32] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&topic)
            try coder.code(&partitions)
            try coder.codeTaggedFields()
        }
    }
}

/// Fetch (key 1), answer: record batches, end offsets and aborted transactions per partition.
package struct FetchResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// 0 for a full fetch; this broker keeps no sessions.
    package var sessionId: Int32 = 0
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        if coder.version >= 7 {
            try coder.code(&errorCode)
            try coder.code(&sessionId)
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
        package var partitionIndex: Int32 = 0
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// The end of the log.
        package var highWatermark: Int64 = 0
        /// The offset before which every transaction is decided.
        package var lastStableOffset: Int64 = -1
        /// The first offset kept.
        package var logStartOffset: Int64 = -1
        /// Aborted transactions that overlap the batches; nil for read uncommitted.
        package var abortedTransactions: [AbortedTransaction]? = []
        package var preferredReadReplica: Int32 = -1
        /// Record batches as sent, never parsed here; nil for none.
        package var records: ByteBuffer?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&errorCode)
            try coder.code(&highWatermark)
            try coder.code(&lastStableOffset)
            if coder.version >= 5 {
                try coder.code(&logStartOffset)
            }
            try coder.code(&abortedTransactions)
            if coder.version >= 11 {
                try coder.code(&preferredReadReplica)
            }
            try coder.codeRecords(&records)
            try coder.codeTaggedFields()
        }
    }

    /// One aborted transaction of the message.
    package struct AbortedTransaction: Message {
        /// The producer, as handed out by InitProducerId.
        package var producerId: Int64 = 0
        /// The first offset of the transaction in the partition.
        package var firstOffset: Int64 = 0

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&producerId)
            try coder.code(&firstOffset)
            try coder.codeTaggedFields()
        }
    }
}
