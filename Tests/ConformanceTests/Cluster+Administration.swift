import DevBroker

extension Cluster {
    func describe(group: String) throws -> DescribeGroupsResponse.Group {
        var request = DescribeGroupsRequest()
        request.groups = [group]
        let client = try coordinator(group: group)
        return try settled(\.errorCode) { try client.send(request).groups.only() }
    }

    func listGroups(in states: [String] = []) throws -> [ListGroupsResponse.Group] {
        var request = ListGroupsRequest()
        request.statesFilter = states
        return try connection().send(request).groups
    }

    func deleteGroup(_ group: String) throws -> ErrorCode {
        var request = DeleteGroupsRequest()
        request.groupsNames = [group]
        let client = try coordinator(group: group)
        return try settled({ $0 }) { try client.send(request).results.only().errorCode }
    }

    /// Deletes a committed offset; the error of the request, else of the partition.
    func deleteOffset(_ partition: TopicPartition, group: String) throws -> ErrorCode {
        var entry = OffsetDeleteRequest.Partition()
        entry.partitionIndex = partition.partition
        var topic = OffsetDeleteRequest.Topic()
        topic.name = partition.topic
        topic.partitions = [entry]
        var request = OffsetDeleteRequest()
        request.groupId = group
        request.topics = [topic]
        let client = try coordinator(group: group)
        return try settled({ $0 }) {
            let answer = try client.send(request)
            guard answer.errorCode == .none else { return answer.errorCode }
            return try answer.topics.only().partitions.only().errorCode
        }
    }

    func producers(_ partition: TopicPartition) throws -> [DescribeProducersResponse.ActiveProducer] {
        var topic = DescribeProducersRequest.Topic()
        topic.name = partition.topic
        topic.partitionIndexes = [partition.partition]
        var request = DescribeProducersRequest()
        request.topics = [topic]
        return try leader(partition).send(request).topics.only().partitions.only().activeProducers
    }

    func describe(transaction id: String) throws -> DescribeTransactionsResponse.TransactionState {
        var request = DescribeTransactionsRequest()
        request.transactionalIds = [id]
        let client = try coordinator(transaction: id)
        return try settled(\.errorCode) { try client.send(request).transactionStates.only() }
    }

    func listTransactions(in states: [String]) throws -> [ListTransactionsResponse.TransactionState] {
        var request = ListTransactionsRequest()
        request.stateFilters = states
        return try connection().send(request).transactionStates
    }

    /// Sets (0) or unsets (1) a setting of a topic.
    func alter(topic: String, _ name: String, _ value: String?, operation: Int8 = 0) throws -> ErrorCode {
        var entry = IncrementalAlterConfigsRequest.Entry()
        entry.name = name
        entry.value = value
        entry.configOperation = operation
        var resource = IncrementalAlterConfigsRequest.Resource()
        resource.resourceType = 2
        resource.resourceName = topic
        resource.configs = [entry]
        var request = IncrementalAlterConfigsRequest()
        request.resources = [resource]
        return try connection().send(request).responses.only().errorCode
    }
}
