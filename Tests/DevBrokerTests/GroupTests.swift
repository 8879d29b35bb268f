import DevBroker
import NIOCore
import Testing

@Suite struct GroupTests {
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.createTopic("t", partitions: 2)
        return harness
    }

    /// Lets two members into a stable group; the first leads.
    private func pair(_ harness: BrokerHarness) throws -> (first: JoinGroupResponse, second: JoinGroupResponse) {
        let one = try #require(try harness.join().answer())
        _ = try harness.sync(one, [one.memberId: "all"])
        let two = try harness.join()
        #expect(try two.answer() == nil)
        #expect(try harness.heartbeat(one) == .rebalanceInProgress)
        let again = try harness.join(member: one.memberId)
        let first = try #require(try again.answer())
        let second = try #require(try two.answer())
        let waiting = try harness.begin(harness.syncRequest(second, [:]))
        #expect(try waiting.answer() == nil)
        let assignment = try #require(
            try harness.begin(harness.syncRequest(first, [first.memberId: "a", second.memberId: "b"])).answer())
        #expect(assignment.assignment == ByteBuffer(string: "a"))
        #expect(try waiting.answer()?.assignment == ByteBuffer(string: "b"))
        return (first, second)
    }

    @Test func newMembersAreToldTheirIdFirst() throws {
        let harness = try harness()
        let answer = try harness.send(harness.joinRequest(), version: 4)
        #expect(answer.errorCode == .memberIdRequired)
        #expect(answer.memberId.hasPrefix("test-"))
        // Nobody waits for a member that does not come back.
        harness.advance(by: 10_000)
        let other = try harness.join()
        #expect(try #require(try other.answer()).members.count == 1)
    }

    @Test func twoMembersShareAGroup() throws {
        let harness = try harness()
        let (first, second) = try pair(harness)
        #expect(first.generationId == second.generationId)
        #expect(first.leader == first.memberId)
        #expect(second.leader == first.memberId)
        #expect(first.members.map(\.memberId).sorted() == [first.memberId, second.memberId].sorted())
        #expect(second.members.isEmpty)
        #expect(try harness.heartbeat(first) == .none)
        #expect(try harness.describe().groupState == "Stable")
    }

    @Test func oldGenerationsAreFenced() throws {
        let harness = try harness()
        let one = try #require(try harness.join().answer())
        _ = try harness.sync(one, [one.memberId: "all"])
        #expect(try harness.commit(3, generation: one.generationId, member: one.memberId) == .none)
        let two = try harness.join()
        let again = try harness.join(member: one.memberId)
        let next = try #require(try again.answer())
        #expect(next.generationId == one.generationId + 1)
        #expect(try harness.heartbeat(one) == .illegalGeneration)
        #expect(try harness.commit(4, generation: one.generationId, member: one.memberId) == .illegalGeneration)
        #expect(try harness.commit(4, generation: next.generationId, member: next.memberId) == .rebalanceInProgress)
        #expect(try harness.commit(4, generation: next.generationId, member: "ghost") == .unknownMemberId)
        #expect(try harness.commit(4) == .unknownMemberId)
        #expect(try harness.send(harness.syncRequest(one, [:])).errorCode == .illegalGeneration)
        _ = two
    }

    @Test func transactionalCommitsAreFencedByGenerationButNotByARebalance() throws {
        let harness = try harness()
        let (first, _) = try pair(harness)
        let producer = try harness.initProducer("x").producer
        try harness.addOffsets("x", producer)
        let commit = { (generation: Int32, member: String) in
            try harness.commitInTransaction(1, "x", producer, generation: generation, member: member)
        }
        #expect(try commit(first.generationId, first.memberId) == .none)
        #expect(try commit(first.generationId - 1, first.memberId) == .illegalGeneration)
        #expect(try commit(first.generationId, "ghost") == .unknownMemberId)
        // Without member and generation the group does not check: so does Kafka.
        #expect(try commit(-1, "") == .none)
        _ = try harness.join()
        #expect(try commit(first.generationId, first.memberId) == .none)
    }

    @Test func silentMembersAreRemoved() throws {
        let harness = try harness()
        let (first, second) = try pair(harness)
        harness.advance(by: 6000)
        #expect(try harness.heartbeat(first) == .none)
        harness.advance(by: 4000)
        #expect(try harness.heartbeat(first) == .rebalanceInProgress)
        #expect(try harness.heartbeat(second) == .unknownMemberId)
        let again = try #require(try harness.join(member: first.memberId).answer())
        #expect(again.members.map(\.memberId) == [first.memberId])
    }

    @Test func membersThatDoNotRejoinInTimeAreRemoved() throws {
        let harness = try harness()
        let (first, second) = try pair(harness)
        let again = try harness.join(member: first.memberId, metadata: "changed")
        #expect(try again.answer() == nil)
        // The second one lives, but does not rejoin.
        for _ in 0..<5 {
            harness.advance(by: 5000)
            _ = try harness.heartbeat(second)
        }
        #expect(try again.answer() == nil)
        harness.advance(by: 5000)
        #expect(try #require(try again.answer()).members.map(\.memberId) == [first.memberId])
        #expect(try harness.heartbeat(second) == .unknownMemberId)
    }

    @Test func membersThatDoNotSyncInTimeAreRemoved() throws {
        let harness = try harness()
        let one = try #require(try harness.join().answer())
        harness.advance(by: 9000)
        #expect(try harness.heartbeat(one) == .none)
        for _ in 0..<3 {
            harness.advance(by: 8000)
            _ = try harness.heartbeat(one)
        }
        #expect(try harness.heartbeat(one) == .unknownMemberId)
        #expect(try harness.describe().groupState == "Empty")
    }

    @Test func membersThatLeaveAreReplacedAtOnce() throws {
        let harness = try harness()
        let (first, second) = try pair(harness)
        var member = LeaveGroupRequest.Member()
        member.memberId = second.memberId
        var ghost = LeaveGroupRequest.Member()
        ghost.memberId = "ghost"
        var request = LeaveGroupRequest()
        request.groupId = "g"
        request.members = [member, ghost]
        #expect(try harness.send(request).members.map(\.errorCode) == [.none, .unknownMemberId])
        #expect(try harness.heartbeat(first) == .rebalanceInProgress)
        var old = LeaveGroupRequest()
        old.groupId = "g"
        old.memberId = first.memberId
        #expect(try harness.send(old, version: 1).errorCode == .none)
        #expect(try harness.describe().groupState == "Empty")
    }

    @Test func membersWithoutACommonAssignorAreRefused() throws {
        let harness = try harness()
        let (first, _) = try pair(harness)
        var request = harness.joinRequest(protocols: ["other"])
        #expect(try harness.send(request, version: 3).errorCode == .inconsistentGroupProtocol)
        request = harness.joinRequest()
        request.protocolType = "connect"
        #expect(try harness.send(request, version: 3).errorCode == .inconsistentGroupProtocol)
        #expect(try harness.heartbeat(first) == .none)
    }

    @Test func theAssignorThatAllKnowIsChosen() throws {
        let harness = try harness()
        let one = try harness.join(protocols: ["sticky", "range"])
        let first = try #require(try one.answer())
        #expect(first.protocolName == "sticky")
        _ = try harness.sync(first, [:])
        let two = try harness.join(protocols: ["range"])
        let again = try harness.join(member: first.memberId, protocols: ["sticky", "range"])
        #expect(try #require(try again.answer()).protocolName == "range")
        #expect(try #require(try two.answer()).protocolName == "range")
    }

    @Test func staticMembersComeBackWithoutARebalance() throws {
        let harness = try harness()
        let one = try #require(try harness.join(instance: "i1").answer())
        #expect(try harness.sync(one, [one.memberId: "all"]).assignment == ByteBuffer(string: "all"))
        let back = try #require(try harness.join(instance: "i1").answer())
        #expect(back.generationId == one.generationId)
        #expect(back.memberId != one.memberId)
        #expect(back.skipAssignment)
        #expect(try harness.sync(back, [:]).assignment == ByteBuffer(string: "all"))
        // The one before is fenced.
        var heartbeat = harness.heartbeatRequest(one)
        heartbeat.groupInstanceId = "i1"
        #expect(try harness.send(heartbeat).errorCode == .fencedInstanceId)
        heartbeat.memberId = back.memberId
        #expect(try harness.send(heartbeat).errorCode == .none)
        var leaving = LeaveGroupRequest.Member()
        leaving.memberId = one.memberId
        leaving.groupInstanceId = "i1"
        var leave = LeaveGroupRequest()
        leave.groupId = "g"
        leave.members = [leaving]
        #expect(try harness.send(leave).members[0].errorCode == .fencedInstanceId)
        #expect(try harness.join(member: one.memberId, instance: "i1").answer()?.errorCode == .fencedInstanceId)
    }

    @Test func rejoiningWithTheSameMetadataIsNoRebalance() throws {
        let harness = try harness()
        let (first, second) = try pair(harness)
        let answer = try #require(try harness.join(member: second.memberId).answer())
        #expect(answer.generationId == first.generationId)
        // The leader, however, may want to assign again.
        #expect(try harness.join(member: first.memberId).answer() == nil)
        #expect(try harness.heartbeat(second) == .rebalanceInProgress)
    }

    @Test func groupsSurviveACrash() throws {
        let harness = try harness()
        let (first, second) = try pair(harness)
        try harness.crash()
        #expect(try harness.heartbeat(first) == .none)
        #expect(try harness.heartbeat(second) == .none)
        #expect(try harness.sync(second, [:]).assignment == ByteBuffer(string: "b"))
        #expect(try harness.commit(3, generation: first.generationId, member: first.memberId) == .none)
        harness.advance(by: 10_000)
        #expect(try harness.heartbeat(first) == .unknownMemberId)
    }

    @Test func sessionTimeoutsAreBounded() throws {
        let harness = try harness()
        var request = harness.joinRequest()
        request.sessionTimeoutMilliseconds = harness.configuration.maxSessionTimeoutMilliseconds + 1
        #expect(try harness.send(request).errorCode == .invalidSessionTimeout)
    }

    @Test func theFirstRebalanceMayWaitForMoreMembers() throws {
        let harness = try BrokerHarness { $0.initialRebalanceDelayMilliseconds = 300 }
        try harness.createTopic("t")
        let one = try harness.join()
        let two = try harness.join()
        #expect(try one.answer() == nil)
        harness.advance(by: 300)
        #expect(try #require(try one.answer()).members.count == 2)
        #expect(try #require(try two.answer()).generationId == 1)
    }
}

