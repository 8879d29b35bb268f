/// AddPartitionsToTxn (key 24), request: partitions that join a transaction.
package struct AddPartitionsToTxnRequest: RequestMessage {
    package typealias Response = AddPartitionsToTxnResponse
    package static var api: ApiKey { .addPartitionsToTxn }

    /// The id under which a transactional producer is known across restarts.
    package var transactionalId: String = ""
    /// The producer, as handed out by InitProducerId.
    package var producerId: Int64 = 0
    /// The incarnation of the producer; an older one is fenced.
    package var producerEpoch: Int16 = 0
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&transactionalId)
        try coder.code(&producerId)
        try coder.code(&producerEpoch)
        try coder.code(&topics)
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The name.
        package var name: String = ""
        /// The partitions.
        package var partitions: [Int32] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&partitions)
            try coder.codeTaggedFields()
        }
    }
}

/// AddPartitionsToTxn (key 24), answer: the result per partition.
package struct AddPartitionsToTxnResponse: Message {
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
