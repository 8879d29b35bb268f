/// AddOffsetsToTxn (key 25), request: a group whose offsets join a transaction.
package struct AddOffsetsToTxnRequest: RequestMessage {
    package typealias Response = AddOffsetsToTxnResponse
    package static var api: ApiKey { .addOffsetsToTxn }

    /// The id under which a transactional producer is known across restarts.
    package var transactionalId: String = ""
    /// The producer, as handed out by InitProducerId.
    package var producerId: Int64 = 0
    /// The incarnation of the producer; an older one is fenced.
    package var producerEpoch: Int16 = 0
    /// The consumer group.
    package var groupId: String = ""

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&transactionalId)
        try coder.code(&producerId)
        try coder.code(&producerEpoch)
        try coder.code(&groupId)
        try coder.codeTaggedFields()
    }
}

/// AddOffsetsToTxn (key 25), answer: the result.
package struct AddOffsetsToTxnResponse: Message {
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
