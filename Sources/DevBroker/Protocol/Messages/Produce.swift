package import NIOCore

/// Produce (key 0), request: record batches to append, per partition.
package struct ProduceRequest: RequestMessage {
    package typealias Response = ProduceResponse
    package static var api: ApiKey { .produce }

    /// The id under which a transactional producer is known across restarts.
    package var transactionalId: String?
    /// 0: no answer; 1 or -1: answered when appended.
    package var acks: Int16 = 0
    /// How long the broker may take.
    package var timeoutMilliseconds: Int32 = 0
    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 3 {
            try coder.code(&transactionalId)
        }
        try coder.code(&acks)
        try coder.code(&timeoutMilliseconds)
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
        package var index: Int32 = 0
        /// Record batches as sent, never parsed here; nil for none.
        package var records: ByteBuffer?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&index)
            try coder.codeRecords(&records)
            try coder.codeTaggedFields()
        }
    }
}

/// Produce (key 0), answer: the offset that each batch got, or why it was refused.
package struct ProduceResponse: Message {
    /// The topics.
    package var topics: [Topic] = []
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&topics)
        if coder.version >= 1 {
            try coder.code(&throttleTimeMilliseconds)
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
        package var index: Int32 = 0
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// The offset of the first record.
        package var baseOffset: Int64 = 0
        /// -1 when the topic keeps the client's timestamps.
        package var logAppendTimeMilliseconds: Int64 = -1
        /// The first offset kept.
        package var logStartOffset: Int64 = -1
        package var recordErrors: [RecordError] = []
        /// Text for people; nil when there is no error.
        package var errorMessage: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&index)
            try coder.code(&errorCode)
            try coder.code(&baseOffset)
            if coder.version >= 2 {
                try coder.code(&logAppendTimeMilliseconds)
            }
            if coder.version >= 5 {
                try coder.code(&logStartOffset)
            }
            if coder.version >= 8 {
                try coder.code(&recordErrors)
                try coder.code(&errorMessage)
            }
            try coder.codeTaggedFields()
        }
    }

    /// One record error of the message.
    package struct RecordError: Message {
        package var batchIndex: Int32 = 0
        package var batchIndexErrorMessage: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&batchIndex)
            try coder.code(&batchIndexErrorMessage)
            try coder.codeTaggedFields()
        }
    }
}
