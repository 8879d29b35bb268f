extension Broker {
    /// A topic as the journal tells of it, before its logs are opened.
    private struct StoredTopic {
        var entry: JournalEntry.TopicEntry
        var starts: [Int32: Int64] = [:]
    }

    /// Rebuilds everything from the journal and the logs.
    func recover() throws(DevBrokerError) {
        var stored: [String: StoredTopic] = [:]
        let now = clock.now()
        journal = try Journal(storage: storage, syncsAppends: configuration.syncsAppends) { entry in
            switch entry {
            case .topic(let topic): stored[topic.name, default: StoredTopic(entry: topic)].entry = topic
            case .topicDeleted(let name):
                stored[name] = nil
                _ = groups.forgetTopic(name)
            case .logStart(let partition, let offset): stored[partition.topic]?.starts[partition.partition] = offset
            case .producerIds(let next):
                nextProducerId = next
                reservedProducerId = next
            case .transaction(let transaction): transactions.restore(transaction)
            case .group(let group): groups.restore(group, now: now)
            case .groupDeleted(let id): groups.groups[id] = nil
            case .offsets(let offsets):
                if let producerId = offsets.producerId {
                    groups.addPending(offsets.offsets, producerId: producerId, group: offsets.group, now: now)
                } else {
                    groups.commit(offsets.offsets, group: offsets.group, now: now)
                }
            case .pendingOffsetsEnded(let group, let producerId, let isCommit):
                groups.endPending(producerId: producerId, group: group, isCommit: isCommit)
            case .offsetsDeleted(let group, let partitions): groups.deleteOffsets(partitions, group: group)
            }
        }
        var folders = Set(try storage.folders())
        for (name, topic) in stored.sorted(by: { $0.key < $1.key }) {
            try openTopic(topic.entry, starts: topic.starts)
            for partition in 0..<topic.entry.partitionCount { folders.remove(Topic.folder(name, partition)) }
        }
        // What is left belongs to topics whose deletion was not finished.
        for folder in folders.sorted() where folder.last?.isNumber ?? false { try storage.removeFolder(folder) }
    }

    private func openTopic(_ entry: JournalEntry.TopicEntry, starts: [Int32: Int64]) throws(DevBrokerError) {
        guard (1...configuration.maxPartitionCount).contains(entry.partitionCount) else {
            throw DevBrokerError(
                .corruptStorage,
                "the journal gives a topic \(entry.partitionCount) partitions, and a topic has 1 to "
                    + "\(configuration.maxPartitionCount); move the broker's folder away to start without its data",
                context: "topic \(entry.name)")
        }
        let topicConfiguration = try TopicConfiguration(entry.configuration, defaults: configuration)
        let topic = Topic(name: entry.name, id: entry.id, configuration: topicConfiguration)
        for partition in 0..<entry.partitionCount {
            topic.logs.append(try openLog(topic, partition, startOffset: starts[partition] ?? 0))
        }
        topics[entry.name] = topic
    }

    func openLog(_ topic: Topic, _ partition: Int32, startOffset: Int64 = 0) throws(DevBrokerError) -> PartitionLog {
        try PartitionLog(
            folder: Topic.folder(topic.name, partition), storage: storage, configuration: topic.configuration,
            startOffset: startOffset, syncsAppends: configuration.syncsAppends)
    }

    /// Keeps a group's members and generation; a group that is gone is left out.
    func record(group groupId: String) throws(DevBrokerError) {
        guard let group = groups.groups[groupId] else { return }
        try record(.group(.init(group)))
    }

    func record(_ topic: Topic) throws(DevBrokerError) {
        try record(.topic(.init(topic)))
    }

    /// Replaces a long journal by what the broker knows now.
    func shortenJournal() throws(DevBrokerError) {
        guard let journal, journal.isLong(threshold: configuration.journalSnapshotByteCount) else { return }
        try journal.replace(by: stateEntries())
    }

    private func stateEntries() -> [JournalEntry] {
        var entries: [JournalEntry] = [.producerIds(next: reservedProducerId)]
        for topic in topics.values.sorted(by: { $0.name < $1.name }) {
            entries.append(.topic(.init(topic)))
            for (partition, log) in topic.logs.enumerated() where log.startOffset > 0 {
                entries.append(.logStart(TopicPartition(topic.name, Int32(partition)), offset: log.startOffset))
            }
        }
        for transaction in transactions.transactions.values.sorted(by: { $0.id < $1.id }) {
            entries.append(.transaction(transaction))
        }
        for group in groups.groups.values.sorted(by: { $0.id < $1.id }) {
            entries.append(.group(.init(group)))
            if !group.offsets.isEmpty {
                entries.append(.offsets(.init(group: group.id, producerId: nil, offsets: group.offsets)))
            }
            for (producerId, offsets) in group.pendingOffsets.sorted(by: { $0.key < $1.key }) {
                entries.append(.offsets(.init(group: group.id, producerId: producerId, offsets: offsets)))
            }
        }
        return entries
    }
}

extension JournalEntry.TopicEntry {
    init(_ topic: Topic) {
        self.init(
            name: topic.name, id: topic.id, partitionCount: Int32(topic.logs.count),
            configuration: topic.configuration.entries)
    }
}

extension JournalEntry.GroupEntry {
    init(_ group: ConsumerGroup) {
        self.init(
            id: group.id, generation: group.generation, isStable: group.state == .stable,
            protocolType: group.protocolType, protocolName: group.protocolName, leaderId: group.leaderId,
            emptySince: group.emptySince, members: group.members)
    }
}

extension GroupCoordinator {
    /// Puts a group back that was kept; its members have a new session to be heard of again.
    mutating func restore(_ entry: JournalEntry.GroupEntry, now: Int64) {
        var group = groups[entry.id] ?? ConsumerGroup(id: entry.id, now: entry.emptySince)
        group.generation = entry.generation
        group.protocolType = entry.protocolType
        group.protocolName = entry.protocolName
        group.leaderId = entry.leaderId
        group.emptySince = entry.emptySince
        group.members = entry.members
        for index in group.members.indices { touch(&group.members[index], now: now) }
        if group.members.isEmpty {
            group.state = .empty
        } else if entry.isStable {
            group.state = .stable
        } else {
            // A rebalance was under way: it begins again as soon as a member comes back, or ends without any.
            group.state = .preparingRebalance
            group.rebalanceDeadline = now + group.rebalanceTimeoutMilliseconds
        }
        groups[entry.id] = group
    }
}
