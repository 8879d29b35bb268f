extension OffsetCommitRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId], topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> OffsetCommitResponse {
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
        return .with { response in
            response.errorCode = isOfPartitions ? .none : error
            response.topics = (topics ?? []).map { topic in
                .with {
                    $0.name = topic.name
                    $0.partitions = topic.partitionIndexes.map { index in
                        .with {
                            $0.partitionIndex = index
                            $0.committedOffset = -1
                            $0.metadata = ""
                            $0.errorCode = error
                        }
                    }
                }
            }
            response.groups = groups.map { group in
                .with {
                    $0.groupId = group.groupId
                    $0.errorCode = isOfPartitions ? .none : error
                    $0.topics = !isOfPartitions ? [] : (group.topics ?? []).map { Self.unstable($0, error) }
                }
            }
        }
    }

    private static func unstable(_ topic: GroupTopic, _ error: ErrorCode) -> OffsetFetchResponse.GroupTopic {
        .with {
            $0.name = topic.name
            $0.partitions = topic.partitionIndexes.map { index in
                .with {
                    $0.partitionIndex = index
                    $0.committedOffset = -1
                    $0.metadata = ""
                    $0.errorCode = error
                }
            }
        }
    }
}

extension FindCoordinatorRequest: FaultableRequest {
    var subject: FaultSubject {
        let keys = coordinatorKeys.isEmpty ? [key] : coordinatorKeys
        return keyType == 0 ? FaultSubject(groups: keys) : FaultSubject(transactionalId: keys.first)
    }

    func refused(_ refusal: Refusal) -> FindCoordinatorResponse {
        .with { response in
            response.errorCode = refusal.error
            response.nodeId = -1
            response.port = -1
            response.coordinators = coordinatorKeys.map { key in
                .with {
                    $0.key = key
                    $0.nodeId = -1
                    $0.port = -1
                    $0.errorCode = refusal.error
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

    func refused(_ refusal: Refusal) -> HeartbeatResponse { .with { $0.errorCode = refusal.error } }
}

extension LeaveGroupRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId]) }

    func refused(_ refusal: Refusal) -> LeaveGroupResponse { .with { $0.errorCode = refusal.error } }
}

extension DescribeGroupsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: groups) }

    func refused(_ refusal: Refusal) -> DescribeGroupsResponse {
        .with { response in
            response.groups = groups.map { group in
                .with {
                    $0.groupId = group
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension ListGroupsRequest: FaultableRequest {
    func refused(_ refusal: Refusal) -> ListGroupsResponse { .with { $0.errorCode = refusal.error } }
}

extension DeleteGroupsRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: groupsNames) }

    func refused(_ refusal: Refusal) -> DeleteGroupsResponse {
        .with { response in
            response.results = groupsNames.map { group in
                .with {
                    $0.groupId = group
                    $0.errorCode = refusal.error
                }
            }
        }
    }
}

extension OffsetDeleteRequest: FaultableRequest {
    var subject: FaultSubject { FaultSubject(groups: [groupId], topics: topics.map(\.name)) }

    func refused(_ refusal: Refusal) -> OffsetDeleteResponse { .with { $0.errorCode = refusal.error } }
}

extension OffsetCommitResponse: ThrottledMessage {}
extension OffsetFetchResponse: ThrottledMessage {}
extension FindCoordinatorResponse: ThrottledMessage {}
extension JoinGroupResponse: ThrottledMessage {}
extension SyncGroupResponse: ThrottledMessage {}
extension HeartbeatResponse: ThrottledMessage {}
extension LeaveGroupResponse: ThrottledMessage {}
extension DescribeGroupsResponse: ThrottledMessage {}
extension ListGroupsResponse: ThrottledMessage {}
extension DeleteGroupsResponse: ThrottledMessage {}
extension OffsetDeleteResponse: ThrottledMessage {}
