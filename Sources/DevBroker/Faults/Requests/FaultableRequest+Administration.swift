extension MetadataRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: (topics ?? []).compactMap(\.name)) }

    /// Every topic is refused; the brokers are told all the same.
    func refused(_ refusal: Refusal) -> MetadataResponse {
        let broker = refusal.broker
        let wanted = topics ?? broker.topics.keys.sorted().map { name in .with { $0.name = name } }
        return .with { response in
            response.brokers = [
                .with {
                    $0.nodeId = broker.configuration.nodeId
                    $0.host = broker.advertisedHost
                    $0.port = broker.advertisedPort
                }
            ]
            response.clusterId = broker.configuration.clusterId
            response.controllerId = broker.configuration.nodeId
            response.topics = wanted.map { topic in
                .with {
                    $0.name = topic.name
                    $0.topicId = topic.topicId
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension ApiVersionsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> ApiVersionsResponse { .with { $0.errorCode = refusal.error } }
}

extension CreateTopicsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> CreateTopicsResponse {
        .with { response in
            response.topics = topics.map { topic in
                .with {
                    $0.name = topic.name
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension DeleteTopicsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topicNames + topics.compactMap(\.name)) }

    func refused(_ refusal: Refusal) -> DeleteTopicsResponse {
        .with { response in
            let byName = topicNames.map { name in DeleteTopicsRequest.Topic.with { $0.name = name } }
            response.topics = (byName + topics).map { topic in
                .with {
                    $0.name = topic.name
                    $0.topicId = topic.topicId
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension CreatePartitionsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> CreatePartitionsResponse {
        .with { response in
            response.results = topics.map { topic in
                .with {
                    $0.name = topic.name
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension DescribeConfigsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> DescribeConfigsResponse {
        .with { response in
            response.results = resources.map { resource in
                .with {
                    $0.resourceType = resource.resourceType
                    $0.resourceName = resource.resourceName
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension AlterConfigsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> AlterConfigsResponse {
        .with { response in
            response.responses = resources.map { resource in
                .with {
                    $0.resourceType = resource.resourceType
                    $0.resourceName = resource.resourceName
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension IncrementalAlterConfigsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> IncrementalAlterConfigsResponse {
        .with { response in
            response.responses = resources.map { resource in
                .with {
                    $0.resourceType = resource.resourceType
                    $0.resourceName = resource.resourceName
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension DescribeClusterRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> DescribeClusterResponse { .with { $0.errorCode = refusal.error } }
}

extension MetadataResponse: ThrottledMessage {}
extension ApiVersionsResponse: ThrottledMessage {}
extension CreateTopicsResponse: ThrottledMessage {}
extension DeleteTopicsResponse: ThrottledMessage {}
extension CreatePartitionsResponse: ThrottledMessage {}
extension DescribeConfigsResponse: ThrottledMessage {}
extension AlterConfigsResponse: ThrottledMessage {}
extension IncrementalAlterConfigsResponse: ThrottledMessage {}
extension DescribeClusterResponse: ThrottledMessage {}
