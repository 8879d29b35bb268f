import DevBroker
import NIOCore
import Testing

/// The classic group protocol: who is in, who leads, and who is asked to come again.
@Suite(.timeLimit(.minutes(2))) struct GroupTests {
    @Test(
        arguments: [
            (ProtocolVersions.newest, "range"), (.newest, "roundrobin"), (.newest, "cooperative-sticky"),
            (.oldest, "range"),
        ])
    func twoMembersShareAGroup(_ versions: ProtocolVersions, _ assignor: String) async throws {
        try await Cluster.run(versions) { cluster in
            let group = cluster.name("g")
            let (first, second) = (try Member(cluster, group), try Member(cluster, group))
            first.assignor = assignor
            second.assignor = assignor
            try first.lead()
            #expect(try first.heartbeat() == .none)

            try second.announce()
            let secondJoins = try second.beginJoin()
            try first.awaitRebalance()
            let led = try first.join()
            let followed = try second.finishJoin(secondJoins)
            #expect(led.generationId == followed.generationId)
            #expect(led.protocolName == assignor)
            #expect(led.leader == first.identity.memberId)
            #expect(followed.leader == led.leader)
            #expect(Set(led.members.map(\.memberId)) == [first.identity.memberId, second.identity.memberId])
            #expect(led.members.allSatisfy { $0.metadata == Member.subscription })
            #expect(followed.members.isEmpty)

            let secondSyncs = try second.beginSync()
            let plan = [first.identity.memberId: "one", second.identity.memberId: "two"]
            let one = try first.client.finish(first.beginSync(plan))
            let two = try second.client.finish(secondSyncs)
            #expect(String(buffer: one.assignment) == "one")
            #expect(String(buffer: two.assignment) == "two")
            #expect(try first.heartbeat() == .none)
            #expect(try second.heartbeat() == .none)
            #expect(try second.heartbeat { $0.generation -= 1 } == .illegalGeneration)
            #expect(try second.heartbeat { $0.memberId = "stranger" } == .unknownMemberId)

            #expect(try second.leave() == .none)
            try first.awaitRebalance()
            let alone = try first.join()
            #expect(alone.generationId > led.generationId)
            #expect(alone.members.map(\.memberId) == [first.identity.memberId])
            #expect(try second.heartbeat() == .unknownMemberId)
            #expect(try second.leave() == .unknownMemberId)
        }
    }

    @Test func aMemberThatKeepsSilentIsRemoved() async throws {
        try await Cluster.run { cluster in
            let group = cluster.name("g")
            let silent = try Member(cluster, group)
            // The least that a broker takes in its default.
            silent.sessionTimeoutMilliseconds = 6000
            try silent.lead()
            let other = try Member(cluster, group)
            let answer = try other.join()
            #expect(answer.members.map(\.memberId) == [other.identity.memberId])
            #expect(try silent.heartbeat() == .unknownMemberId)
        }
    }

    @Test func membersMustHaveAnAssignorInCommon() async throws {
        try await Cluster.run { cluster in
            let group = cluster.name("g")
            let first = try Member(cluster, group)
            try first.lead()
            let second = try Member(cluster, group)
            second.assignor = "roundrobin"
            #expect(try second.client.finish(second.beginJoin()).errorCode == .inconsistentGroupProtocol)
            second.assignor = first.assignor
            second.sessionTimeoutMilliseconds = 1 << 30
            #expect(try second.client.finish(second.beginJoin()).errorCode == .invalidSessionTimeout)
            second.sessionTimeoutMilliseconds = first.sessionTimeoutMilliseconds
            second.identity.memberId = "stranger"
            #expect(try second.client.finish(second.beginJoin()).errorCode == .unknownMemberId)
            #expect(try first.heartbeat() == .none)
        }
    }

    @Test func aStaticMemberComesBackWithoutARebalance() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let old = try Member(cluster, group, instanceId: "instance")
            try old.lead()
            let new = try Member(cluster, group, instanceId: "instance")
            let answer = try new.join()
            #expect(answer.generationId == old.identity.generation)
            #expect(answer.memberId != old.identity.memberId)
            #expect(answer.leader == answer.memberId)
            #expect(answer.skipAssignment)
            let synced = try new.client.finish(new.beginSync())
            #expect(synced.errorCode == .none)
            #expect(String(buffer: synced.assignment) == "all")

            #expect(try old.heartbeat() == .fencedInstanceId)
            #expect(try old.client.finish(old.beginJoin()).errorCode == .fencedInstanceId)
            #expect(try old.client.finish(old.beginSync()).errorCode == .fencedInstanceId)
            #expect(try cluster.commit(1, of: partition, group: group, as: old.identity) == .fencedInstanceId)
            let producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try producer.add(group: group) == .none)
            #expect(try producer.commit(1, of: partition, group: group, as: old.identity) == .fencedInstanceId)
            #expect(try producer.commit(2, of: partition, group: group, as: new.identity) == .none)
            #expect(try old.leave() == .fencedInstanceId)
            #expect(try new.heartbeat() == .none)
            #expect(try new.leave() == .none)
            #expect(try new.heartbeat() == .unknownMemberId)
        }
    }

    @Test func commitsAreAcceptedByTheStateOfTheGroup() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let first = try Member(cluster, group)
            try first.join()
            // The leader has not assigned yet.
            #expect(try cluster.commit(1, of: partition, group: group, as: first.identity) == .rebalanceInProgress)
            #expect(try first.heartbeat() == .none)
            #expect(try first.client.finish(first.beginSync()).errorCode == .none)
            #expect(try cluster.commit(2, of: partition, group: group, as: first.identity) == .none)

            let second = try Member(cluster, group)
            try second.announce()
            let joins = try second.beginJoin()
            try first.awaitRebalance()
            // What was read before the rebalance may be committed until the member has joined again.
            #expect(try cluster.commit(3, of: partition, group: group, as: first.identity) == .none)
            #expect(try first.client.finish(first.beginSync()).errorCode == .rebalanceInProgress)
            let stale = first.identity
            try first.join()
            _ = try second.finishJoin(joins)
            #expect(try cluster.commit(4, of: partition, group: group, as: stale) == .illegalGeneration)
            let producer = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try producer.add(group: group) == .none)
            // A transaction of the current generation may end while the group rebalances.
            #expect(try producer.commit(5, of: partition, group: group, as: first.identity) == .none)
            #expect(try producer.end(commit: true) == .none)
            #expect(try cluster.stableCommitted(partition, group: group).offset == 5)
        }
    }

    @Test(arguments: ProtocolVersions.allCases)
    func commitsOfAGroupThatDoesNotExistNeedNoGeneration(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let member = GroupIdentity(memberId: "member", generation: 3)
            let error = try cluster.commit(1, of: partition, group: group, as: member)
            #expect(error == (versions == .newest ? .groupIdNotFound : .illegalGeneration))
            #expect(try cluster.commit(2, of: partition, group: group) == .none)
            let missing = TopicPartition(partition.topic, 7)
            #expect(try cluster.commit(2, of: missing, group: group) == .unknownTopicOrPartition)
        }
    }
}
