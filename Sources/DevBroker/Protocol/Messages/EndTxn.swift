/// EndTxn (key 26), request: the decision to commit or abort a transaction.
package struct EndTxnRequest: RequestMessage {
    package typealias Response = EndTxnResponse
    package static var api: ApiKey { .endTxn }

    /// The id under which a transactional producer is known across restarts.
    package var transactionalId: String = ""
    /// The producer, as handed out by InitProducerId.
    package var producerId: Int64 = 0
    /// The incarnation of the producer; an older one is fenced.
    package var producerEpoch: Int16 = 0
    /// Whether to commit; false to abort.
    package var committed: Bool = false

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&transactionalId)
        try coder.code(&producerId)
        try coder.code(&producerEpoch)
        try coder.code(&committed)
        try coder.codeTaggedFields()
    }
}

/// EndTxn (key 26), answer: the result.
package struct EndTxnResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&errorCode)
        try coder.codeTaggedFields()
    }
}
