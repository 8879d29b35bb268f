/// A request that a fault script can tell from others and can have refused.
protocol FaultableRequest: RequestMessage where Response: ThrottledMessage {
    /// Whom and what the request concerns.
    var subject: FaultSubject { get }

    /// The answer that refuses everything the request asks for.
    func refused(_ refusal: Refusal) -> Response
}

extension FaultableRequest {
    var subject: FaultSubject { FaultSubject() }
}

/// An answer that tells a client to pause.
protocol ThrottledMessage: Message {
    var throttleTimeMilliseconds: Int32 { get set }
}

/// The names in a request by which a fault script can choose.
package struct FaultSubject: Sendable, Equatable {
    package var transactionalId: String?
    package var groups: [String]
    package var topics: [String]

    package init(transactionalId: String? = nil, groups: [String] = [], topics: [String] = []) {
        self.transactionalId = transactionalId
        self.groups = groups
        self.topics = topics
    }
}

/// Why a request is refused, and by whom.
struct Refusal {
    var error: ErrorCode
    /// The request's version.
    var version: Int16
    var broker: Broker
}

extension Message {
    /// A message with the fields that `fill` sets.
    static func with(_ fill: (inout Self) -> Void) -> Self {
        var message = Self()
        fill(&message)
        return message
    }
}

extension ApiKey {
    /// The type of the request's body.
    var requestType: any FaultableRequest.Type {
        switch self {
        case .produce: ProduceRequest.self
        case .fetch: FetchRequest.self
        case .listOffsets: ListOffsetsRequest.self
        case .metadata: MetadataRequest.self
        case .offsetCommit: OffsetCommitRequest.self
        case .offsetFetch: OffsetFetchRequest.self
        case .findCoordinator: FindCoordinatorRequest.self
        case .joinGroup: JoinGroupRequest.self
        case .heartbeat: HeartbeatRequest.self
        case .leaveGroup: LeaveGroupRequest.self
        case .syncGroup: SyncGroupRequest.self
        case .describeGroups: DescribeGroupsRequest.self
        case .listGroups: ListGroupsRequest.self
        case .apiVersions: ApiVersionsRequest.self
        case .createTopics: CreateTopicsRequest.self
        case .deleteTopics: DeleteTopicsRequest.self
        case .deleteRecords: DeleteRecordsRequest.self
        case .initProducerId: InitProducerIdRequest.self
        case .offsetForLeaderEpoch: OffsetForLeaderEpochRequest.self
        case .addPartitionsToTxn: AddPartitionsToTxnRequest.self
        case .addOffsetsToTxn: AddOffsetsToTxnRequest.self
        case .endTxn: EndTxnRequest.self
        case .txnOffsetCommit: TxnOffsetCommitRequest.self
        case .describeConfigs: DescribeConfigsRequest.self
        case .alterConfigs: AlterConfigsRequest.self
        case .createPartitions: CreatePartitionsRequest.self
        case .deleteGroups: DeleteGroupsRequest.self
        case .incrementalAlterConfigs: IncrementalAlterConfigsRequest.self
        case .offsetDelete: OffsetDeleteRequest.self
        case .describeCluster: DescribeClusterRequest.self
        case .describeProducers: DescribeProducersRequest.self
        case .describeTransactions: DescribeTransactionsRequest.self
        case .listTransactions: ListTransactionsRequest.self
        }
    }
}
