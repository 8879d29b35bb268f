/// DescribeProducers (key 61), request: partitions whose producers are asked for.
package struct DescribeProducersRequest: RequestMessage {
    package typealias Response = DescribeProducersResponse
    package static var api: ApiKey { .describeProducers }

    /// The topics.
    package var topics: [Topic] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&topics)
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
}

/// DescribeProducers (key 61), answer: the active producers per partition.
package struct DescribeProducersResponse: Message {
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
        /// Text for people; nil when there is no error.
        package var errorMessage: String?
        package var activeProducers: [ActiveProducer] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&partitionIndex)
            try coder.code(&errorCode)
            try coder.code(&errorMessage)
            try coder.code(&activeProducers)
            try coder.codeTaggedFields()
        }
    }

    /// One active producer of the message.
    package struct ActiveProducer: Message {
        /// The producer, as handed out by InitProducerId.
        package var producerId: Int64 = 0
        /// The incarnation of the producer; an older one is fenced.
        package var producerEpoch: Int32 = 0
        package var lastSequence: Int32 = -1
        package var lastTimestamp: Int64 = -1
        package var coordinatorEpoch: Int32 = 0
        package var currentTxnStartOffset: Int64 = -1

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&producerId)
            try coder.code(&producerEpoch)
            try coder.code(&lastSequence)
            try coder.code(&lastTimestamp)
            try coder.code(&coordinatorEpoch)
            try coder.code(&currentTxnStartOffset)
            try coder.codeTaggedFields()
        }
    }
}
