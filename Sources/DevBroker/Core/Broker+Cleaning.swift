extension Broker {
    /// Compacts logs, drops what is past its retention, forgets silent producers and groups.
    ///
    /// Runs from time to time by itself; a test calls it when it has moved the clock.
    ///
    /// - Parameter isForced: Whether to compact logs that have little to compact, too.
    package func clean(isForced: Bool = false) throws(DevBrokerError) {
        let now = clock.now()
        for topic in topics.values.sorted(by: { $0.name < $1.name }) {
            for (index, log) in topic.logs.enumerated() {
                let partition = TopicPartition(topic.name, Int32(index))
                if let start = log.retentionStart(now: now) { try moveStart(of: log, partition, to: start) }
                try log.compact(now: now, isForced: isForced)
                log.forgetProducers(silentSince: now - configuration.producerRetentionMilliseconds)
            }
        }
        for groupId in groups.expiredGroups(now: now) {
            if groups.delete(groupId) == .none { try record(.groupDeleted(groupId)) }
        }
    }
}
