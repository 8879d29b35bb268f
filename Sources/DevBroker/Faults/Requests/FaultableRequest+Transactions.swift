extension InitProducerIdRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId) }

    func refused(_ refusal: Refusal) -> InitProducerIdResponse { .refused(refusal.error) { $0.producerEpoch = -1 } }
}

extension AddPartitionsToTxnRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId, topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> AddPartitionsToTxnResponse {
        .with { $0.topics = topics.map { .refused($0.name, $0.partitions, refusal.error) } }
    }
}

extension AddOffsetsToTxnRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId, groups: [groupId]) }
}

extension EndTxnRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId) }
}

extension TxnOffsetCommitRequest: FaultableRequest {
    var subject: FaultSubject {
        FaultSubject(transactionalId: transactionalId, groups: [groupId], topics: topics.map(\.name))
    }

    func refused(_ refusal: Refusal) -> TxnOffsetCommitResponse {
        .with {
            $0.topics = topics.map { .refused($0.name, $0.partitions.map(\.partitionIndex), refusal.error) }
        }
    }
}

extension DescribeProducersRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> DescribeProducersResponse {
        .with { $0.topics = topics.map { .refused($0.name, $0.partitionIndexes, refusal.error) } }
    }
}

extension DescribeTransactionsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalIds.first) }

    func refused(_ refusal: Refusal) -> DescribeTransactionsResponse {
        .with { response in
            response.transactionStates = transactionalIds.map { id in
                .refused(refusal.error) { $0.transactionalId = id }
            }
        }
    }
}

extension ListTransactionsRequest: FaultableRequest {}

extension InitProducerIdResponse: ThrottledMessage, RefusedItem {}
extension AddPartitionsToTxnResponse: ThrottledMessage {}
extension AddPartitionsToTxnResponse.Topic: RefusedTopic {}
extension AddPartitionsToTxnResponse.Partition: RefusedPartition {}
extension AddOffsetsToTxnResponse: ThrottledMessage, RefusedItem {}
extension EndTxnResponse: ThrottledMessage, RefusedItem {}
extension TxnOffsetCommitResponse: ThrottledMessage {}
extension TxnOffsetCommitResponse.Topic: RefusedTopic {}
extension TxnOffsetCommitResponse.Partition: RefusedPartition {}
extension DescribeProducersResponse: ThrottledMessage {}
extension DescribeProducersResponse.Topic: RefusedTopic {}
extension DescribeProducersResponse.Partition: RefusedPartition {}
extension DescribeTransactionsResponse: ThrottledMessage {}
extension DescribeTransactionsResponse.TransactionState: RefusedItem {}
extension ListTransactionsResponse: ThrottledMessage, RefusedItem {}
