internal import NIOCore

extension GroupCoordinator {
    /// Gives a member its assignment once the leader has made it.
    ///
    /// - Returns: The answer; nil when the request is held until the leader's comes.
    package mutating func sync(_ request: SyncGroupRequest, token: ReplyToken, now: Int64) -> SyncGroupResponse? {
        guard !request.groupId.isEmpty else { return .refused(.invalidGroupId) }
        guard var group = groups.removeValue(forKey: request.groupId) else { return .refused(.unknownMemberId) }
        defer { groups[request.groupId] = group }
        if let error = group.refusal(ofMember: request.memberId, instanceId: request.groupInstanceId) {
            return .refused(error)
        }
        guard let index = group.index(of: request.memberId) else { return .refused(.unknownMemberId) }
        guard request.generationId == group.generation else { return .refused(.illegalGeneration) }
        if let type = request.protocolType, type != group.protocolType { return .refused(.inconsistentGroupProtocol) }
        if let name = request.protocolName, name != group.protocolName { return .refused(.inconsistentGroupProtocol) }
        switch group.state {
        case .empty: return .refused(.unknownMemberId)
        case .preparingRebalance: return .refused(.rebalanceInProgress)
        case .stable:
            touch(&group.members[index], now: now)
            group.members[index].hasSynced = true
            return syncResponse(for: group.members[index], in: group)
        case .completingRebalance:
            answerSync(&group.members[index], .refused(.rebalanceInProgress))
            group.members[index].awaitsSync = token
            group.members[index].hasSynced = true
            guard group.leaderId == request.memberId else { return nil }
            let assignments = Dictionary(
                request.assignments.map { ($0.memberId, $0.assignment) }, uniquingKeysWith: { _, last in last })
            group.state = .stable
            noteChanged(group.id)
            for member in group.members.indices {
                group.members[member].assignment = assignments[group.members[member].id] ?? ByteBuffer()
                if group.members[member].awaitsSync != nil { touch(&group.members[member], now: now) }
                answerSync(&group.members[member], syncResponse(for: group.members[member], in: group))
            }
            return nil
        }
    }

    private func syncResponse(for member: GroupMember, in group: ConsumerGroup) -> SyncGroupResponse {
        var response = SyncGroupResponse()
        response.protocolType = group.protocolType
        response.protocolName = group.protocolName
        response.assignment = member.assignment
        return response
    }

    /// Takes note that a member lives, and tells it when it must rejoin.
    package mutating func heartbeat(_ request: HeartbeatRequest, now: Int64) -> ErrorCode {
        guard !request.groupId.isEmpty else { return .invalidGroupId }
        guard var group = groups.removeValue(forKey: request.groupId) else { return .unknownMemberId }
        defer { groups[request.groupId] = group }
        if let error = group.refusal(ofMember: request.memberId, instanceId: request.groupInstanceId) { return error }
        guard let index = group.index(of: request.memberId) else { return .unknownMemberId }
        guard request.generationId == group.generation else { return .illegalGeneration }
        touch(&group.members[index], now: now)
        return group.state == .preparingRebalance ? .rebalanceInProgress : .none
    }

    /// Removes members that leave.
    package mutating func leave(_ request: LeaveGroupRequest, version: Int16, now: Int64) -> LeaveGroupResponse {
        var response = LeaveGroupResponse()
        guard !request.groupId.isEmpty else {
            response.errorCode = .invalidGroupId
            return response
        }
        var leaving = request.members
        if version < 3 {
            var only = LeaveGroupRequest.Member()
            only.memberId = request.memberId
            leaving = [only]
        }
        guard var group = groups.removeValue(forKey: request.groupId) else {
            response.members = leaving.map { LeaveGroupResponse.Member($0, .unknownMemberId) }
            if version < 3 { response.errorCode = .unknownMemberId }
            return response
        }
        defer { groups[request.groupId] = group }
        for member in leaving {
            let error = remove(member, from: &group, now: now)
            response.members.append(LeaveGroupResponse.Member(member, error))
            if version < 3 { response.errorCode = error }
        }
        return response
    }

