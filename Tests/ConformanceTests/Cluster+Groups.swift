import DevBroker
import NIOCore

/// A member of a consumer group, on a connection of its own.
final class Member {
    let group: String
    let client: WireClient
    var identity = GroupIdentity()
    var assignor = "range"
    var sessionTimeoutMilliseconds: Int32 = 30_000
    var rebalanceTimeoutMilliseconds: Int32 = 60_000

    /// A consumer's subscription to no topic; real brokers read it.
    static var subscription: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(0 as Int16, 0 as Int32, -1 as Int32)
        return buffer
    }

    init(_ cluster: Cluster, _ group: String, instanceId: String? = nil) throws {
        self.group = group
        client = try cluster.member(group: group)
        identity.instanceId = instanceId
    }

    func beginJoin() throws -> WireClient.Pending<JoinGroupRequest> {
        var entry = JoinGroupRequest.MemberProtocol()
        entry.name = assignor
        entry.metadata = Self.subscription
        var request = JoinGroupRequest()
        request.groupId = group
        request.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
        request.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds
        request.memberId = identity.memberId
        request.groupInstanceId = identity.instanceId
        request.protocolType = "consumer"
        request.protocols = [entry]
        return try client.begin(request)
    }

    /// Gets a member id where the version asks for a second join, so that the next join is held.
    func announce() throws {
        guard try client.version(of: .joinGroup) >= 4, identity.instanceId == nil else { return }
        let answer = try settled(\.errorCode) { try client.finish(beginJoin()) }
        guard answer.errorCode == .memberIdRequired else { throw Unexpected("a first join: \(answer.errorCode)") }
        identity.memberId = answer.memberId
    }

    /// Takes the answer to a join in.
    func finishJoin(_ pending: WireClient.Pending<JoinGroupRequest>) throws -> JoinGroupResponse {
        let answer = try client.finish(pending)
        guard answer.errorCode == .none else { throw Unexpected("a join: \(answer.errorCode)") }
        identity.memberId = answer.memberId
        identity.generation = answer.generationId
        return answer
    }

    /// Joins from the first request to the answer, which comes when all members have joined.
    @discardableResult
    func join() throws -> JoinGroupResponse {
        if identity.memberId.isEmpty { try announce() }
        let answer = try settled(\.errorCode) { try client.finish(beginJoin()) }
        guard answer.errorCode == .none else { throw Unexpected("a join: \(answer.errorCode)") }
        identity.memberId = answer.memberId
        identity.generation = answer.generationId
        return answer
    }

    func beginSync(_ assignments: [String: String] = [:]) throws -> WireClient.Pending<SyncGroupRequest> {
        var request = SyncGroupRequest()
        request.groupId = group
        request.generationId = identity.generation
        request.memberId = identity.memberId
        request.groupInstanceId = identity.instanceId
        request.protocolType = "consumer"
        request.protocolName = assignor
        request.assignments = assignments.sorted { $0.key < $1.key }.map { member, text in
            var assignment = SyncGroupRequest.Assignment()
            assignment.memberId = member
            assignment.assignment = ByteBuffer(string: text)
            return assignment
        }
        return try client.begin(request)
    }

    /// Joins a group as its only member, and assigns itself all.
    func lead() throws {
        try join()
        let answer = try client.finish(beginSync([identity.memberId: "all"]))
        guard answer.errorCode == .none else { throw Unexpected("a sync: \(answer.errorCode)") }
    }

    func heartbeat(_ changed: (inout GroupIdentity) -> Void = { _ in }) throws -> ErrorCode {
        var identity = identity
        changed(&identity)
        var request = HeartbeatRequest()
        request.groupId = group
        request.generationId = identity.generation
        request.memberId = identity.memberId
        request.groupInstanceId = identity.instanceId
        return try client.send(request).errorCode
    }

    /// Beats until the broker calls for a rebalance.
    func awaitRebalance() throws {
        _ = try eventually("a rebalance") { try heartbeat() == .rebalanceInProgress ? true : nil }
    }

    func leave() throws -> ErrorCode {
        var member = LeaveGroupRequest.Member()
        member.memberId = identity.memberId
        member.groupInstanceId = identity.instanceId
        var request = LeaveGroupRequest()
        request.groupId = group
        request.memberId = identity.memberId
        request.members = [member]
        let answer = try client.send(request)
        return answer.errorCode == .none ? answer.members.first?.errorCode ?? .none : answer.errorCode
    }
}

