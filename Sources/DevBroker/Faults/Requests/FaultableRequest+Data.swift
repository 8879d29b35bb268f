internal import NIOCore

extension ProduceRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(transactionalId: transactionalId, topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> ProduceResponse {
        .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.name = topic.name
                    $0.partitions = topic.partitions.map { partition in
                        .refused(refusal.error) {
                            $0.index = partition.index
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
        if sessionErrors.contains(refusal.error) { return .refused(refusal.error) }
        return .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.topic = topic.topic
                    $0.partitions = topic.partitions.map { partition in
                        .refused(refusal.error) {
                            $0.partitionIndex = partition.partition
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
        .with {
            $0.topics = topics.map { .refused($0.name, $0.partitions.map(\.partitionIndex), refusal.error) }
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
                        .refused(refusal.error) { $0.partition = partition.partition }
                    }
                }
            }
        }
    }
}

extension DeleteRecordsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> DeleteRecordsResponse {
        .with {
            $0.topics = topics.map { topic in
                .refused(topic.name, topic.partitions.map(\.partitionIndex), refusal.error) { $0.lowWatermark = -1 }
            }
        }
    }
}

extension ProduceResponse: ThrottledMessage {}
extension ProduceResponse.Partition: RefusedItem {}
extension FetchResponse: ThrottledMessage, RefusedItem {}
extension FetchResponse.Partition: RefusedPartition {}
extension ListOffsetsResponse: ThrottledMessage {}
extension ListOffsetsResponse.Topic: RefusedTopic {}
extension ListOffsetsResponse.Partition: RefusedPartition {}
extension OffsetForLeaderEpochResponse: ThrottledMessage {}
extension OffsetForLeaderEpochResponse.Partition: RefusedItem {}
extension DeleteRecordsResponse: ThrottledMessage {}
extension DeleteRecordsResponse.Topic: RefusedTopic {}
extension DeleteRecordsResponse.Partition: RefusedPartition {}
