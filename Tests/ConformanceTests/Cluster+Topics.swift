import DevBroker

extension Cluster {
    /// Creates a topic and waits until its partitions can be used.
    func createTopic(partitions: Int32 = 1, _ settings: [String: String] = [:]) throws -> String {
        let topic = name("topic")
        let answer = try create(topic, partitions: partitions, settings)
        guard answer.errorCode == .none else { throw Unexpected("creating \(topic): \(answer.errorCode)") }
        for index in 0..<partitions { try awaitPartition(TopicPartition(topic, index)) }
        return topic
    }

    /// Creates a topic of one partition.
    func createPartition(_ settings: [String: String] = [:]) throws -> TopicPartition {
        TopicPartition(try createTopic(settings), 0)
    }

    func create(
        _ topic: String, partitions: Int32 = 1, replicas: Int16 = 1, _ settings: [String: String] = [:],
        isTrial: Bool = false
    ) throws -> CreateTopicsResponse.Topic {
        var entry = CreateTopicsRequest.Topic()
        entry.name = topic
        entry.numPartitions = partitions
        entry.replicationFactor = replicas
        entry.configs = settings.sorted { $0.key < $1.key }.map { name, value in
            var setting = CreateTopicsRequest.Config()
            setting.name = name
            setting.value = value
            return setting
        }
        var request = CreateTopicsRequest()
        request.topics = [entry]
        request.timeoutMilliseconds = 30_000
        request.validateOnly = isTrial
        return try connection().send(request).topics.only()
    }

    /// Waits until a partition that was created answers.
    func awaitPartition(_ partition: TopicPartition) throws {
        _ = try leader(partition)
        _ = try eventually("partition \(partition)") {
            let answer = try listOffsets(partition, time: -1)
            return answer.errorCode == .none ? true : nil
        }
    }

    func deleteTopic(_ topic: String) throws -> ErrorCode {
        var entry = DeleteTopicsRequest.Topic()
        entry.name = topic
        var request = DeleteTopicsRequest()
        request.topics = [entry]
        request.topicNames = [topic]
        request.timeoutMilliseconds = 30_000
        return try connection().send(request).topics.only().errorCode
    }

    func createPartitions(_ topic: String, count: Int32) throws -> ErrorCode {
        var entry = CreatePartitionsRequest.Topic()
        entry.name = topic
        entry.count = count
        entry.assignments = nil
        var request = CreatePartitionsRequest()
        request.topics = [entry]
        request.timeoutMilliseconds = 30_000
        return try connection().send(request).results.only().errorCode
    }

    func deleteRecords(_ partition: TopicPartition, before offset: Int64) throws -> DeleteRecordsResponse.Partition {
        var entry = DeleteRecordsRequest.Partition()
        entry.partitionIndex = partition.partition
        entry.offset = offset
        var topic = DeleteRecordsRequest.Topic()
        topic.name = partition.topic
        topic.partitions = [entry]
        var request = DeleteRecordsRequest()
        request.topics = [topic]
        request.timeoutMilliseconds = 30_000
        return try leader(partition).send(request).topics.only().partitions.only()
    }

    func describe(topic: String, _ keys: [String]?) throws -> DescribeConfigsResponse.Resource {
        var resource = DescribeConfigsRequest.Resource()
        resource.resourceType = 2
        resource.resourceName = topic
        resource.configurationKeys = keys
        var request = DescribeConfigsRequest()
        request.resources = [resource]
        return try connection().send(request).results.only()
    }
}

extension Array {
    /// The element of an array that must have just one.
    func only() throws -> Element {
        guard count == 1, let first else { throw Unexpected("\(count) elements where one belongs: \(self)") }
        return first
    }
}
