internal import Columnar
package import Dataflow

/// Looks at topics and at what a group has committed. Joins nothing, commits nothing, fences nobody. Calls block; one thread.
package final class TopicInspector {
    /// What is at the place of the last record that a checkpoint has read.
    package enum LastRecord: Hashable, Sendable {
        /// The checkpoint names none, or the log no longer reaches back to it.
        case unknown
        case same
        /// Another record: the topic was made anew or truncated.
        case different
        /// Nothing: compaction has taken it, or the partition ends before it.
        case gone
    }

    /// What a group's offsets say, partition by partition.
    package struct Committed: Sendable {
        package var state: FencedState
        /// Committed offsets; partitions without one are left out.
        package var offsets: [SplitID: Int64]

        package init(state: FencedState, offsets: [SplitID: Int64]) {
            self.state = state
            self.offsets = offsets
        }
    }

    private static let timeoutMilliseconds: Int32 = 10_000

    private let properties: KafkaProperties

    /// - Parameter properties: of clients, under the names of Kafka's own clients or librdkafka's.
    package init(properties: [String: String]) throws {
        var problem: String?
        self.properties = KafkaProperties(properties) { problem = problem ?? "\($0): \($1)" }
        if let problem { throw DataflowError(.invalidConfiguration, problem) }
    }

    /// Every partition of a topic, from its first offset to its end (the last stable one).
    ///
    /// - Returns: nil where there is no such topic.
    package func ranges(_ topic: String) throws -> [SplitID: Range<Int64>]? {
        try translatingErrors {
            let client = try administration(group: nil)
            let count: Int
            do throws(KafkaConnectorError) {
                count = try client.partitionCount(topic, timeoutMilliseconds: Self.timeoutMilliseconds)
            } catch {
                if error.code == .topicMissing { return nil }
                throw error
            }
            let partitions = (0..<count).map { KafkaPosition(topic: topic, partition: Int32($0), offset: 0) }
            let first = try client.offsets(partitions, .earliest, timeoutMilliseconds: Self.timeoutMilliseconds)
            let end = try client.offsets(partitions, .latest, timeoutMilliseconds: Self.timeoutMilliseconds)
            var ranges: [SplitID: Range<Int64>] = [:]
            for (first, end) in zip(first, end) { ranges[first.split] = first.offset..<max(first.offset, end.offset) }
            return ranges
        }
    }

    /// What a job's group has committed for these partitions.
    package func committed(group: String, _ splits: [SplitID]) throws -> Committed {
        try translatingErrors {
            let positions = splits.sorted().map { KafkaPosition(topic: $0.topic, partition: $0.partition, offset: 0) }
            let found = try administration(group: group).committed(
                positions, timeoutMilliseconds: Self.timeoutMilliseconds)
            var offsets: [SplitID: Int64] = [:]
            for position in found where position.offset >= 0 { offsets[position.split] = position.offset }
            return Committed(state: CommitMetadata.state(of: found, marker: false), offsets: offsets)
        }
    }

    /// Compares the last record that a checkpoint has read of a partition with what is there now.
    ///
    /// - Parameter first: the partition's first offset.
    package func lastRecord(_ state: SplitState, first: Int64) throws -> LastRecord {
        guard let last = SplitPosition(state).last, last.offset >= first else { return .unknown }
        let place = TopicReading(split: state.id, range: last.offset..<last.offset + 1)
        var found = LastRecord.gone
        try translatingErrors {
            try place.read(properties, timeoutMilliseconds: Self.timeoutMilliseconds) { messages, index in
                let record = Fingerprint(messages, index)
                if record.offset == last.offset { found = record == last ? .same : .different }
            }
        }
        return found
    }

    /// The records at some offsets of a partition, those that are still there; in ascending order.
    package func records(of split: SplitID, at offsets: Set<Int64>) throws -> [TopicRecord] {
        guard let range = try ranges(split.topic)?[split] else { return [] }
        let wanted = offsets.filter(range.contains)
        var records: [TopicRecord] = []
        try translatingErrors {
            for reading in TopicReading.covering(wanted, of: split) {
                try reading.read(properties, timeoutMilliseconds: Self.timeoutMilliseconds) { messages, index in
                    if wanted.contains(messages.offset(index)) { records.append(TopicRecord(messages, index)) }
                }
            }
        }
        return records
    }

    private func administration(group: String?) throws(KafkaConnectorError) -> ClientHandle {
        try ClientHandle(.administration, properties: properties.administration(group: group), events: .ignored)
    }
}