    private mutating func remove(
        _ leaving: LeaveGroupRequest.Member, from group: inout ConsumerGroup, now: Int64
    ) -> ErrorCode {
        if group.announcedMembers.removeValue(forKey: leaving.memberId) != nil {
            completeJoinIfPossible(&group, now: now)
            return .none
        }
        var memberId = leaving.memberId
        if let instanceId = leaving.groupInstanceId {
            guard let index = group.index(ofInstance: instanceId) else { return .unknownMemberId }
            // An administrator removes a static member by its name alone.
            if memberId.isEmpty { memberId = group.members[index].id }
            guard group.members[index].id == memberId else { return .fencedInstanceId }
        }
        guard group.index(of: memberId) != nil else { return .unknownMemberId }
        removeMember(memberId, from: &group, now: now)
        return .none
    }

    /// Removes a member and lets the others share its part.
    mutating func removeMember(_ memberId: String, from group: inout ConsumerGroup, now: Int64) {
        guard let index = group.index(of: memberId) else { return }
        var member = group.members.remove(at: index)
        answerJoin(&member, .refused(.unknownMemberId, memberId: memberId))
        answerSync(&member, .refused(.unknownMemberId))
        if group.leaderId == memberId { group.leaderId = group.members.first?.id }
        noteChanged(group.id)
        switch group.state {
        case .stable, .completingRebalance: prepareRebalance(&group, now: now)
        case .preparingRebalance: completeJoinIfPossible(&group, now: now)
        case .empty: break
        }
    }

    /// Lets time pass: removes silent members, ends phases of rebalances, forgets old offsets.
    package mutating func advance(now: Int64) {
        for id in groups.keys.sorted() {
            guard var group = groups.removeValue(forKey: id) else { continue }
            for (memberId, deadline) in group.announcedMembers where deadline <= now {
                group.announcedMembers[memberId] = nil
            }
            for member in group.members where member.sessionDeadline <= now {
                // A member whose request is held is alive: it cannot speak until it is answered.
                if member.awaitsJoin == nil && member.awaitsSync == nil {
                    removeMember(member.id, from: &group, now: now)
                }
            }
            if group.state == .completingRebalance && group.rebalanceDeadline <= now {
                for member in group.members where !member.hasSynced {
                    removeMember(member.id, from: &group, now: now)
                }
            }
            completeJoinIfPossible(&group, now: now)
            groups[id] = group
        }
    }

    /// When `advance` will next have something to do; nil when never.
    package var nextDeadline: Int64? {
        groups.values.compactMap { group -> Int64? in
            let sessions = group.members.lazy.filter { $0.awaitsJoin == nil && $0.awaitsSync == nil }
                .map(\.sessionDeadline).min()
            let rebalance: Int64? =
                switch group.state {
                case .preparingRebalance:
                    group.haveAllJoined ? group.earliestCompletion : group.rebalanceDeadline
                case .completingRebalance: group.rebalanceDeadline
                case .empty, .stable: nil
                }
            return [sessions, rebalance, group.announcedMembers.values.min()].compactMap { $0 }.min()
        }.min()
    }

    /// Forgets held requests of a connection that is gone.
    package mutating func drop(_ token: ReplyToken) {
        for (id, var group) in groups {
            guard let index = group.members.firstIndex(where: { $0.awaitsJoin == token || $0.awaitsSync == token })
            else { continue }
            // The member stays until its session ends: it may come back on a new connection.
            if group.members[index].awaitsSync == token { group.members[index].awaitsSync = nil }
            groups[id] = group
            return
        }
    }
}

extension LeaveGroupResponse.Member {
    fileprivate init(_ member: LeaveGroupRequest.Member, _ error: ErrorCode) {
        self.init()
        memberId = member.memberId
        groupInstanceId = member.groupInstanceId
        errorCode = error
    }
}
