internal import NIOCore

extension ProduceRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId, topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> ProduceResponse {
        .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.name = topic.name
                    $0.partitions = topic.partitions.map { partition in
                        .with {
                            $0.index = partition.index
                            $0.errorCode = refusal.error
                            $0.baseOffset = -1
                        }
                    }
                }
            }
        }
    }
}

extension FetchRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.topic)) }

    /// Errors of a session stand above the topics, all others beside each partition.
    func refused(_ refusal: Refusal) -> FetchResponse {
        let sessionErrors = [.fetchSessionIdNotFound, ErrorCode(rawValue: 71), ErrorCode(rawValue: 106)]
        if sessionErrors.contains(refusal.error) { return .with { $0.errorCode = refusal.error } }
        return .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.topic = topic.topic
                    $0.partitions = topic.partitions.map { partition in
                        .with {
                            $0.partitionIndex = partition.partition
                            $0.errorCode = refusal.error
                            $0.highWatermark = -1
                            $0.records = .init()
                        }
                    }
                }
            }
        }
    }
}

extension ListOffsetsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> ListOffsetsResponse {
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

extension OffsetForLeaderEpochRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.topic)) }

    func refused(_ refusal: Refusal) -> OffsetForLeaderEpochResponse {
        .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.topic = topic.topic
                    $0.partitions = topic.partitions.map { partition in
                        .with {
                            $0.partition = partition.partition
                            $0.errorCode = refusal.error
                        }
                    }
                }
            }
        }
    }
}

extension DeleteRecordsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> DeleteRecordsResponse {
        .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.name = topic.name
                    $0.partitions = topic.partitions.map { partition in
                        .with {
                            $0.partitionIndex = partition.partitionIndex
                            $0.errorCode = refusal.error
                            $0.lowWatermark = -1
                        }
                    }
                }
            }
        }
    }
}

extension ProduceResponse: ThrottledMessage {}
extension FetchResponse: ThrottledMessage {}
extension ListOffsetsResponse: ThrottledMessage {}
extension OffsetForLeaderEpochResponse: ThrottledMessage {}
extension DeleteRecordsResponse: ThrottledMessage {}
