internal import Columnar
internal import Dataflow

/// Turns start-up and bounded modes into offsets.
struct OffsetResolver {
    let cluster: KafkaCluster
    let options: KafkaOptions
    let log: LogBounds

    /// Where each of `partitions` starts.
    func start(_ partitions: [KafkaPosition]) throws(KafkaConnectorError) -> [KafkaPosition] {
        switch options.startup {
        case .earliest: return partitions.map(log.earliest)
        case .latest: return partitions.map(log.latest)
        case .timestamp(let milliseconds):
            return try cluster.administration().offsets(
                partitions, .time(milliseconds), timeoutMilliseconds: KafkaCluster.questionTimeoutMilliseconds)
        case .specific(let offsets):
            try check(offsets, "scan.startup.specific-offsets")
            return try partitions.map { partition throws(KafkaConnectorError) in
                guard let offset = offsets[partition.partition] else { return log.earliest(partition) }
                var position = partition
                position.offset = offset
                try log.check(position)
                return position
            }
        case .groupOffsets:
            return try zip(partitions, try groupOffsets(partitions)).map {
                partition, committed throws(KafkaConnectorError) in
                try committed.offset >= 0 ? withinLog(committed) : reset(partition)
            }
        }
    }

    /// What the table's own group has committed; -1 where nothing.
    private func groupOffsets(_ partitions: [KafkaPosition]) throws(KafkaConnectorError) -> [KafkaPosition] {
        guard let group = options.properties.groupID else {
            throw KafkaConnectorError(
                .configuration, "'scan.startup.mode' = 'group-offsets' needs 'properties.group.id'")
        }
        let client = try ClientHandle(
            .administration, properties: options.properties.administration(group: group),
            events: cluster.events("group offsets"))
        return try client.committed(partitions, timeoutMilliseconds: KafkaCluster.questionTimeoutMilliseconds)
    }

    private func withinLog(_ position: KafkaPosition) throws(KafkaConnectorError) -> KafkaPosition {
        let isWithin =
            position.offset >= log.earliest(position).offset && position.offset <= log.latest(position).offset
        return isWithin ? position : try reset(position)
    }

    private func reset(_ position: KafkaPosition) throws(KafkaConnectorError) -> KafkaPosition {
        switch options.properties.offsetReset {
        case .earliest: return log.earliest(position)
        case .latest: return log.latest(position)
        case .none:
            throw KafkaConnectorError(
                .configuration,
                "the group '\(options.properties.groupID ?? "")' has no offset in the log of this partition; set "
                    + "'properties.auto.offset.reset' to 'earliest' or 'latest', or another 'scan.startup.mode'",
                context: ErrorContext(topic: position.topic, partition: position.partition))
        }
    }

    /// Where each of `partitions` ends; nil for never.
    ///
    /// - Parameter isNew: whether the job has no checkpoint; else these are partitions that were added since.
    func stop(_ partitions: [KafkaPosition], isNew: Bool) throws(KafkaConnectorError) -> [Int64?] {
        switch options.bound {
        case .unbounded: return partitions.map { _ in nil }
        case .latest: return partitions.map { log.latest($0).offset }
        case .timestamp(let milliseconds):
            return try cluster.administration().offsets(
                partitions, .time(milliseconds), timeoutMilliseconds: KafkaCluster.questionTimeoutMilliseconds
            ).map(\.offset)
        case .specific(let offsets):
            try check(offsets, "scan.bounded.specific-offsets")
            return partitions.map { offsets[$0.partition] ?? log.latest($0).offset }
        case .groupOffsets:
            // Of a partition that came later the group had read nothing.
            guard isNew else { return partitions.map { log.earliest($0).offset } }
            return try groupOffsets(partitions).map { position throws(KafkaConnectorError) in
                guard position.offset < 0 else { return position.offset }
                throw KafkaConnectorError(
                    .configuration,
                    "'scan.bounded.mode' = 'group-offsets': the group '\(options.properties.groupID ?? "")' has committed no "
                        + "offset of this partition, so there is no end; use 'latest-offset', 'timestamp' or "
                        + "'specific-offsets'",
                    context: ErrorContext(topic: position.topic, partition: position.partition))
            }
        }
    }

    /// Throws when an option names a partition that no topic of the table has.
    private func check(_ offsets: [Int32: Int64], _ option: String) throws(KafkaConnectorError) {
        let topic = log.earliestOffsets.keys.min()?.topic
        let known = Set(log.earliestOffsets.keys.map(\.partition))
        guard let unknown = offsets.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw KafkaConnectorError(
            .configuration,
            "'\(option)' names partition \(unknown), which the topic does not have: its partitions are "
                + "0 to \(known.max() ?? 0)",
            context: ErrorContext(topic: topic, partition: unknown))
    }
}
