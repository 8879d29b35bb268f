internal import Columnar
package import Dataflow

/// Going on from a checkpoint with topics that have changed since.
extension KafkaSource {
    /// The partitions of `topics`, with those of the checkpoint among them.
    ///
    /// - Throws: `.logChanged` where a topic or partition that the checkpoint has read does not exist any more.
    func partitions(
        of topics: [String], continuing restored: [SplitState]
    ) throws(KafkaConnectorError) -> [KafkaPosition] {
        let partitions: [KafkaPosition]
        do {
            partitions = try cluster.partitions(of: topics)
        } catch {
            guard error.code == .topicMissing else { throw error }
            throw Self.gone(error.context, cause: error)
        }
        let existing = Set(partitions.map(\.split))
        for split in restored where !existing.contains(split.id) && isSelected(split.id.topic) {
            throw Self.gone(
                ErrorContext(topic: split.id.topic, partition: split.id.partition, offset: split.nextOffset))
        }
        return partitions
    }

    private func isSelected(_ topic: String) -> Bool {
        switch options.topics {
        case .names(let names): names.contains(topic)
        case .pattern(let pattern): !pattern.matches(in: [topic]).isEmpty
        }
    }

    private static func gone(_ context: ErrorContext, cause: (any Error)? = nil) -> KafkaConnectorError {
        KafkaConnectorError(
            .logChanged,
            "the checkpoint has read a topic or partition that does not exist any more: it was deleted, or made anew with "
                + "fewer partitions; to start over with what there is: millrace run PIPELINE.sql --from-checkpoint none",
            context: context, cause: cause)
    }

    /// Takes in partitions that were added since the checkpoint, by the table's policy.
    func admit(_ fresh: [KafkaPosition]) throws(KafkaConnectorError) {
        let names = fresh.map(\.split.description).joined(separator: ", ")
        guard options.onNewPartitions == .read else {
            throw Self.unordered(names, ErrorContext(operatorName: spec.table.name, topic: fresh.first?.topic))
        }
        environment.tell(
            LogEvent(
                .notice, "new partitions are read from their start",
                ["table": spec.table.name, "partitions": names]))
    }

    static func unordered(_ partitions: String, _ context: ErrorContext) -> KafkaConnectorError {
        KafkaConnectorError(
            .logChanged,
            "partitions were added (\(partitions)): the records of a key may now stand in two partitions, between which there "
                + "is no order; copy the topic into one with that many partitions and start over with --from-checkpoint none, "
                + "or, if every key stays in its partition, set 'scan.on-new-partitions' = 'read'",
            context: context)
    }

    /// A split of the checkpoint as it goes on.
    ///
    /// - Throws: `.logChanged` where the log ends before the checkpoint's position, `.offsetOutOfRange` where it begins behind it
    ///   and the policy is to fail.
    func continued(_ split: SplitState, _ log: LogBounds) throws(KafkaConnectorError) -> SplitState {
        let (first, end) = log.bounds(split.id)
        let context = ErrorContext(
            operatorName: spec.table.name, topic: split.id.topic, partition: split.id.partition,
            offset: split.nextOffset)
        guard split.nextOffset <= end else {
            throw KafkaConnectorError(
                .logChanged,
                "the checkpoint has read up to offset \(split.nextOffset), but the partition ends at \(end): it was "
                    + "truncated or made anew; to read what there is: millrace run PIPELINE.sql --from-checkpoint none",
                context: context)
        }
        guard split.nextOffset < first else { return split }
        guard options.onDataLoss == .earliest else { throw Self.lostRange(context) }
        var position = SplitPosition(split)
        let lost = position.skip(to: first)
        environment.tell(
            LogEvent(
                .error, "records were gone before they could be read; going on at the earliest",
                [
                    "table": spec.table.name, "from": String(lost.lowerBound),
                    "to": String(lost.upperBound), "lost_offsets": String(lost.count),
                    "lost_in_all": String(position.lostCount),
                ]
            ).at(ErrorContext(topic: split.id.topic, partition: split.id.partition)))
        return position.state
    }

    /// What the watch over the end offsets does with what it sees.
    func watch(_ partitionCounts: [String: Int]) -> EndOffsetMonitor.Watch {
        let (options, environment, trouble, table) = (options, environment, trouble, spec.table.name)
        return EndOffsetMonitor.Watch(
            partitionCounts: partitionCounts,
            discoveryNanoseconds: UInt64(max(0, options.discoveryInterval.milliseconds)) * 1_000_000,
            count: { client throws(KafkaConnectorError) in
                try Self.partitionCounts(options.topics, client)
            },
            grown: { topic, count in
                let context = ErrorContext(operatorName: table, topic: topic)
                guard options.onNewPartitions == .read else {
                    return trouble.put(Self.unordered("\(count) of \(topic)", context))
                }
                environment.tell(
                    LogEvent(
                        .warning,
                        "a topic has new partitions; the job goes back to its last checkpoint to read them too",
                        ["table": table, "topic": topic, "new": String(count)]))
                trouble.put(
                    KafkaConnectorError(
                        .unavailable, "\(count) new partitions of the topic are to be read too", context: context))
            },
            heard: { environment.note($0) },
            shrunk: { split, before, now in
                trouble.put(
                    KafkaConnectorError(
                        .logChanged,
                        "the partition ended at offset \(before) and now ends at \(now): its log was truncated or made anew "
                            + "while it was read; start again: what the last checkpoint has read is compared with the log then",
                        context: ErrorContext(operatorName: table, topic: split.topic, partition: split.partition)))
            })
    }

    /// The partitions of the topics that the table reads now.
    private static func partitionCounts(
        _ topics: TopicSelection, _ client: ClientHandle
    ) throws(KafkaConnectorError) -> [String: Int] {
        let timeout = KafkaCluster.questionTimeoutMilliseconds
        switch topics {
        case .names(let names):
            var counts: [String: Int] = [:]
            for name in names { counts[name] = try client.partitionCount(name, timeoutMilliseconds: timeout) }
            return counts
        case .pattern(let pattern):
            let found = try client.topics(timeoutMilliseconds: timeout)
            let matching = Set(pattern.matches(in: found.keys))
            return found.filter { matching.contains($0.key) }
        }
    }

    /// Exports the offsets of this table's topics to the job's group, for tools that report lag, where no transaction of the job
    /// commits them.
    package func didCommit(_ splits: [SplitState], epoch: Int64) {
        guard !cluster.hasSinks else { return }
        let topics = Set(splits.map(\.id.topic).filter(isSelected))
        cluster.export(splits.filter { topics.contains($0.id.topic) }, epoch: epoch)
    }
}
