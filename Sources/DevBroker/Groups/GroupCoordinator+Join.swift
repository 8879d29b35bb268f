internal import NIOCore

/// Who sent a request, as groups describe their members.
package struct ClientIdentity: Sendable {
    package var clientId: String
    package var host: String

    package init(clientId: String, host: String) {
        self.clientId = clientId
        self.host = host
    }
}

extension GroupCoordinator {
    /// Takes a member into a rebalance.
    ///
    /// - Parameter token: Names the request when it is held until all members have joined.
    /// - Returns: The answer; nil when the request is held.
    package mutating func join(
        _ request: JoinGroupRequest, version: Int16, from client: ClientIdentity, token: ReplyToken, now: Int64
    ) -> JoinGroupResponse? {
        let memberId = request.memberId
        guard !request.groupId.isEmpty else { return .refused(.invalidGroupId, memberId: memberId) }
        let timeouts = configuration.minSessionTimeoutMilliseconds...configuration.maxSessionTimeoutMilliseconds
        guard timeouts.contains(request.sessionTimeoutMilliseconds) else {
            return .refused(.invalidSessionTimeout, memberId: memberId)
        }
        guard !request.protocolType.isEmpty, !request.protocols.isEmpty else {
            return .refused(.inconsistentGroupProtocol, memberId: memberId)
        }
        guard groups[request.groupId] != nil || memberId.isEmpty else {
            return .refused(.unknownMemberId, memberId: memberId)
        }
        var group = groups.removeValue(forKey: request.groupId) ?? ConsumerGroup(id: request.groupId, now: now)
        defer { groups[request.groupId] = group }

        let protocols = request.protocols.map {
            GroupMember.AssignmentProtocol(name: $0.name, metadata: $0.metadata)
        }
        let replaced = request.groupInstanceId.flatMap { group.index(ofInstance: $0) }.map { group.members[$0].id }
        guard
            group.supports(
                protocolType: request.protocolType, protocols, except: memberId.isEmpty ? replaced : memberId)
        else { return .refused(.inconsistentGroupProtocol, memberId: memberId) }

        var member = GroupMember(
            id: memberId, instanceId: request.groupInstanceId, clientId: client.clientId, clientHost: client.host,
            sessionTimeoutMilliseconds: request.sessionTimeoutMilliseconds,
            rebalanceTimeoutMilliseconds: request.rebalanceTimeoutMilliseconds < 0
                ? request.sessionTimeoutMilliseconds : request.rebalanceTimeoutMilliseconds,
            protocols: protocols, sessionDeadline: now + Int64(request.sessionTimeoutMilliseconds))
        guard memberId.isEmpty else { return rejoin(member, request, in: &group, token: token, now: now) }

        member.id = (request.groupInstanceId ?? client.clientId) + "-" + newMemberSuffix()
        if let replaced {
            var response = replaceStaticMember(replaced, by: member, in: &group, token: token, now: now)
            if version < 9 && response?.skipAssignment ?? false {
                // Older clients would assign again when told that they lead.
                response?.skipAssignment = false
                response?.leader = replaced
                response?.members = []
            }
            return response
        }
        guard group.members.count + group.announcedMembers.count < configuration.maxGroupMemberCount else {
            return .refused(.groupMaxSizeReached, memberId: "")
        }
        if version >= 4 && request.groupInstanceId == nil {
            group.announcedMembers[member.id] = now + Int64(request.sessionTimeoutMilliseconds)
            return .refused(.memberIdRequired, memberId: member.id)
        }
        addMember(member, protocolType: request.protocolType, to: &group, token: token, now: now)
        return nil
    }

    /// A join of a member that has an id.
    private mutating func rejoin(
        _ member: GroupMember, _ request: JoinGroupRequest, in group: inout ConsumerGroup, token: ReplyToken,
        now: Int64
    ) -> JoinGroupResponse? {
        if group.announcedMembers.removeValue(forKey: member.id) != nil {
            addMember(member, protocolType: request.protocolType, to: &group, token: token, now: now)
            return nil
        }
        if let error = group.refusal(ofMember: member.id, instanceId: member.instanceId) {
            return .refused(error, memberId: member.id)
        }
        guard let index = group.index(of: member.id) else { return .refused(.unknownMemberId, memberId: member.id) }
        let isUnchanged = group.members[index].protocols == member.protocols
        let isLeader = group.leaderId == member.id
        switch group.state {
        case .completingRebalance where isUnchanged, .stable where isUnchanged && !isLeader:
            // The answer to the first join was lost.
            touch(&group.members[index], now: now)
            return joinResponse(for: group.members[index], in: group)
        case .empty, .preparingRebalance, .completingRebalance, .stable:
            var updated = member
            updated.assignment = group.members[index].assignment
            updated.awaitsSync = group.members[index].awaitsSync
            answerJoin(&group.members[index], .refused(.rebalanceInProgress, memberId: member.id))
            updated.awaitsJoin = token
            group.members[index] = updated
            prepareRebalance(&group, now: now)
            return nil
        }
    }

