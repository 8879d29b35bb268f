/// Metadata (key 3), request: the topics to describe; nil for all.
package struct MetadataRequest: RequestMessage {
    package typealias Response = MetadataResponse
    package static var api: ApiKey { .metadata }

    /// The topics.
    package var topics: [Topic]? = []
    /// Whether unknown topics may be created.
    package var allowAutoTopicCreation: Bool = true
    package var includeClusterAuthorizedOperations: Bool = false
    package var includeTopicAuthorizedOperations: Bool = false

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&topics)
        if coder.version >= 4 {
            try coder.code(&allowAutoTopicCreation)
        }
        if coder.version >= 8 && coder.version <= 10 {
            try coder.code(&includeClusterAuthorizedOperations)
        }
        if coder.version >= 8 {
            try coder.code(&includeTopicAuthorizedOperations)
        }
        try coder.codeTaggedFields()
    }

    /// One topic.
    package struct Topic: Message {
        /// The topic's id; zero when unknown.
        package var topicId: TopicId = .zero
        /// The name.
        package var name: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            if coder.version >= 10 {
                try coder.code(&topicId)
            }
            try coder.code(&name)
            try coder.codeTaggedFields()
        }
    }
}

/// Metadata (key 3), answer: brokers, topics and partition leaders.
package struct MetadataResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// The brokers.
    package var brokers: [Broker] = []
    /// The cluster's id.
    package var clusterId: String?
    /// The controller: this broker.
    package var controllerId: Int32 = -1
    /// The topics.
    package var topics: [Topic] = []
    package var clusterAuthorizedOperations: Int32 = .min

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 3 {
            try coder.code(&throttleTimeMilliseconds)
        }
        try coder.code(&brokers)
        if coder.version >= 2 {
            try coder.code(&clusterId)
        }
        if coder.version >= 1 {
            try coder.code(&controllerId)
        }
        try coder.code(&topics)
        if coder.version >= 8 && coder.version <= 10 {
            try coder.code(&clusterAuthorizedOperations)
        }
        try coder.codeTaggedFields()
    }

    /// One broker.
    package struct Broker: Message {
        /// The broker's id.
        package var nodeId: Int32 = 0
        /// The host.
        package var host: String = ""
        /// The port.
        package var port: Int32 = 0
        /// Always nil here.
        package var rack: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&nodeId)
            try coder.code(&host)
            try coder.code(&port)
            if coder.version >= 1 {
                try coder.code(&rack)
            }
            try coder.codeTaggedFields()
        }
    }

    /// One topic.
    package struct Topic: Message {
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// The name.
        package var name: String?
        /// The topic's id; zero when unknown.
        package var topicId: TopicId = .zero
        /// Always false here.
        package var isInternal: Bool = false
        /// The partitions.
        package var partitions: [Partition] = []
        package var topicAuthorizedOperations: Int32 = .min

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&errorCode)
            try coder.code(&name)
            if coder.version >= 10 {
                try coder.code(&topicId)
            }
            if coder.version >= 1 {
                try coder.code(&isInternal)
            }
            try coder.code(&partitions)
            if coder.version >= 8 {
                try coder.code(&topicAuthorizedOperations)
            }
            try coder.codeTaggedFields()
        }
    }

    /// One partition.
    package struct Partition: Message {
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// The partition.
        package var partitionIndex: Int32 = 0
        /// The leader.
        package var leaderId: Int32 = 0
        /// The leader epoch; always 0 here.
        package var leaderEpoch: Int32 = -1
        package var replicaNodes: [Int32] = []
        package var isrNodes: [Int32] = []
        package var offlineReplicas: [Int32] = []

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&errorCode)
            try coder.code(&partitionIndex)
            try coder.code(&leaderId)
            if coder.version >= 7 {
                try coder.code(&leaderEpoch)
            }
            try coder.code(&replicaNodes)
            try coder.code(&isrNodes)
            if coder.version >= 5 {
                try coder.code(&offlineReplicas)
            }
            try coder.codeTaggedFields()
        }
    }
}
