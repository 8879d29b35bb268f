internal import NIOCore

extension Broker {
    /// The one place where a request meets its handler.
    func dispatch(_ body: ByteBuffer, _ context: RequestContext) throws(DevBrokerError) -> Outcome {
        guard let api = context.header.api else {
            throw .malformed("a request of kind \(context.header.apiKey), which this broker does not know")
        }
        guard api.versions.contains(context.version) else {
            guard api == .apiVersions else {
                throw .malformed("version \(context.version) of \(api), which this broker does not serve")
            }
            // A client that is newer than the broker learns here what to use; it understands version 0.
            var context = context
            context.header.version = 0
            return try reply(apiVersions(.unsupportedVersion), api, context)
        }
        switch api {
        case .produce, .fetch, .listOffsets, .offsetForLeaderEpoch, .deleteRecords:
            return try dispatchData(api, body, context)
        case .offsetCommit, .offsetFetch, .findCoordinator, .joinGroup, .heartbeat, .leaveGroup, .syncGroup,
            .describeGroups, .listGroups, .deleteGroups, .offsetDelete:
            return try dispatchGroup(api, body, context)
        case .initProducerId, .addPartitionsToTxn, .addOffsetsToTxn, .endTxn, .txnOffsetCommit, .describeProducers,
            .describeTransactions, .listTransactions:
            return try dispatchTransaction(api, body, context)
        case .metadata, .apiVersions, .createTopics, .deleteTopics, .describeConfigs, .alterConfigs,
            .incrementalAlterConfigs, .createPartitions, .describeCluster:
            return try dispatchAdministration(api, body, context)
        }
    }

    private func dispatchData(
        _ api: ApiKey, _ body: ByteBuffer, _ context: RequestContext
    ) throws(DevBrokerError) -> Outcome {
        switch api {
        case .produce:
            let request = try read(ProduceRequest.self, body, context)
            let response = produce(request, context)
            return request.acks == 0 ? .nothing : try reply(response, api, context)
        case .fetch: return try fetch(read(FetchRequest.self, body, context), context)
        case .listOffsets: return try reply(listOffsets(read(ListOffsetsRequest.self, body, context)), api, context)
        case .offsetForLeaderEpoch:
            return try reply(
                offsetForLeaderEpoch(read(OffsetForLeaderEpochRequest.self, body, context)), api, context)
        default: return try reply(deleteRecords(read(DeleteRecordsRequest.self, body, context)), api, context)
        }
    }

    private func dispatchGroup(
        _ api: ApiKey, _ body: ByteBuffer, _ context: RequestContext
    ) throws(DevBrokerError) -> Outcome {
        switch api {
        case .offsetCommit:
            return try reply(offsetCommit(read(OffsetCommitRequest.self, body, context), context), api, context)
        case .offsetFetch:
            return try reply(offsetFetch(read(OffsetFetchRequest.self, body, context), context), api, context)
        case .findCoordinator:
            return try reply(findCoordinator(read(FindCoordinatorRequest.self, body, context), context), api, context)
        case .joinGroup:
            let response = groups.join(
                try read(JoinGroupRequest.self, body, context), version: context.version, from: context.client,
                token: context.token, now: clock.now())
            return try response.map { response throws(DevBrokerError) in try reply(response, api, context) } ?? .held
        case .syncGroup:
            let response = groups.sync(
                try read(SyncGroupRequest.self, body, context), token: context.token, now: clock.now())
            return try response.map { response throws(DevBrokerError) in try reply(response, api, context) } ?? .held
        case .heartbeat:
            var response = HeartbeatResponse()
            response.errorCode = groups.heartbeat(try read(HeartbeatRequest.self, body, context), now: clock.now())
            return try reply(response, api, context)
        case .leaveGroup:
            let request = try read(LeaveGroupRequest.self, body, context)
            return try reply(
                groups.leave(request, version: context.version, now: clock.now()), api, context)
        case .describeGroups:
            return try reply(describeGroups(read(DescribeGroupsRequest.self, body, context), context), api, context)
        case .listGroups: return try reply(listGroups(read(ListGroupsRequest.self, body, context)), api, context)
        case .deleteGroups: return try reply(deleteGroups(read(DeleteGroupsRequest.self, body, context)), api, context)
        default: return try reply(offsetDelete(read(OffsetDeleteRequest.self, body, context)), api, context)
        }
    }

