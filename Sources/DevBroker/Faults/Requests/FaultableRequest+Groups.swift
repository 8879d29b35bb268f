extension OffsetCommitRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId], topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> OffsetCommitResponse {
        .with {
            $0.topics = topics.map { .refused($0.name, $0.partitions.map(\.partitionIndex), refusal.error) }
        }
    }
}

extension OffsetFetchRequest: FaultableRequest {
    var subject: FaultSubject {
        let inGroups = groups.flatMap { ($0.topics ?? []).map(\.name) }
        return FaultSubject(
            groups: groups.isEmpty ? [groupId] : groups.map(\.groupId), topics: (topics ?? []).map(\.name) + inGroups)
    }

    /// An unstable offset is an error of its partition, all others are errors of the whole group.
    func refused(_ refusal: Refusal) -> OffsetFetchResponse {
        let error = refusal.error
        let isOfPartitions = error == .unstableOffsetCommit
        return .refused(isOfPartitions ? .none : error) { response in
            response.topics = (topics ?? []).map { topic in
                .refused(topic.name, topic.partitionIndexes, error) {
                    $0.committedOffset = -1
                    $0.metadata = ""
                }
            }
            response.groups = groups.map { group in
                .refused(isOfPartitions ? .none : error) {
                    $0.groupId = group.groupId
                    $0.topics = !isOfPartitions ? [] : (group.topics ?? []).map { Self.unstable($0, error) }
                }
            }
        }
    }

    private static func unstable(_ topic: GroupTopic, _ error: ErrorCode) -> OffsetFetchResponse.GroupTopic {
        .refused(topic.name, topic.partitionIndexes, error) {
            $0.committedOffset = -1
            $0.metadata = ""
        }
    }
}

extension FindCoordinatorRequest: FaultableRequest {
    var subject: FaultSubject {
        let keys = coordinatorKeys.isEmpty ? [key] : coordinatorKeys
        return keyType == 0 ? FaultSubject(groups: keys) : FaultSubject(transactionalId: keys.first)
    }

    func refused(_ refusal: Refusal) -> FindCoordinatorResponse {
        .refused(refusal.error) { response in
            response.nodeId = -1
            response.port = -1
            response.coordinators = coordinatorKeys.map { key in
                .refused(refusal.error) {
                    $0.key = key
                    $0.nodeId = -1
                    $0.port = -1
                }
            }
        }
    }
}

extension JoinGroupRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId]) }

    func refused(_ refusal: Refusal) -> JoinGroupResponse { .refused(refusal.error, memberId: memberId) }
}

extension SyncGroupRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId]) }

    func refused(_ refusal: Refusal) -> SyncGroupResponse { .refused(refusal.error) }
}

extension HeartbeatRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId]) }
}

extension LeaveGroupRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId]) }
}

extension DescribeGroupsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: groups) }

    func refused(_ refusal: Refusal) -> DescribeGroupsResponse {
        .with { $0.groups = groups.map { group in .refused(refusal.error) { $0.groupId = group } } }
    }
}

extension ListGroupsRequest: FaultableRequest {}

extension DeleteGroupsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: groupsNames) }

    func refused(_ refusal: Refusal) -> DeleteGroupsResponse {
        .with { $0.results = groupsNames.map { group in .refused(refusal.error) { $0.groupId = group } } }
    }
}

extension OffsetDeleteRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId], topics: topics.map(\.name)) }
}

extension OffsetCommitResponse: ThrottledMessage {}
extension OffsetCommitResponse.Topic: RefusedTopic {}
extension OffsetCommitResponse.Partition: RefusedPartition {}
extension OffsetFetchResponse: ThrottledMessage, RefusedItem {}
extension OffsetFetchResponse.Topic: RefusedTopic {}
extension OffsetFetchResponse.Partition: RefusedPartition {}
extension OffsetFetchResponse.Group: RefusedItem {}
extension OffsetFetchResponse.GroupTopic: RefusedTopic {}
extension OffsetFetchResponse.GroupPartition: RefusedPartition {}
extension FindCoordinatorResponse: ThrottledMessage, RefusedItem {}
extension FindCoordinatorResponse.Coordinator: RefusedItem {}
extension JoinGroupResponse: ThrottledMessage {}
extension SyncGroupResponse: ThrottledMessage {}
extension HeartbeatResponse: ThrottledMessage, RefusedItem {}
extension LeaveGroupResponse: ThrottledMessage, RefusedItem {}
extension DescribeGroupsResponse: ThrottledMessage {}
extension DescribeGroupsResponse.Group: RefusedItem {}
extension ListGroupsResponse: ThrottledMessage, RefusedItem {}
extension DeleteGroupsResponse: ThrottledMessage {}
extension DeleteGroupsResponse.Result: RefusedItem {}
extension OffsetDeleteResponse: ThrottledMessage, RefusedItem {}
