extension InitProducerIdRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId) }

    func refused(_ refusal: Refusal) -> InitProducerIdResponse {
        .with {
            $0.errorCode = refusal.error
            $0.producerEpoch = -1
        }
    }
}

extension AddPartitionsToTxnRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId, topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> AddPartitionsToTxnResponse {
        .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.name = topic.name
                    $0.partitions = topic.partitions.map { index in
                        .with {
                            $0.partitionIndex = index
                            $0.errorCode = refusal.error
                        }
                    }
                }
            }
        }
    }
}

extension AddOffsetsToTxnRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId, groups: [groupId]) }

    func refused(_ refusal: Refusal) -> AddOffsetsToTxnResponse { .with { $0.errorCode = refusal.error } }
}

extension EndTxnRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId) }

    func refused(_ refusal: Refusal) -> EndTxnResponse { .with { $0.errorCode = refusal.error } }
}

extension TxnOffsetCommitRequest: FaultableRequest {
    var subject: FaultSubject {
        FaultSubject(transactionalId: transactionalId, groups: [groupId], topics: topics.map(\.name))
    }

    func refused(_ refusal: Refusal) -> TxnOffsetCommitResponse {
        .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.name = topic.name
                    $0.partitions = topic.partitions.map { partition in
                        .with {
                            $0.partitionIndex = partition.partitionIndex
                            $0.errorCode = refusal.error
                        }
                    }
                }
            }
        }
    }
}

extension DescribeProducersRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> DescribeProducersResponse {
        .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.name = topic.name
                    $0.partitions = topic.partitionIndexes.map { index in
                        .with {
                            $0.partitionIndex = index
                            $0.errorCode = refusal.error
                        }
                    }
                }
            }
        }
    }
}

extension DescribeTransactionsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalIds.first) }

    func refused(_ refusal: Refusal) -> DescribeTransactionsResponse {
        .with { response in
            response.transactionStates = transactionalIds.map { id in
                .with {
                    $0.transactionalId = id
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension ListTransactionsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> ListTransactionsResponse { .with { $0.errorCode = refusal.error } }
}

extension InitProducerIdResponse: ThrottledMessage {}
extension AddPartitionsToTxnResponse: ThrottledMessage {}
extension AddOffsetsToTxnResponse: ThrottledMessage {}
extension EndTxnResponse: ThrottledMessage {}
extension TxnOffsetCommitResponse: ThrottledMessage {}
extension DescribeProducersResponse: ThrottledMessage {}
extension DescribeTransactionsResponse: ThrottledMessage {}
extension ListTransactionsResponse: ThrottledMessage {}
