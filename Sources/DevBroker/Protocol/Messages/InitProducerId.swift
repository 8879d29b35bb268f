/// InitProducerId (key 22), request: the wish for a producer id and epoch.
package struct InitProducerIdRequest: RequestMessage {
    package typealias Response = InitProducerIdResponse
    package static var api: ApiKey { .initProducerId }

    /// The id under which a transactional producer is known across restarts.
    package var transactionalId: String?
    /// After how long the broker aborts an open transaction.
    package var transactionTimeoutMilliseconds: Int32 = 0
    /// The producer, as handed out by InitProducerId.
    package var producerId: Int64 = -1
    /// The incarnation of the producer; an older one is fenced.
    package var producerEpoch: Int16 = -1

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&transactionalId)
        try coder.code(&transactionTimeoutMilliseconds)
        if coder.version >= 3 {
            try coder.code(&producerId)
            try coder.code(&producerEpoch)
        }
        try coder.codeTaggedFields()
    }
}

/// InitProducerId (key 22), answer: the producer id and epoch to use.
package struct InitProducerIdResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// The producer, as handed out by InitProducerId.
    package var producerId: Int64 = -1
    /// The incarnation of the producer; an older one is fenced.
    package var producerEpoch: Int16 = 0

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&errorCode)
        try coder.code(&producerId)
        try coder.code(&producerEpoch)
        try coder.codeTaggedFields()
    }
}
