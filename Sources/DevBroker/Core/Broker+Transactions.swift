extension Broker {
    /// Producer ids that are set aside at a time, so that handing one out seldom touches the journal.
    private static let producerIdBlock: Int64 = 1000

    func newProducerId() -> Int64 {
        defer { nextProducerId += 1 }
        return nextProducerId
    }

    func initProducerId(
        _ request: InitProducerIdRequest, _ context: RequestContext
    ) throws(DevBrokerError) -> InitProducerIdResponse {
        var response = InitProducerIdResponse()
        response.producerId = -1
        response.producerEpoch = -1
        if nextProducerId + 2 >= reservedProducerId {
            reservedProducerId = nextProducerId + Self.producerIdBlock
            try record(.producerIds(next: reservedProducerId))
        }
        guard let id = request.transactionalId else {
            response.producerId = newProducerId()
            response.producerEpoch = 0
            return response
        }
        let expected = ProducerIdentity(id: request.producerId, epoch: request.producerEpoch)
        guard (expected.id < 0) == (expected.epoch < 0) else {
            response.errorCode = .invalidRequest
            return response
        }
        var outcome = try initProducer(id, request, expected: expected)
        if outcome == .aborting {
            // Where Kafka lets the client ask again, the abort is over already unless markers are delayed.
            try completeTransactions()
            outcome = try initProducer(id, request, expected: expected)
        }
        switch outcome {
        case .ready(let producer):
            response.producerId = producer.id
            response.producerEpoch = producer.epoch
        case .aborting: response.errorCode = .concurrentTransactions
        case .refused(let error):
            response.errorCode = error == .producerFenced && context.version < 4 ? .invalidProducerEpoch : error
        }
        return response
    }

    private func initProducer(
        _ id: String, _ request: InitProducerIdRequest, expected: ProducerIdentity
    ) throws(DevBrokerError) -> TransactionCoordinator.InitOutcome {
        let outcome = transactions.initProducer(
            id, timeoutMilliseconds: request.transactionTimeoutMilliseconds, expected: expected, now: clock.now(),
            newProducerId: newProducerId)
        try recordTransactions()
        return outcome
    }

    func addPartitions(
        _ request: AddPartitionsToTxnRequest, _ context: RequestContext
    ) throws(DevBrokerError) -> AddPartitionsToTxnResponse {
        let partitions = request.topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name, $0) }
        }
        let isUnknown = { (partition: TopicPartition) in self.topics[partition.topic]?.log(partition.partition) == nil }
        let hasUnknown = partitions.contains(where: isUnknown)
        var error = ErrorCode.none
        if !hasUnknown {
            error = transactions.add(
                partitions: partitions, groups: EmptyCollection(), to: request.transactionalId,
                producer: ProducerIdentity(id: request.producerId, epoch: request.producerEpoch), now: clock.now())
            try recordTransactions()
        }
        var response = AddPartitionsToTxnResponse()
        response.topics = request.topics.map { topic in
            var topicResponse = AddPartitionsToTxnResponse.Topic()
            topicResponse.name = topic.name
            topicResponse.partitions = topic.partitions.map { index in
                var entry = AddPartitionsToTxnResponse.Partition()
                entry.partitionIndex = index
                entry.errorCode = older(error, context)
                if hasUnknown {
                    // Nothing was added: Kafka adds all or none.
                    let isThis = isUnknown(TopicPartition(topic.name, index))
                    entry.errorCode = isThis ? .unknownTopicOrPartition : .operationNotAttempted
                }
                return entry
            }
            return topicResponse
        }
        return response
    }

    func addOffsets(
        _ request: AddOffsetsToTxnRequest, _ context: RequestContext
    ) throws(DevBrokerError) -> AddOffsetsToTxnResponse {
        let error =
            request.groupId.isEmpty
            ? ErrorCode.invalidGroupId
            : transactions.add(
                partitions: EmptyCollection(), groups: CollectionOfOne(request.groupId), to: request.transactionalId,
                producer: ProducerIdentity(id: request.producerId, epoch: request.producerEpoch), now: clock.now())
        try recordTransactions()
        var response = AddOffsetsToTxnResponse()
        response.errorCode = older(error, context)
        return response
    }

    func endTransaction(_ request: EndTxnRequest, _ context: RequestContext) throws(DevBrokerError) -> EndTxnResponse {
        let error = transactions.end(
            request.transactionalId, producer: ProducerIdentity(id: request.producerId, epoch: request.producerEpoch),
            isCommit: request.committed, now: clock.now())
        try recordTransactions()
        var response = EndTxnResponse()
        response.errorCode = older(error, context)
        return response
    }

    /// Early versions have another error for a fenced producer.
    private func older(_ error: ErrorCode, _ context: RequestContext) -> ErrorCode {
        error == .producerFenced && context.version < 2 ? .invalidProducerEpoch : error
    }

    /// Keeps what changed in transactions: a decision must be on record before anything follows from it.
    private func recordTransactions() throws(DevBrokerError) {
        for transaction in transactions.takeChanged() { try record(.transaction(transaction)) }
    }

    /// Brings decided transactions to their end: markers in every partition, then the groups' offsets.
    ///
    /// After a crash in between, the same is done again; partitions where no transaction is open are left alone.
    func completeTransactions(isRecovering: Bool = false) throws(DevBrokerError) {
        let now = clock.now()
        try recordTransactions()
        while let transaction = transactions.nextDue(now: now) {
            let isCommit = transaction.state == .prepareCommit
            for partition in transaction.partitions.sorted() {
                guard let log = topics[partition.topic]?.log(partition.partition) else { continue }
                if isRecovering && log.openTransactionStart(of: transaction.producer.id) == nil { continue }
                try log.appendMarker(
                    isCommit: isCommit, producer: transaction.producer, coordinatorEpoch: 0, now: now)
                waitingFetches.notice(
                    partition, byteCount: RecordBatchHeader.byteCount, endOffset: log.endOffset,
                    stableOffset: log.lastStableOffset)
            }
            for group in transaction.groups.sorted() {
                try record(
                    .pendingOffsetsEnded(group: group, producerId: transaction.producer.id, isCommit: isCommit))
                groups.endPending(producerId: transaction.producer.id, group: group, isCommit: isCommit)
            }
            transactions.complete(transaction.id, now: now)
            try recordTransactions()
        }
    }
}
