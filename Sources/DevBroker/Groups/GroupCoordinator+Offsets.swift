extension GroupCoordinator {
    /// Who commits, as far as the request says.
    package struct Committer {
        package var groupId: String
        package var memberId: String
        package var instanceId: String?
        package var generation: Int32
        /// Whether the request's version has an error of its own for a group that does not exist.
        package var knowsMissingGroups = false

        package init(groupId: String, memberId: String, instanceId: String?, generation: Int32) {
            self.groupId = groupId
            self.memberId = memberId
            self.instanceId = instanceId
            self.generation = generation
        }
    }

    /// Why a commit is refused; nil when it may be stored. A member that commits is alive.
    package mutating func refusal(of committer: Committer, isTransactional: Bool, now: Int64) -> ErrorCode? {
        guard !committer.groupId.isEmpty else { return .invalidGroupId }
        guard var group = groups[committer.groupId] else {
            if committer.generation < 0 { return nil }
            return committer.knowsMissingGroups ? .groupIdNotFound : .illegalGeneration
        }
        if committer.generation < 0 && group.state == .empty { return nil }
        let namesMember = committer.generation >= 0 || !committer.memberId.isEmpty || committer.instanceId != nil
        if namesMember {
            if let error = group.refusal(ofMember: committer.memberId, instanceId: committer.instanceId) {
                return error
            }
            guard committer.generation == group.generation else { return .illegalGeneration }
            if let index = group.index(of: committer.memberId) {
                touch(&group.members[index], now: now)
                groups[committer.groupId] = group
            }
        } else if !isTransactional && group.state != .empty {
            return .unknownMemberId
        }
        // Transactions of the current generation may end while the group rebalances.
        return !isTransactional && group.state == .completingRebalance ? .rebalanceInProgress : nil
    }

    /// When a commit that arrives now counts as made: after all earlier ones of the group.
    package func commitTime(group groupId: String, now: Int64) -> Int64 {
        max(now, (groups[groupId]?.lastCommitAt ?? -1) + 1)
    }

    /// Stores committed offsets.
    package mutating func commit(_ offsets: [TopicPartition: CommittedOffset], group groupId: String, now: Int64) {
        var group = groups.removeValue(forKey: groupId) ?? ConsumerGroup(id: groupId, now: now)
        group.offsets.merge(offsets) { _, new in new }
        group.noteCommit(offsets)
        groups[groupId] = group
    }

    /// Keeps offsets until the producer's transaction is decided.
    package mutating func addPending(
        _ offsets: [TopicPartition: CommittedOffset], producerId: Int64, group groupId: String, now: Int64
    ) {
        var group = groups.removeValue(forKey: groupId) ?? ConsumerGroup(id: groupId, now: now)
        group.pendingOffsets[producerId, default: [:]].merge(offsets) { _, new in new }
        group.noteCommit(offsets)
        groups[groupId] = group
    }

    /// Ends a transaction's part in a group: its offsets become committed unless others were sent later, or are
    /// forgotten.
    package mutating func endPending(producerId: Int64, group groupId: String, isCommit: Bool) {
        guard let offsets = groups[groupId]?.pendingOffsets.removeValue(forKey: producerId), isCommit else { return }
        groups[groupId]?.offsets.merge(offsets) { $0.committedAt > $1.committedAt ? $0 : $1 }
    }

    /// What a partition's committed offset is, or why it cannot be told.
    package func committed(
        _ partition: TopicPartition, group groupId: String, requiresStable: Bool
    ) -> (offset: CommittedOffset?, error: ErrorCode) {
        guard let group = groups[groupId] else { return (nil, .none) }
        if requiresStable && group.pendingOffsets.values.contains(where: { $0[partition] != nil }) {
            return (nil, .unstableOffsetCommit)
        }
        return (group.offsets[partition], .none)
    }

    /// The partitions for which a group has offsets, committed or pending, sorted.
    package func partitionsWithOffsets(group groupId: String) -> [TopicPartition] {
        guard let group = groups[groupId] else { return [] }
        var partitions = Set(group.offsets.keys)
        for pending in group.pendingOffsets.values { partitions.formUnion(pending.keys) }
        return partitions.sorted()
    }

    /// Deletes a group without members, with its offsets.
    package mutating func delete(_ groupId: String) -> ErrorCode {
        guard !groupId.isEmpty else { return .invalidGroupId }
        guard let group = groups[groupId] else { return .groupIdNotFound }
        guard group.members.isEmpty else { return .nonEmptyGroup }
        groups[groupId] = nil
        return .none
    }

    /// Deletes offsets of some partitions.
    package mutating func deleteOffsets(_ partitions: [TopicPartition], group groupId: String) {
        for partition in partitions { groups[groupId]?.offsets[partition] = nil }
    }

    /// Forgets all offsets of a topic that was deleted.
    ///
    /// - Returns: The groups that had some.
    package mutating func forgetTopic(_ topic: String) -> [String] {
        var touched: [String] = []
        for (id, group) in groups where group.offsets.keys.contains(where: { $0.topic == topic }) {
            groups[id]?.offsets = group.offsets.filter { $0.key.topic != topic }
            touched.append(id)
        }
        return touched.sorted()
    }

    /// Groups that have had no members and no commits for so long that they are to be deleted.
    package func expiredGroups(now: Int64) -> [String] {
        groups.values.filter { group in
            guard group.members.isEmpty, group.announcedMembers.isEmpty, group.pendingOffsets.isEmpty else {
                return false
            }
            let lastUse = max(group.emptySince, group.offsets.values.map(\.committedAt).max() ?? 0)
            return lastUse + configuration.offsetRetentionMilliseconds <= now
        }.map(\.id).sorted()
    }
}

extension ConsumerGroup {
    fileprivate mutating func noteCommit(_ offsets: [TopicPartition: CommittedOffset]) {
        lastCommitAt = offsets.values.reduce(lastCommitAt) { max($0, $1.committedAt) }
    }
}
