extension Broker {
    /// Describes the brokers and topics, creating topics that are missing where that is allowed.
    func metadata(_ request: MetadataRequest, _ context: RequestContext) throws(DevBrokerError) -> MetadataResponse {
        var response = MetadataResponse()
        var broker = MetadataResponse.Broker()
        broker.nodeId = configuration.nodeId
        broker.host = advertisedHost
        broker.port = advertisedPort
        response.brokers = [broker]
        response.clusterId = configuration.clusterId
        response.controllerId = configuration.nodeId
        var wanted = request.topics
        // In the first version an empty list means all.
        if context.version == 0, wanted?.isEmpty ?? false { wanted = nil }
        guard let wanted else {
            response.topics = topics.values.sorted { $0.name < $1.name }.map { describe($0) }
            return response
        }
        for topicRequest in wanted {
            response.topics.append(
                try describe(topicRequest, mayCreate: request.allowAutoTopicCreation || context.version < 4))
        }
        return response
    }

    private func describe(
        _ request: MetadataRequest.Topic, mayCreate: Bool
    ) throws(DevBrokerError) -> MetadataResponse.Topic {
        var entry = MetadataResponse.Topic()
        guard let name = request.name else {
            if let topic = topics.values.first(where: { $0.id == request.topicId }) { return describe(topic) }
            entry.topicId = request.topicId
            entry.errorCode = .unknownTopicId
            return entry
        }
        if let topic = topics[name] { return describe(topic) }
        entry.name = name
        guard Topic.isLegalName(name) else {
            entry.errorCode = .invalidTopic
            return entry
        }
        guard mayCreate, configuration.createsTopicsAutomatically else {
            entry.errorCode = .unknownTopicOrPartition
            return entry
        }
        return describe(
            try createTopic(
                name, partitionCount: configuration.defaultPartitionCount,
                TopicConfiguration([:], defaults: configuration)))
    }

    private func describe(_ topic: Topic) -> MetadataResponse.Topic {
        var entry = MetadataResponse.Topic()
        entry.name = topic.name
        entry.topicId = topic.id
        entry.partitions = topic.logs.indices.map { index in
            var partition = MetadataResponse.Partition()
            partition.partitionIndex = Int32(index)
            partition.leaderId = configuration.nodeId
            partition.leaderEpoch = 0
            partition.replicaNodes = [configuration.nodeId]
            partition.isrNodes = [configuration.nodeId]
            return partition
        }
        return entry
    }

    func describeCluster(_ request: DescribeClusterRequest) -> DescribeClusterResponse {
        var response = DescribeClusterResponse()
        response.endpointType = request.endpointType
        response.clusterId = configuration.clusterId
        response.controllerId = configuration.nodeId
        var broker = DescribeClusterResponse.Broker()
        broker.brokerId = configuration.nodeId
        broker.host = advertisedHost
        broker.port = advertisedPort
        response.brokers = [broker]
        return response
    }

    /// Every group and transaction has the same coordinator: this broker.
    func findCoordinator(_ request: FindCoordinatorRequest, _ context: RequestContext) -> FindCoordinatorResponse {
        var response = FindCoordinatorResponse()
        guard (0...1).contains(request.keyType) else {
            response.errorCode = .invalidRequest
            response.coordinators = request.coordinatorKeys.map { key in
                var coordinator = FindCoordinatorResponse.Coordinator()
                coordinator.key = key
                coordinator.errorCode = .invalidRequest
                return coordinator
            }
            return response
        }
        response.nodeId = configuration.nodeId
        response.host = advertisedHost
        response.port = advertisedPort
        response.coordinators = request.coordinatorKeys.map { key in
            var coordinator = FindCoordinatorResponse.Coordinator()
            coordinator.key = key
            coordinator.nodeId = configuration.nodeId
            coordinator.host = advertisedHost
            coordinator.port = advertisedPort
            return coordinator
        }
        return response
    }
}
