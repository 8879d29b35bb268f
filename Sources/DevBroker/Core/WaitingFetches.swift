/// Fetch requests that wait for data.
struct WaitingFetches {
    /// One request.
    struct Waiting {
        var request: FetchRequest
        var context: RequestContext
        var deadline: Int64
        /// Bytes that the request could have by now.
        var availableByteCount: Int
    }

    private var waiting: [Broker.ConnectionId: Waiting] = [:]
    /// Who waits for a partition.
    private var watchers: [TopicPartition: Set<Broker.ConnectionId>] = [:]
    private var satisfied: [Broker.ConnectionId] = []

    var nextDeadline: Int64? { waiting.values.map(\.deadline).min() }

    mutating func add(_ fetch: Waiting) {
        let connection = fetch.context.connection
        waiting[connection] = fetch
        for partition in fetch.partitions { watchers[partition, default: []].insert(connection) }
    }

    @discardableResult
    mutating func remove(_ connection: Broker.ConnectionId) -> Waiting? {
        guard let fetch = waiting.removeValue(forKey: connection) else { return nil }
        for partition in fetch.partitions {
            watchers[partition]?.remove(connection)
            if watchers[partition]?.isEmpty ?? false { watchers[partition] = nil }
        }
        return fetch
    }

    /// Takes note that a partition has more to read.
    ///
    /// - Parameters:
    ///   - endOffset: The end of the log.
    ///   - stableOffset: The last stable offset, up to which committed readers see.
    mutating func notice(_ partition: TopicPartition, byteCount: Int, endOffset: Int64, stableOffset: Int64) {
        guard let connections = watchers[partition] else { return }
        for connection in connections {
            guard var fetch = waiting[connection], let offset = fetch.offset(of: partition) else { continue }
            let isCommitted = fetch.request.isolationLevel == 1
            guard offset < (isCommitted ? stableOffset : endOffset) else { continue }
            fetch.availableByteCount += byteCount
            waiting[connection] = fetch
            // What a commit makes visible may be much more than its marker.
            if isCommitted || fetch.availableByteCount >= Int(fetch.request.minBytes) { satisfied.append(connection) }
        }
    }

    /// Takes note that a partition cannot be read as before: it is gone or begins later.
    mutating func notice(changed partition: TopicPartition) {
        satisfied += (watchers[partition] ?? []).sorted { $0.rawValue < $1.rawValue }
    }

    mutating func takeSatisfied() -> [Waiting] {
        guard !satisfied.isEmpty else { return [] }
        let connections = satisfied
        satisfied.removeAll(keepingCapacity: true)
        return connections.compactMap { remove($0) }
    }

    mutating func takeExpired(now: Int64) -> [Waiting] {
        let expired = waiting.filter { $0.value.deadline <= now }.keys.sorted { $0.rawValue < $1.rawValue }
        return expired.compactMap { remove($0) }
    }
}

extension WaitingFetches.Waiting {
    var partitions: [TopicPartition] {
        request.topics.flatMap { topic in topic.partitions.map { TopicPartition(topic.topic, $0.partition) } }
    }

    func offset(of partition: TopicPartition) -> Int64? {
        for topic in request.topics where topic.topic == partition.topic {
            for entry in topic.partitions where entry.partition == partition.partition { return entry.fetchOffset }
        }
        return nil
    }
}
