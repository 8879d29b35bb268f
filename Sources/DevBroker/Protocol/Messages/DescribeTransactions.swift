/// DescribeTransactions (key 65), request: transactional ids to describe.
package struct DescribeTransactionsRequest: RequestMessage {
    package typealias Response = DescribeTransactionsResponse
    package static var api: ApiKey { .describeTransactions }

    package var transactionalIds: [String] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&transactionalIds)
        try coder.codeTaggedFields()
    }
}

/// DescribeTransactions (key 65), answer: state and partitions of each transaction.
package struct DescribeTransactionsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    package var transactionStates: [TransactionState] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&transactionStates)
        try coder.codeTaggedFields()
    }

    /// One transaction state of the message.
    package struct TransactionState: Message {
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// The id under which a transactional producer is known across restarts.
        package var transactionalId: String = ""
        package var transactionState: String = ""
        /// After how long the broker aborts an open transaction.
        package var transactionTimeoutMilliseconds: Int32 = 0
        package var transactionStartTimeMilliseconds: Int64 = 0
        /// The producer, as handed out by InitProducerId.
        package var producerId: Int64 = 0
        /// The incarnation of the producer; an older one is fenced.
        package var producerEpoch: Int16 = 0
        /// The topics.
        package var topics: [Topic] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&errorCode)
            try coder.code(&transactionalId)
            try coder.code(&transactionState)
            try coder.code(&transactionTimeoutMilliseconds)
            try coder.code(&transactionStartTimeMilliseconds)
            try coder.code(&producerId)
            try coder.code(&producerEpoch)
            try coder.code(&topics)
            try coder.codeTaggedFields()
        }
    }

    /// One topic.
    package struct Topic: Message {
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
