extension Broker {
    /// Creates a topic that does not exist yet.
    @discardableResult
    package func createTopic(
        _ name: String, partitionCount: Int32, _ topicConfiguration: TopicConfiguration
    ) throws(DevBrokerError) -> Topic {
        let topic = Topic(name: name, id: random.topicId(), configuration: topicConfiguration)
        // Folders that an earlier topic of that name left behind must not come back to life.
        for partition in 0..<partitionCount {
            try storage.removeFolder(Topic.folder(name, partition))
        }
        for partition in 0..<partitionCount { topic.logs.append(try openLog(topic, partition)) }
        try record(topic)
        topics[name] = topic
        return topic
    }

    /// Creates a topic unless there is one of that name.
    ///
    /// - Throws: `configuration` when the name, the number of partitions or a setting is not allowed.
    package func ensureTopic(
        _ name: String, partitionCount: Int32, settings: [String: String]
    ) throws(DevBrokerError) {
        guard topics[name] == nil else { return }
        guard Topic.isLegalName(name) else {
            throw .configuration("\(name) is no topic name: use letters, digits, '.', '_' and '-'")
        }
        guard (1...configuration.maxPartitionCount).contains(partitionCount) else {
            throw .configuration(
                "a topic has 1 to \(configuration.maxPartitionCount) partitions, not \(partitionCount)")
        }
        try createTopic(name, partitionCount: partitionCount, TopicConfiguration(settings, defaults: configuration))
    }

    func createTopics(_ request: CreateTopicsRequest) throws(DevBrokerError) -> CreateTopicsResponse {
        var response = CreateTopicsResponse()
        for topicRequest in request.topics {
            var entry = CreateTopicsResponse.Topic()
            entry.name = topicRequest.name
            entry.configs = []
            let isRepeated = request.topics.filter { $0.name == topicRequest.name }.count > 1
            if isRepeated {
                entry.errorCode = .invalidRequest
                entry.errorMessage = "The request names the topic twice."
            } else {
                try create(topicRequest, validateOnly: request.validateOnly, into: &entry)
            }
            response.topics.append(entry)
        }
        return response
    }

    private func create(
        _ request: CreateTopicsRequest.Topic, validateOnly: Bool, into entry: inout CreateTopicsResponse.Topic
    ) throws(DevBrokerError) {
        let refuse = { (error: ErrorCode, message: String, entry: inout CreateTopicsResponse.Topic) in
            entry.errorCode = error
            entry.errorMessage = message
        }
        guard Topic.isLegalName(request.name) else {
            return refuse(.invalidTopic, "The name is not allowed.", &entry)
        }
        guard topics[request.name] == nil else {
            return refuse(.topicAlreadyExists, "Topic '\(request.name)' already exists.", &entry)
        }
        var partitionCount = request.numPartitions
        if !request.assignments.isEmpty {
            let indexes = request.assignments.map(\.partitionIndex).sorted()
            guard indexes == Array(0..<Int32(indexes.count)),
                request.assignments.allSatisfy({ $0.brokerIds == [configuration.nodeId] })
            else { return refuse(.invalidReplicaAssignment, "There is one broker, \(configuration.nodeId).", &entry) }
            partitionCount = Int32(indexes.count)
        } else if partitionCount == -1 {
            partitionCount = configuration.defaultPartitionCount
        }
        guard (1...configuration.maxPartitionCount).contains(partitionCount) else {
            return refuse(.invalidPartitions, "A topic has 1 to \(configuration.maxPartitionCount) partitions.", &entry)
        }
        guard request.assignments.isEmpty == false || [-1, 1].contains(request.replicationFactor) else {
            return refuse(.invalidReplicationFactor, "There is one broker.", &entry)
        }
        let settings: TopicConfiguration
        do throws(DevBrokerError) {
            let entries = Dictionary(
                request.configs.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { _, last in last })
            settings = try TopicConfiguration(entries, defaults: configuration)
        } catch {
            return refuse(.invalidConfig, error.message, &entry)
        }
        entry.numPartitions = partitionCount
        entry.replicationFactor = 1
        entry.configs = settings.described.map { name, value in
            var config = CreateTopicsResponse.Config()
            config.name = name
            config.value = value
            config.configSource = settings.entries[name] == nil ? ConfigSource.builtIn : ConfigSource.topic
            return config
        }
        guard !validateOnly else { return }
        entry.topicId = try createTopic(request.name, partitionCount: partitionCount, settings).id
    }

    func deleteTopics(
        _ request: DeleteTopicsRequest, _ context: RequestContext
    ) throws(DevBrokerError) -> DeleteTopicsResponse {
        var wanted = request.topics
        if context.version < 6 {
            wanted = request.topicNames.map { name in
                var topic = DeleteTopicsRequest.Topic()
                topic.name = name
                return topic
            }
        }
        var response = DeleteTopicsResponse()
        for topicRequest in wanted {
            var entry = DeleteTopicsResponse.Topic()
            entry.name = topicRequest.name
            entry.topicId = topicRequest.topicId
            let topic =
                topicRequest.name.map { topics[$0] } ?? topics.values.first { $0.id == topicRequest.topicId }
            if let topic {
                entry.name = topic.name
                entry.topicId = topic.id
                try deleteTopic(topic)
            } else {
                entry.errorCode = topicRequest.name == nil ? .unknownTopicId : .unknownTopicOrPartition
            }
            response.topics.append(entry)
        }
        return response
    }

    func deleteTopic(_ topic: Topic) throws(DevBrokerError) {
        try record(.topicDeleted(topic.name))
        topics[topic.name] = nil
        _ = groups.forgetTopic(topic.name)
        for (partition, log) in topic.logs.enumerated() {
            log.close()
            try storage.removeFolder(Topic.folder(topic.name, Int32(partition)))
            waitingFetches.notice(changed: TopicPartition(topic.name, Int32(partition)))
        }
    }

    func createPartitions(_ request: CreatePartitionsRequest) throws(DevBrokerError) -> CreatePartitionsResponse {
        var response = CreatePartitionsResponse()
        for topicRequest in request.topics {
            var result = CreatePartitionsResponse.Result()
            result.name = topicRequest.name
            if let topic = topics[topicRequest.name] {
                let count = Int32(topic.logs.count)
                if topicRequest.count <= count || topicRequest.count > configuration.maxPartitionCount {
                    result.errorCode = .invalidPartitions
                    result.errorMessage = "Topic currently has \(count) partitions; it can only grow."
                } else if !request.validateOnly {
                    for partition in count..<topicRequest.count { topic.logs.append(try openLog(topic, partition)) }
                    try record(topic)
                }
            } else {
                result.errorCode = .unknownTopicOrPartition
            }
            response.results.append(result)
        }
        return response
    }
}

/// Where a setting's value comes from, as DescribeConfigs tells it.
enum ConfigSource {
    static let topic: Int8 = 1
    static let broker: Int8 = 4
    static let builtIn: Int8 = 5
}
