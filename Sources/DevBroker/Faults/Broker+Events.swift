extension Broker {
    /// Lets something happen to the broker's state that otherwise takes time or a failure.
    ///
    /// Pauses, crashes and the end of connections are for whoever runs the broker.
    package func fire(_ event: FaultEvent) {
        guard failure == nil else { return }
        do throws(DevBrokerError) {
            switch event {
            case .pause, .crash, .disconnect: return
            case .expireTransactions(let id): transactions.abortOpen(now: clock.now()) { id.matches($0) }
            case .expireOffsets(let group): try forgetOffsets(of: group)
            case .expireMembers(let group): groups.removeMembers(now: clock.now()) { group.matches($0) }
            case .recreateTopics(let name):
                for topic in matching(name) {
                    try deleteTopic(topic)
                    try createTopic(topic.name, partitionCount: Int32(topic.logs.count), topic.configuration)
                }
            case .shortenTopics(let name, let count):
                for topic in matching(name) {
                    for (index, log) in topic.logs.enumerated() {
                        try log.shorten(by: count)
                        waitingFetches.notice(changed: TopicPartition(topic.name, Int32(index)))
                    }
                }
            }
            try settle()
        } catch {
            failure = error
        }
    }

    private func matching(_ name: Glob) -> [Topic] {
        topics.values.filter { name.matches($0.name) }.sorted { $0.name < $1.name }
    }

    private func forgetOffsets(of pattern: Glob) throws(DevBrokerError) {
        for (id, group) in groups.groups.sorted(by: { $0.key < $1.key }) where pattern.matches(id) {
            let partitions = group.offsets.keys.sorted()
            guard !partitions.isEmpty else { continue }
            groups.deleteOffsets(partitions, group: id)
            try record(.offsetsDeleted(group: id, partitions: partitions))
        }
    }
}

extension TransactionCoordinator {
    /// Aborts open transactions before their timeout, and fences their producers.
    mutating func abortOpen(now: Int64, where isMeant: (String) -> Bool) {
        for id in transactions.keys.sorted() where isMeant(id) {
            guard let transaction = transactions[id], transaction.state == .ongoing else { continue }
            fence(id, now: now)
        }
    }
}

extension GroupCoordinator {
    /// Removes all members of groups, as when none was heard of for too long.
    mutating func removeMembers(now: Int64, where isMeant: (String) -> Bool) {
        for id in groups.keys.sorted() where isMeant(id) {
            guard var group = groups.removeValue(forKey: id) else { continue }
            for member in group.members { removeMember(member.id, from: &group, now: now) }
            groups[id] = group
        }
    }
}

extension PartitionLog {
    /// Takes the last records away, in whole batches, as when a leader is elected that never had them.
    package func shorten(by count: Int64) throws(DevBrokerError) {
        let end = max(startOffset, endOffset - count)
        for segment in segments {
            var cut: Int64?
            try segment.scan(from: 0) { header, position throws(DevBrokerError) in
                guard header.lastOffset >= end else { return true }
                cut = position
                return false
            }
            if let cut { try segment.file.truncate(to: cut) }
        }
        for (index, segment) in segments.enumerated() {
            segment.file.close()
            // What begins after the end has nothing left; the first one tells where the log is.
            if index > 0 && segment.baseOffset > end { try storage.remove("\(folder)/\(segment.name)") }
        }
        segments = []
        producers = [:]
        transactions = TransactionIndex()
        cleanOffset = 0
        try recover()
    }
}
