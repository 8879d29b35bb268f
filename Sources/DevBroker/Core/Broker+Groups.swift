extension Broker {
    /// Stores offsets that a group commits.
    func offsetCommit(
        _ request: OffsetCommitRequest, _ context: RequestContext
    ) throws(DevBrokerError) -> OffsetCommitResponse {
        let now = clock.now()
        var committer = GroupCoordinator.Committer(
            groupId: request.groupId, memberId: request.memberId, instanceId: request.groupInstanceId,
            generation: request.generationIdOrMemberEpoch)
        committer.knowsMissingGroups = context.version >= 9
        let refusal = groups.refusal(of: committer, isTransactional: false, now: now)
        let committedAt = groups.commitTime(group: request.groupId, now: now)
        var stored: [TopicPartition: CommittedOffset] = [:]
        var response = OffsetCommitResponse()
        response.topics = request.topics.map { topic in
            var topicResponse = OffsetCommitResponse.Topic()
            topicResponse.name = topic.name
            topicResponse.partitions = topic.partitions.map { partition in
                let key = TopicPartition(topic.name, partition.partitionIndex)
                let value = CommittedOffset(
                    offset: partition.committedOffset, leaderEpoch: partition.committedLeaderEpoch,
                    metadata: partition.committedMetadata ?? "", committedAt: committedAt)
                var entry = OffsetCommitResponse.Partition()
                entry.partitionIndex = partition.partitionIndex
                entry.errorCode = refusal ?? offsetError(key, value)
                if entry.errorCode == .none { stored[key] = value }
                return entry
            }
            return topicResponse
        }
        if !stored.isEmpty {
            groups.commit(stored, group: request.groupId, now: now)
            try record(.offsets(.init(group: request.groupId, producerId: nil, offsets: stored)))
        }
        return response
    }

    /// Stores offsets that become committed when the producer's transaction does.
    func transactionOffsetCommit(
        _ request: TxnOffsetCommitRequest, _ context: RequestContext
    ) throws(DevBrokerError) -> TxnOffsetCommitResponse {
        let now = clock.now()
        let producer = ProducerIdentity(id: request.producerId, epoch: request.producerEpoch)
        let committer = GroupCoordinator.Committer(
            groupId: request.groupId, memberId: request.memberId, instanceId: request.groupInstanceId,
            generation: request.generationId)
        let refusal =
            request.groupId.isEmpty
            ? ErrorCode.invalidGroupId
            : transactionRefusal(of: producer, request, context)
                ?? groups.refusal(of: committer, isTransactional: true, now: now)
        let committedAt = groups.commitTime(group: request.groupId, now: now)
        var stored: [TopicPartition: CommittedOffset] = [:]
        var response = TxnOffsetCommitResponse()
        response.topics = request.topics.map { topic in
            var topicResponse = TxnOffsetCommitResponse.Topic()
            topicResponse.name = topic.name
            topicResponse.partitions = topic.partitions.map { partition in
                let key = TopicPartition(topic.name, partition.partitionIndex)
                let value = CommittedOffset(
                    offset: partition.committedOffset, leaderEpoch: partition.committedLeaderEpoch,
                    metadata: partition.committedMetadata ?? "", committedAt: committedAt)
                var entry = TxnOffsetCommitResponse.Partition()
                entry.partitionIndex = partition.partitionIndex
                entry.errorCode = refusal ?? offsetError(key, value)
                if entry.errorCode == .none { stored[key] = value }
                return entry
            }
            return topicResponse
        }
        if !stored.isEmpty {
            groups.addPending(stored, producerId: producer.id, group: request.groupId, now: now)
            try record(.offsets(.init(group: request.groupId, producerId: producer.id, offsets: stored)))
        }
        return response
    }

    /// Why a producer may not commit offsets of the group; from version 4 on clients know the error that says that
    /// aborting the transaction helps.
    private func transactionRefusal(
        of producer: ProducerIdentity, _ request: TxnOffsetCommitRequest, _ context: RequestContext
    ) -> ErrorCode? {
        let error = transactions.refusal(of: producer, id: request.transactionalId, group: request.groupId)
        return error == .invalidTxnState && context.version >= 4 ? .transactionAbortable : error
    }

    private func offsetError(_ partition: TopicPartition, _ offset: CommittedOffset) -> ErrorCode {
        guard topics[partition.topic]?.log(partition.partition) != nil else { return .unknownTopicOrPartition }
        return offset.metadata.utf8.count > configuration.maxOffsetMetadataByteCount ? .offsetMetadataTooLarge : .none
    }

    /// Tells committed offsets.
    func offsetFetch(_ request: OffsetFetchRequest, _ context: RequestContext) -> OffsetFetchResponse {
        var response = OffsetFetchResponse()
        guard context.version >= 8 else {
            let wanted = request.topics.map { topics in
                topics.flatMap { topic in topic.partitionIndexes.map { TopicPartition(topic.name, $0) } }
            }
            let found = committed(wanted, group: request.groupId, request, context)
            response.topics = Self.byTopic(found).map { name, entries in
                var topic = OffsetFetchResponse.Topic()
                topic.name = name
                topic.partitions = entries.map { entry in
                    var partition = OffsetFetchResponse.Partition()
                    partition.partitionIndex = entry.partitionIndex
                    partition.committedOffset = entry.committedOffset
                    partition.committedLeaderEpoch = entry.committedLeaderEpoch
                    partition.metadata = entry.metadata
                    partition.errorCode = entry.errorCode
                    return partition
                }
                return topic
            }
            return response
        }
        response.groups = request.groups.map { groupRequest in
            var group = OffsetFetchResponse.Group()
            group.groupId = groupRequest.groupId
            let wanted = groupRequest.topics.map { topics in
                topics.flatMap { topic in topic.partitionIndexes.map { TopicPartition(topic.name, $0) } }
            }
            let found = committed(wanted, group: groupRequest.groupId, request, context)
            group.topics = Self.byTopic(found).map { name, entries in
                var topic = OffsetFetchResponse.GroupTopic()
                topic.name = name
                topic.partitions = entries
                return topic
            }
            return group
        }
        return response
    }

    private func committed(
        _ wanted: [TopicPartition]?, group groupId: String, _ request: OffsetFetchRequest, _ context: RequestContext
    ) -> [(TopicPartition, OffsetFetchResponse.GroupPartition)] {
        let isForAll = wanted == nil
        return (wanted ?? groups.partitionsWithOffsets(group: groupId)).compactMap { partition in
            let (offset, error) = groups.committed(partition, group: groupId, requiresStable: request.requireStable)
            // Asked for all, a group tells of no partition that has nothing committed.
            if isForAll && offset == nil && error == .none { return nil }
            var entry = OffsetFetchResponse.GroupPartition()
            entry.partitionIndex = partition.partition
            entry.committedOffset = offset?.offset ?? -1
            entry.committedLeaderEpoch = offset?.leaderEpoch ?? -1
            entry.metadata = offset?.metadata ?? ""
            entry.errorCode = error
            return (partition, entry)
        }
    }

    private static func byTopic<Entry>(_ entries: [(TopicPartition, Entry)]) -> [(String, [Entry])] {
        var grouped: [(String, [Entry])] = []
        for (partition, entry) in entries {
            if let index = grouped.firstIndex(where: { $0.0 == partition.topic }) {
                grouped[index].1.append(entry)
            } else {
                grouped.append((partition.topic, [entry]))
            }
        }
        return grouped
    }

    func describeGroups(_ request: DescribeGroupsRequest, _ context: RequestContext) -> DescribeGroupsResponse {
        var response = DescribeGroupsResponse()
        response.groups = request.groups.map { id in
            var entry = DescribeGroupsResponse.Group()
            entry.groupId = id
            guard let group = groups.groups[id] else {
                entry.groupState = "Dead"
                if context.version >= 6 {
                    entry.errorCode = .groupIdNotFound
                    entry.errorMessage = "Group \(id) not found."
                }
                return entry
            }
            entry.groupState = group.state.rawValue
            entry.protocolType = group.protocolType ?? ""
            entry.protocolData = group.state == .stable ? group.protocolName ?? "" : ""
            entry.members = group.members.map { member in
                var described = DescribeGroupsResponse.Member()
                described.memberId = member.id
                described.groupInstanceId = member.instanceId
                described.clientId = member.clientId
                described.clientHost = "/" + member.clientHost
                if group.state == .stable {
                    described.memberMetadata = member.metadata(for: group.protocolName)
                    described.memberAssignment = member.assignment
                }
                return described
            }
            return entry
        }
        return response
    }

    func listGroups(_ request: ListGroupsRequest) -> ListGroupsResponse {
        let states = Set(request.statesFilter.map { $0.lowercased() })
        let types = Set(request.typesFilter.map { $0.lowercased() })
        var response = ListGroupsResponse()
        response.groups = groups.groups.values.sorted { $0.id < $1.id }.compactMap { group in
            guard states.isEmpty || states.contains(group.state.rawValue.lowercased()) else { return nil }
            guard types.isEmpty || types.contains("classic") else { return nil }
            var entry = ListGroupsResponse.Group()
            entry.groupId = group.id
            entry.protocolType = group.protocolType ?? ""
            entry.groupState = group.state.rawValue
            entry.groupType = "classic"
            return entry
        }
        return response
    }

    func deleteGroups(_ request: DeleteGroupsRequest) throws(DevBrokerError) -> DeleteGroupsResponse {
        var response = DeleteGroupsResponse()
        for id in request.groupsNames {
            var result = DeleteGroupsResponse.Result()
            result.groupId = id
            result.errorCode = groups.delete(id)
            if result.errorCode == .none { try record(.groupDeleted(id)) }
            response.results.append(result)
        }
        return response
    }

    func offsetDelete(_ request: OffsetDeleteRequest) throws(DevBrokerError) -> OffsetDeleteResponse {
        var response = OffsetDeleteResponse()
        guard let group = groups.groups[request.groupId] else {
            response.errorCode = .groupIdNotFound
            return response
        }
        guard group.members.isEmpty else {
            response.errorCode = .nonEmptyGroup
            return response
        }
        let partitions = request.topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name, $0.partitionIndex) }
        }
        groups.deleteOffsets(partitions, group: request.groupId)
        try record(.offsetsDeleted(group: request.groupId, partitions: partitions))
        response.topics = request.topics.map { topic in
            var entry = OffsetDeleteResponse.Topic()
            entry.name = topic.name
            entry.partitions = topic.partitions.map { partition in
                var result = OffsetDeleteResponse.Partition()
                result.partitionIndex = partition.partitionIndex
                return result
            }
            return entry
        }
        return response
    }
}