extension BrokerHarness {
    func joinRequest(
        member: String = "", instance: String? = nil, protocols: [String] = ["range"], metadata: String = "m"
    ) -> JoinGroupRequest {
        var request = JoinGroupRequest()
        request.groupId = "g"
        request.sessionTimeoutMilliseconds = 10_000
        request.rebalanceTimeoutMilliseconds = 30_000
        request.memberId = member
        request.groupInstanceId = instance
        request.protocolType = "consumer"
        request.protocols = protocols.map { name in
            var assignor = JoinGroupRequest.MemberProtocol()
            assignor.name = name
            assignor.metadata = ByteBuffer(string: metadata)
            return assignor
        }
        return request
    }

    /// Joins as clients do: a member without an id asks for one first.
    func join(
        member: String = "", instance: String? = nil, protocols: [String] = ["range"], metadata: String = "m"
    ) throws -> HeldRequest<JoinGroupRequest> {
        let request = joinRequest(member: member, instance: instance, protocols: protocols, metadata: metadata)
        let first = try begin(request)
        guard let answer = try first.answer(), answer.errorCode == .memberIdRequired else { return first }
        return try begin(
            joinRequest(member: answer.memberId, instance: instance, protocols: protocols, metadata: metadata))
    }

    func syncRequest(_ joined: JoinGroupResponse, _ assignments: [String: String]) -> SyncGroupRequest {
        var request = SyncGroupRequest()
        request.groupId = "g"
        request.generationId = joined.generationId
        request.memberId = joined.memberId
        request.assignments = assignments.sorted { $0.key < $1.key }.map { member, value in
            var assignment = SyncGroupRequest.Assignment()
            assignment.memberId = member
            assignment.assignment = ByteBuffer(string: value)
            return assignment
        }
        return request
    }

    func sync(_ joined: JoinGroupResponse, _ assignments: [String: String]) throws -> SyncGroupResponse {
        try send(syncRequest(joined, assignments))
    }

    func heartbeatRequest(_ joined: JoinGroupResponse) -> HeartbeatRequest {
        var request = HeartbeatRequest()
        request.groupId = "g"
        request.generationId = joined.generationId
        request.memberId = joined.memberId
        return request
    }

    func heartbeat(_ joined: JoinGroupResponse) throws -> ErrorCode { try send(heartbeatRequest(joined)).errorCode }

    func describe(_ group: String = "g") throws -> DescribeGroupsResponse.Group {
        var request = DescribeGroupsRequest()
        request.groups = [group]
        guard let found = try send(request).groups.first else { throw Missing(what: "a group") }
        return found
    }
}
