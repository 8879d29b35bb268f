extension Broker {
    func describeProducers(_ request: DescribeProducersRequest) -> DescribeProducersResponse {
        var response = DescribeProducersResponse()
        response.topics = request.topics.map { topic in
            var topicResponse = DescribeProducersResponse.Topic()
            topicResponse.name = topic.name
            topicResponse.partitions = topic.partitionIndexes.map { index in
                var entry = DescribeProducersResponse.Partition()
                entry.partitionIndex = index
                guard let log = topics[topic.name]?.log(index) else {
                    entry.errorCode = .unknownTopicOrPartition
                    return entry
                }
                entry.activeProducers = log.producers.sorted { $0.key < $1.key }.map { id, state in
                    var producer = DescribeProducersResponse.ActiveProducer()
                    producer.producerId = id
                    producer.producerEpoch = Int32(state.epoch)
                    producer.lastSequence = state.batches.last?.lastSequence ?? -1
                    producer.lastTimestamp = state.lastTimestamp
                    producer.coordinatorEpoch = state.coordinatorEpoch
                    producer.currentTxnStartOffset = state.transactionStart ?? -1
                    return producer
                }
                return entry
            }
            return topicResponse
        }
        return response
    }

    func describeTransactions(_ request: DescribeTransactionsRequest) -> DescribeTransactionsResponse {
        var response = DescribeTransactionsResponse()
        response.transactionStates = request.transactionalIds.map { id in
            var entry = DescribeTransactionsResponse.TransactionState()
            entry.transactionalId = id
            guard let transaction = transactions.transactions[id] else {
                entry.errorCode = .transactionalIdNotFound
                return entry
            }
            entry.transactionState = transaction.state.name
            entry.transactionTimeoutMilliseconds = transaction.timeoutMilliseconds
            entry.transactionStartTimeMilliseconds = transaction.startedAt
            entry.producerId = transaction.producer.id
            entry.producerEpoch = transaction.producer.epoch
            let byTopic = Dictionary(grouping: transaction.partitions, by: \.topic)
            entry.topics = byTopic.sorted { $0.key < $1.key }.map { name, partitions in
                var topic = DescribeTransactionsResponse.Topic()
                topic.topic = name
                topic.partitions = partitions.map(\.partition).sorted()
                return topic
            }
            return entry
        }
        return response
    }

    func listTransactions(_ request: ListTransactionsRequest) -> ListTransactionsResponse {
        let states = Set(request.stateFilters)
        let producerIds = Set(request.producerIdFilters)
        let now = clock.now()
        var response = ListTransactionsResponse()
        response.unknownStateFilters = states.filter { !Transaction.State.allNames.contains($0) }.sorted()
        response.transactionStates = transactions.transactions.values.sorted { $0.id < $1.id }.compactMap { entry in
            guard states.isEmpty || states.contains(entry.state.name) else { return nil }
            guard producerIds.isEmpty || producerIds.contains(entry.producer.id) else { return nil }
            if request.durationFilter >= 0 {
                guard entry.startedAt >= 0, now - entry.startedAt > request.durationFilter else { return nil }
            }
            var state = ListTransactionsResponse.TransactionState()
            state.transactionalId = entry.id
            state.producerId = entry.producer.id
            state.transactionState = entry.state.name
            return state
        }
        return response
    }
}