    private mutating func addMember(
        _ member: GroupMember, protocolType: String, to group: inout ConsumerGroup, token: ReplyToken, now: Int64
    ) {
        var member = member
        member.awaitsJoin = token
        if group.members.isEmpty { group.protocolType = protocolType }
        if group.leaderId == nil { group.leaderId = member.id }
        group.members.append(member)
        prepareRebalance(&group, now: now)
    }

    /// A static member that came back without its id takes the place of the one before, which is fenced.
    private mutating func replaceStaticMember(
        _ oldId: String, by member: GroupMember, in group: inout ConsumerGroup, token: ReplyToken,
        now: Int64
    ) -> JoinGroupResponse? {
        guard let index = group.index(of: oldId) else { return .refused(.unknownMemberId, memberId: "") }
        answerJoin(&group.members[index], .refused(.fencedInstanceId, memberId: oldId))
        answerSync(&group.members[index], .refused(.fencedInstanceId))
        var member = member
        member.assignment = group.members[index].assignment
        member.hasSynced = group.members[index].hasSynced
        group.members[index] = member
        let wasLeader = group.leaderId == oldId
        if wasLeader { group.leaderId = member.id }
        noteChanged(group.id)
        // As in Kafka, only another assignor counts as a change, not what the member tells the assignor.
        guard group.state == .stable, group.selectedProtocol() == group.protocolName else {
            group.members[index].awaitsJoin = token
            prepareRebalance(&group, now: now)
            return nil
        }
        var response = joinResponse(for: member, in: group)
        response.skipAssignment = wasLeader
        return response
    }

    /// Begins a rebalance, or goes on with the one that has begun.
    mutating func prepareRebalance(_ group: inout ConsumerGroup, now: Int64) {
        if group.state != .preparingRebalance {
            for index in group.members.indices {
                answerSync(&group.members[index], .refused(.rebalanceInProgress))
                group.members[index].hasSynced = false
            }
            group.earliestCompletion =
                group.state == .empty ? now + configuration.initialRebalanceDelayMilliseconds : now
            group.state = .preparingRebalance
            group.rebalanceDeadline = now + group.rebalanceTimeoutMilliseconds
        }
        completeJoinIfPossible(&group, now: now)
    }

    /// Ends the join phase when every member is there, or time is up.
    mutating func completeJoinIfPossible(_ group: inout ConsumerGroup, now: Int64) {
        guard group.state == .preparingRebalance, now >= group.earliestCompletion else { return }
        guard group.haveAllJoined || now >= group.rebalanceDeadline else { return }
        group.announcedMembers = [:]
        group.members.removeAll { $0.awaitsJoin == nil && $0.instanceId == nil }
        noteChanged(group.id)
        guard !group.members.isEmpty else { return becomeEmpty(&group, now: now) }
        guard group.members.contains(where: { $0.awaitsJoin != nil }) else {
            // Only static members are left and none has come back yet: their sessions decide.
            group.rebalanceDeadline = now + group.rebalanceTimeoutMilliseconds
            return
        }
        let leader = group.members.first { $0.id == group.leaderId && $0.awaitsJoin != nil }
        group.leaderId = (leader ?? group.members.first { $0.awaitsJoin != nil })?.id
        group.generation &+= 1
        group.protocolName = group.selectedProtocol()
        group.state = .completingRebalance
        group.rebalanceDeadline = now + group.rebalanceTimeoutMilliseconds
        for index in group.members.indices {
            group.members[index].assignment.clear()
            touch(&group.members[index], now: now)
            answerJoin(&group.members[index], joinResponse(for: group.members[index], in: group))
        }
    }

    mutating func becomeEmpty(_ group: inout ConsumerGroup, now: Int64) {
        group.state = .empty
        group.generation &+= 1
        group.protocolName = nil
        group.leaderId = nil
        group.rebalanceDeadline = .max
        group.emptySince = now
        noteChanged(group.id)
    }

    private func joinResponse(for member: GroupMember, in group: ConsumerGroup) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.generationId = group.generation
        response.protocolType = group.protocolType
        response.protocolName = group.protocolName ?? ""
        response.leader = group.leaderId ?? ""
        response.memberId = member.id
        guard group.leaderId == member.id else { return response }
        response.members = group.members.map { other in
            var entry = JoinGroupResponse.Member()
            entry.memberId = other.id
            entry.groupInstanceId = other.instanceId
            entry.metadata = other.metadata(for: group.protocolName)
            return entry
        }
        return response
    }

    mutating func answerJoin(_ member: inout GroupMember, _ response: JoinGroupResponse) {
        guard let token = member.awaitsJoin else { return }
        member.awaitsJoin = nil
        reply(.join(token, response))
    }

    mutating func answerSync(_ member: inout GroupMember, _ response: SyncGroupResponse) {
        guard let token = member.awaitsSync else { return }
        member.awaitsSync = nil
        reply(.sync(token, response))
    }

    /// Takes note of a sign of life.
    func touch(_ member: inout GroupMember, now: Int64) {
        member.sessionDeadline = now + Int64(member.sessionTimeoutMilliseconds)
    }
}