extension Cluster {
    func commit(
        _ offset: Int64, of partition: TopicPartition, group: String, as member: GroupIdentity = GroupIdentity(),
        metadata: String = ""
    ) throws -> ErrorCode {
        var entry = OffsetCommitRequest.Partition()
        entry.partitionIndex = partition.partition
        entry.committedOffset = offset
        entry.committedMetadata = metadata
        var topic = OffsetCommitRequest.Topic()
        topic.name = partition.topic
        topic.partitions = [entry]
        var request = OffsetCommitRequest()
        request.groupId = group
        request.generationIdOrMemberEpoch = member.generation
        request.memberId = member.memberId
        request.groupInstanceId = member.instanceId
        request.topics = [topic]
        let client = try coordinator(group: group)
        return try settled({ $0 }) { try client.send(request).topics.only().partitions.only().errorCode }
    }

    /// A committed offset with its metadata.
    struct Committed: Equatable {
        var offset: Int64
        var metadata: String?
        var error: ErrorCode = .none

        static let nothing = Committed(offset: -1, metadata: "")
    }

    func committed(_ partition: TopicPartition, group: String, requireStable: Bool = false) throws -> Committed {
        var topic = OffsetFetchRequest.Topic()
        topic.name = partition.topic
        topic.partitionIndexes = [partition.partition]
        var groupTopic = OffsetFetchRequest.GroupTopic()
        groupTopic.name = partition.topic
        groupTopic.partitionIndexes = [partition.partition]
        var entry = OffsetFetchRequest.Group()
        entry.groupId = group
        entry.topics = [groupTopic]
        var request = OffsetFetchRequest()
        request.groupId = group
        request.topics = [topic]
        request.groups = [entry]
        request.requireStable = requireStable
        let client = try coordinator(group: group)
        return try settled(\.error) {
            let answer = try client.send(request)
            if let found = answer.groups.first {
                guard found.errorCode == .none else {
                    return Committed(offset: -1, metadata: nil, error: found.errorCode)
                }
                let entry = try found.topics.only().partitions.only()
                return Committed(offset: entry.committedOffset, metadata: entry.metadata, error: entry.errorCode)
            }
            guard answer.errorCode == .none else {
                return Committed(offset: -1, metadata: nil, error: answer.errorCode)
            }
            let entry = try answer.topics.only().partitions.only()
            return Committed(offset: entry.committedOffset, metadata: entry.metadata, error: entry.errorCode)
        }
    }

    /// The committed offset once no transaction that touches it is being completed.
    func stableCommitted(_ partition: TopicPartition, group: String) throws -> Committed {
        try eventually("a stable offset of \(group)") {
            let answer = try committed(partition, group: group, requireStable: true)
            return answer.error == .unstableOffsetCommit ? nil : answer
        }
    }

    /// All offsets that a group has committed.
    func allCommitted(group: String) throws -> [TopicPartition: Int64] {
        var entry = OffsetFetchRequest.Group()
        entry.groupId = group
        entry.topics = nil
        var request = OffsetFetchRequest()
        request.groupId = group
        request.topics = nil
        request.groups = [entry]
        let client = try coordinator(group: group)
        let answer = try settled({ $0.groups.first?.errorCode ?? $0.errorCode }) { try client.send(request) }
        var offsets: [TopicPartition: Int64] = [:]
        for topic in answer.groups.first?.topics ?? [] {
            for partition in topic.partitions {
                offsets[TopicPartition(topic.name, partition.partitionIndex)] = partition.committedOffset
            }
        }
        for topic in answer.topics {
            for partition in topic.partitions {
                offsets[TopicPartition(topic.name, partition.partitionIndex)] = partition.committedOffset
            }
        }
        return offsets
    }
}