    private func dispatchTransaction(
        _ api: ApiKey, _ body: ByteBuffer, _ context: RequestContext
    ) throws(DevBrokerError) -> Outcome {
        switch api {
        case .initProducerId:
            return try reply(initProducerId(read(InitProducerIdRequest.self, body, context), context), api, context)
        case .addPartitionsToTxn:
            return try reply(
                addPartitions(read(AddPartitionsToTxnRequest.self, body, context), context), api, context)
        case .addOffsetsToTxn:
            return try reply(addOffsets(read(AddOffsetsToTxnRequest.self, body, context), context), api, context)
        case .endTxn: return try reply(endTransaction(read(EndTxnRequest.self, body, context), context), api, context)
        case .txnOffsetCommit:
            return try reply(
                transactionOffsetCommit(read(TxnOffsetCommitRequest.self, body, context), context), api, context)
        case .describeProducers:
            return try reply(describeProducers(read(DescribeProducersRequest.self, body, context)), api, context)
        case .describeTransactions:
            return try reply(describeTransactions(read(DescribeTransactionsRequest.self, body, context)), api, context)
        default: return try reply(listTransactions(read(ListTransactionsRequest.self, body, context)), api, context)
        }
    }

    private func dispatchAdministration(
        _ api: ApiKey, _ body: ByteBuffer, _ context: RequestContext
    ) throws(DevBrokerError) -> Outcome {
        switch api {
        case .metadata: return try reply(metadata(read(MetadataRequest.self, body, context), context), api, context)
        case .apiVersions: return try reply(apiVersions(.none), api, context)
        case .createTopics: return try reply(createTopics(read(CreateTopicsRequest.self, body, context)), api, context)
        case .deleteTopics:
            return try reply(deleteTopics(read(DeleteTopicsRequest.self, body, context), context), api, context)
        case .describeConfigs:
            return try reply(describeConfigs(read(DescribeConfigsRequest.self, body, context)), api, context)
        case .alterConfigs: return try reply(alterConfigs(read(AlterConfigsRequest.self, body, context)), api, context)
        case .incrementalAlterConfigs:
            return try reply(
                incrementalAlterConfigs(read(IncrementalAlterConfigsRequest.self, body, context)), api, context)
        case .createPartitions:
            return try reply(createPartitions(read(CreatePartitionsRequest.self, body, context)), api, context)
        default: return try reply(describeCluster(read(DescribeClusterRequest.self, body, context)), api, context)
        }
    }

    private func read<Request: RequestMessage>(
        _ type: Request.Type, _ body: ByteBuffer, _ context: RequestContext
    ) throws(DevBrokerError) -> Request {
        try Frame.readBody(type, body, version: context.version)
    }

    func reply<Response: Message>(
        _ response: Response, _ api: ApiKey, _ context: RequestContext
    ) throws(DevBrokerError) -> Outcome {
        .reply(try Frame.writeResponse(response, api: api, header: context.header))
    }

    private func apiVersions(_ error: ErrorCode) -> ApiVersionsResponse {
        var response = ApiVersionsResponse()
        response.errorCode = error
        response.apiKeys = ApiKey.allCases.map { api in
            var range = ApiVersionsResponse.VersionRange()
            range.apiKey = api.rawValue
            range.minVersion = api.versions.lowerBound
            range.maxVersion = api.versions.upperBound
            return range
        }
        return response
    }
}
