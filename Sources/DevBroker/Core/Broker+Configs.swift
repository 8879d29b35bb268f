extension Broker {
    private static let topicResource: Int8 = 2
    private static let brokerResource: Int8 = 4

    func describeConfigs(_ request: DescribeConfigsRequest) -> DescribeConfigsResponse {
        var response = DescribeConfigsResponse()
        response.results = request.resources.map { resource in
            var result = DescribeConfigsResponse.Resource()
            result.resourceType = resource.resourceType
            result.resourceName = resource.resourceName
            var all: [(name: String, value: String, source: Int8)] = []
            if resource.resourceType == Self.topicResource, let topic = topics[resource.resourceName] {
                all = topic.configuration.described.map { name, value in
                    let isSet = topic.configuration.entries[name] != nil
                    return (name, value, isSet ? ConfigSource.topic : ConfigSource.builtIn)
                }
            } else if resource.resourceType == Self.topicResource {
                result.errorCode = .unknownTopicOrPartition
            } else if resource.resourceType == Self.brokerResource {
                all = brokerSettings.map { ($0.name, $0.value, ConfigSource.broker) }
            } else {
                result.errorCode = .invalidRequest
                result.errorMessage = "Only topics (2) and brokers (4) have settings here."
            }
            let wanted = resource.configurationKeys.map { Set($0) }
            result.configs = all.filter { wanted?.contains($0.name) ?? true }.map { name, value, source in
                var entry = DescribeConfigsResponse.Entry()
                entry.name = name
                entry.value = value
                entry.configSource = source
                entry.readOnly = resource.resourceType == Self.brokerResource
                return entry
            }
            return result
        }
        return response
    }

    private var brokerSettings: [(name: String, value: String)] {
        [
            ("auto.create.topics.enable", String(configuration.createsTopicsAutomatically)),
            ("message.max.bytes", String(configuration.maxMessageByteCount)),
            ("num.partitions", String(configuration.defaultPartitionCount)),
            ("offset.metadata.max.bytes", String(configuration.maxOffsetMetadataByteCount)),
            ("socket.request.max.bytes", String(configuration.maxRequestByteCount)),
            ("transaction.max.timeout.ms", String(configuration.maxTransactionTimeoutMilliseconds)),
        ]
    }

    func alterConfigs(_ request: AlterConfigsRequest) throws(DevBrokerError) -> AlterConfigsResponse {
        var response = AlterConfigsResponse()
        for resource in request.resources {
            let entries = Dictionary(
                resource.configs.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { _, last in last })
            let (error, message) = try alter(
                resource.resourceType, resource.resourceName, validateOnly: request.validateOnly
            ) { _ in entries }
            var result = AlterConfigsResponse.Resource()
            result.resourceType = resource.resourceType
            result.resourceName = resource.resourceName
            result.errorCode = error
            result.errorMessage = message
            response.responses.append(result)
        }
        return response
    }

    func incrementalAlterConfigs(
        _ request: IncrementalAlterConfigsRequest
    ) throws(DevBrokerError) -> IncrementalAlterConfigsResponse {
        var response = IncrementalAlterConfigsResponse()
        for resource in request.resources {
            let (error, message) = try alter(
                resource.resourceType, resource.resourceName, validateOnly: request.validateOnly
            ) { entries in
                var entries = entries
                for config in resource.configs { Self.apply(config, to: &entries) }
                return entries
            }
            var result = IncrementalAlterConfigsResponse.Resource()
            result.resourceType = resource.resourceType
            result.resourceName = resource.resourceName
            result.errorCode = error
            result.errorMessage = message
            response.responses.append(result)
        }
        return response
    }

    /// Operations: 0 sets, 1 deletes, 2 appends to a list, 3 takes from a list.
    private static func apply(_ config: IncrementalAlterConfigsRequest.Entry, to entries: inout [String: String]) {
        let value = config.value ?? ""
        let list = (entries[config.name] ?? "").split(separator: ",").map(String.init)
        switch config.configOperation {
        case 0: entries[config.name] = value
        case 1: entries[config.name] = nil
        case 2: entries[config.name] = (list + [value]).joined(separator: ",")
        default: entries[config.name] = list.filter { $0 != value }.joined(separator: ",")
        }
    }

    private func alter(
        _ type: Int8, _ name: String, validateOnly: Bool, _ change: ([String: String]) -> [String: String]
    ) throws(DevBrokerError) -> (ErrorCode, String?) {
        guard type == Self.topicResource else {
            return (.invalidRequest, "Only topics have settings that can be changed here.")
        }
        guard let topic = topics[name] else { return (.unknownTopicOrPartition, nil) }
        let changed: TopicConfiguration
        do throws(DevBrokerError) {
            changed = try TopicConfiguration(change(topic.configuration.entries), defaults: configuration)
        } catch {
            return (.invalidConfig, error.message)
        }
        guard !validateOnly else { return (.none, nil) }
        topic.configuration = changed
        for log in topic.logs { log.configuration = changed }
        try record(topic)
        return (.none, nil)
    }
}
