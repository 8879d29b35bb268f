import DevBroker
import NIOCore

/// Does something with every message of the protocol in every version.
protocol MessageVisitor {
    mutating func visit<Value: Message>(_ type: Value.Type, _ api: ApiKey, isRequest: Bool, version: Int16) throws
}

extension MessageVisitor {
    mutating func visitAll() throws {
        for api in ApiKey.allCases { try visit(api) }
    }

    mutating func visit(_ api: ApiKey) throws {
        switch api {
        case .produce: try both(ProduceRequest.self)
        case .fetch: try both(FetchRequest.self)
        case .listOffsets: try both(ListOffsetsRequest.self)
        case .metadata: try both(MetadataRequest.self)
        case .offsetCommit: try both(OffsetCommitRequest.self)
        case .offsetFetch: try both(OffsetFetchRequest.self)
        case .findCoordinator: try both(FindCoordinatorRequest.self)
        case .joinGroup: try both(JoinGroupRequest.self)
        case .heartbeat: try both(HeartbeatRequest.self)
        case .leaveGroup: try both(LeaveGroupRequest.self)
        case .syncGroup: try both(SyncGroupRequest.self)
        case .describeGroups: try both(DescribeGroupsRequest.self)
        case .listGroups: try both(ListGroupsRequest.self)
        case .apiVersions: try both(ApiVersionsRequest.self)
        case .createTopics: try both(CreateTopicsRequest.self)
        case .deleteTopics: try both(DeleteTopicsRequest.self)
        case .deleteRecords: try both(DeleteRecordsRequest.self)
        case .initProducerId: try both(InitProducerIdRequest.self)
        case .offsetForLeaderEpoch: try both(OffsetForLeaderEpochRequest.self)
        case .addPartitionsToTxn: try both(AddPartitionsToTxnRequest.self)
        case .addOffsetsToTxn: try both(AddOffsetsToTxnRequest.self)
        case .endTxn: try both(EndTxnRequest.self)
        case .txnOffsetCommit: try both(TxnOffsetCommitRequest.self)
        case .describeConfigs: try both(DescribeConfigsRequest.self)
        case .alterConfigs: try both(AlterConfigsRequest.self)
        case .incrementalAlterConfigs: try both(IncrementalAlterConfigsRequest.self)
        case .createPartitions: try both(CreatePartitionsRequest.self)
        case .deleteGroups: try both(DeleteGroupsRequest.self)
        case .offsetDelete: try both(OffsetDeleteRequest.self)
        case .describeCluster: try both(DescribeClusterRequest.self)
        case .describeProducers: try both(DescribeProducersRequest.self)
        case .describeTransactions: try both(DescribeTransactionsRequest.self)
        case .listTransactions: try both(ListTransactionsRequest.self)
        }
    }

    private mutating func both<Request: RequestMessage>(_ type: Request.Type) throws {
        for version in Request.api.versions {
            try visit(Request.self, Request.api, isRequest: true, version: version)
            try visit(Request.Response.self, Request.api, isRequest: false, version: version)
        }
    }
}

/// Every message with distinct values in its fields, one line each: request number, kind, version, bytes.
struct EveryMessage: MessageVisitor {
    private(set) var lines: [String] = []
    /// The requests as frames, each with its header.
    private(set) var requestFrames: [ByteBuffer] = []

    init() throws { try visitAll() }

    mutating func visit<Value: Message>(
        _ type: Value.Type, _ api: ApiKey, isRequest: Bool, version: Int16
    ) throws {
        var message = try Filler.filled(Value.self, api, version: version)
        var writer = MessageWriter(version: version, isFlexible: version >= api.firstFlexibleVersion)
        try message.code(with: &writer)
        let body = writer.finishContiguous()
        if isRequest {
            var frame = ByteBuffer()
            frame.writeMultipleIntegers(api.rawValue, version, 1 as Int32, -1 as Int16)
            if version >= api.firstFlexibleVersion { frame.writeInteger(0 as UInt8) }
            frame.writeImmutableBuffer(body)
            requestFrames.append(frame)
        }
        let digits = body.readableBytesView.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        lines.append("\(api.rawValue) \(isRequest ? "request" : "response") \(version) \(digits.joined())")
    }
}
