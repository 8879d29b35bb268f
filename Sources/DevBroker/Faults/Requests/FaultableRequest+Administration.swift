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
                .refused(refusal.error) {
                    $0.name = topic.name
                    $0.topicId = topic.topicId
                }
            }
        }
    }
}

extension ApiVersionsRequest: FaultableRequest {}

extension CreateTopicsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> CreateTopicsResponse {
        .with { $0.topics = topics.map { topic in .refused(refusal.error) { $0.name = topic.name } } }
    }
}

extension DeleteTopicsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topicNames + topics.compactMap(\.name)) }

    func refused(_ refusal: Refusal) -> DeleteTopicsResponse {
        .with { response in
            let byName = topicNames.map { name in DeleteTopicsRequest.Topic.with { $0.name = name } }
            response.topics = (byName + topics).map { topic in
                .refused(refusal.error) {
                    $0.name = topic.name
                    $0.topicId = topic.topicId
                }
            }
        }
    }
}

extension CreatePartitionsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> CreatePartitionsResponse {
        .with { $0.results = topics.map { topic in .refused(refusal.error) { $0.name = topic.name } } }
    }
}

extension DescribeConfigsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> DescribeConfigsResponse {
        .with { $0.results = resources.map { .refused($0.resourceType, $0.resourceName, refusal.error) } }
    }
}

extension AlterConfigsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> AlterConfigsResponse {
        .with { $0.responses = resources.map { .refused($0.resourceType, $0.resourceName, refusal.error) } }
    }
}

extension IncrementalAlterConfigsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> IncrementalAlterConfigsResponse {
        .with { $0.responses = resources.map { .refused($0.resourceType, $0.resourceName, refusal.error) } }
    }
}

extension DescribeClusterRequest: FaultableRequest {}

/// A thing of an answer whose settings are told or changed.
protocol RefusedResource: RefusedItem {
    var resourceType: Int8 { get set }
    var resourceName: String { get set }
}

extension RefusedResource {
    static func refused(_ type: Int8, _ name: String, _ error: ErrorCode) -> Self {
        .refused(error) {
            $0.resourceType = type
            $0.resourceName = name
        }
    }
}

extension MetadataResponse: ThrottledMessage {}
extension MetadataResponse.Topic: RefusedItem {}
extension ApiVersionsResponse: ThrottledMessage, RefusedItem {}
extension CreateTopicsResponse: ThrottledMessage {}
extension CreateTopicsResponse.Topic: RefusedItem {}
extension DeleteTopicsResponse: ThrottledMessage {}
extension DeleteTopicsResponse.Topic: RefusedItem {}
extension CreatePartitionsResponse: ThrottledMessage {}
extension CreatePartitionsResponse.Result: RefusedItem {}
extension DescribeConfigsResponse: ThrottledMessage {}
extension DescribeConfigsResponse.Resource: RefusedResource {}
extension AlterConfigsResponse: ThrottledMessage {}
extension AlterConfigsResponse.Resource: RefusedResource {}
extension IncrementalAlterConfigsResponse: ThrottledMessage {}
extension IncrementalAlterConfigsResponse.Resource: RefusedResource {}
extension DescribeClusterResponse: ThrottledMessage, RefusedItem {}
