internal import NIOCore

/// An offset that a group committed.
package struct CommittedOffset: Sendable, Equatable {
    package var offset: Int64
    package var leaderEpoch: Int32
    package var metadata: String
    /// Milliseconds since 1970; of two commits in a group the later one has the greater time.
    package var committedAt: Int64

    package init(offset: Int64, leaderEpoch: Int32, metadata: String, committedAt: Int64) {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
        self.committedAt = committedAt
    }
}

/// One group of the classic protocol: its members and its offsets.
package struct ConsumerGroup {
    /// Where the group stands between two assignments.
    package enum State: String, Sendable {
        case empty = "Empty"
        case preparingRebalance = "PreparingRebalance"
        case completingRebalance = "CompletingRebalance"
        case stable = "Stable"
    }

    package let id: String
    package internal(set) var state = State.empty
    package internal(set) var generation: Int32 = 0
    var protocolType: String?
    var protocolName: String?
    var leaderId: String?
    /// In the order in which they came.
    var members: [GroupMember] = []
    /// Members that were told their id and have not come back with it, with the time until which they may.
    var announcedMembers: [String: Int64] = [:]
    /// When the running phase of a rebalance ends without those that are missing.
    var rebalanceDeadline: Int64 = .max
    /// No join phase ends before this, so that the first members of a group may come together.
    var earliestCompletion: Int64 = 0
    var offsets: [TopicPartition: CommittedOffset] = [:]
    /// Offsets that become committed with a transaction, by producer id.
    var pendingOffsets: [Int64: [TopicPartition: CommittedOffset]] = [:]
    /// The greatest `committedAt` of any offset so far.
    var lastCommitAt: Int64 = -1
    /// Since when there have been no members.
    var emptySince: Int64

    init(id: String, now: Int64) {
        self.id = id
        emptySince = now
    }

    func index(of memberId: String) -> Int? { members.firstIndex { $0.id == memberId } }

    func index(ofInstance instanceId: String) -> Int? { members.firstIndex { $0.instanceId == instanceId } }

    /// Why a request of a member that calls itself so is refused; nil when it is one of the members.
    func refusal(ofMember memberId: String, instanceId: String?) -> ErrorCode? {
        if let instanceId {
            guard let index = index(ofInstance: instanceId) else { return .unknownMemberId }
            return members[index].id == memberId ? nil : .fencedInstanceId
        }
        return index(of: memberId) == nil ? .unknownMemberId : nil
    }

    /// Whether a member with these assignors has one in common with all others.
    func supports(protocolType: String, _ protocols: [GroupMember.AssignmentProtocol], except memberId: String?) -> Bool
    {
        let others = members.filter { $0.id != memberId }
        guard !others.isEmpty else { return true }
        guard protocolType == self.protocolType else { return false }
        return protocols.contains { candidate in
            others.allSatisfy { other in other.protocols.contains { $0.name == candidate.name } }
        }
    }

    /// The assignor that all members know and most like best.
    func selectedProtocol() -> String? {
        guard let first = members.first else { return nil }
        let candidates = first.protocols.map(\.name).filter { name in
            members.allSatisfy { member in member.protocols.contains { $0.name == name } }
        }
        var votes: [String: Int] = [:]
        for member in members {
            if let vote = member.protocols.first(where: { candidates.contains($0.name) }) {
                votes[vote.name, default: 0] += 1
            }
        }
        return candidates.max { (votes[$0] ?? 0) < (votes[$1] ?? 0) }
    }

    /// Whether every known member has come back to the rebalance.
    var haveAllJoined: Bool { announcedMembers.isEmpty && members.allSatisfy { $0.awaitsJoin != nil } }

    /// The greatest time that a member wants for a rebalance.
    var rebalanceTimeoutMilliseconds: Int64 { Int64(members.map(\.rebalanceTimeoutMilliseconds).max() ?? 0) }
}
