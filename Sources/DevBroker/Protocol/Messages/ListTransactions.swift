/// ListTransactions (key 66), request: filters on the transactions to list.
package struct ListTransactionsRequest: RequestMessage {
    package typealias Response = ListTransactionsResponse
    package static var api: ApiKey { .listTransactions }

    package var stateFilters: [String] = []
    package var producerIdFilters: [Int64] = []
    package var durationFilter: Int64 = -1

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&stateFilters)
        try coder.code(&producerIdFilters)
        if coder.version >= 1 {
            try coder.code(&durationFilter)
        }
        try coder.codeTaggedFields()
    }
}

/// ListTransactions (key 66), answer: the transactions known.
package struct ListTransactionsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    package var unknownStateFilters: [String] = []
    package var transactionStates: [TransactionState] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&errorCode)
        try coder.code(&unknownStateFilters)
        try coder.code(&transactionStates)
        try coder.codeTaggedFields()
    }

    /// One transaction state of the message.
    package struct TransactionState: Message {
        /// The id under which a transactional producer is known across restarts.
        package var transactionalId: String = ""
        /// The producer, as handed out by InitProducerId.
        package var producerId: Int64 = 0
        package var transactionState: String = ""

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&transactionalId)
            try coder.code(&producerId)
            try coder.code(&transactionState)
            try coder.codeTaggedFields()
        }
    }
}
