internal import Columnar
package import Dataflow
internal import Failpoints
internal import Synchronization

/// A table that is read: one split for each partition of its topics.
package final class KafkaSource: Source {
    private struct State {
        var consumer: KafkaConsumer?
        var monitor: EndOffsetMonitor?
        /// The first offset of each split's log, when the source was started.
        var earliest: [SplitID: Int64] = [:]
        /// By topic.
        var partitionCounts: [String: Int] = [:]
        var restriction = SourceRestriction()
        var foundEnds: [SplitID: Int64] = [:]
    }

    let spec: SourceSpec
    let options: KafkaOptions
    let cluster: KafkaCluster
    /// Of this source: what it logs names its operator.
    let environment: ConnectorEnvironment
    /// What all readers together may reject.
    let budget: DeadLetterBudget
    private let state = Mutex(State())
    /// What the watch over the topics has found and every reader is to throw.
    let trouble = SourceTrouble()

    init(
        _ spec: SourceSpec, options: KafkaOptions, cluster: KafkaCluster, environment: ConnectorEnvironment
    ) throws(KafkaConnectorError) {
        self.environment = environment
        self.spec = spec
        self.options = options
        self.cluster = cluster
        budget = DeadLetterBudget(options.deadLetterLimit, clock: cluster.environment.clock)
        // Fails early where a column does not fit its format.
        _ = try RecordDecoder(
            spec, options, split: SplitID(topic: "", partition: 0),
            builder: .init(schema: spec.schema, capacity: 1, writesRowKinds: options.isUpsert))
        cluster.addSource(options.topics)
    }

    package func start(restored: [SplitState]) throws -> [SplitState] {
        try translatingErrors {
            stop()
            trouble.clear()
            try Failpoint.kafkaBeforeSourceStart.hit(KafkaConnectorError.atFailpoint)
            let topics = try cluster.resolve(options.topics)
            let isNew = restored.isEmpty
            let partitions = try isNew ? cluster.partitions(of: topics) : partitions(of: topics, continuing: restored)
            let timeout = KafkaCluster.questionTimeoutMilliseconds
            let admin = try cluster.administration()
            let log = LogBounds(
                earliest: try admin.offsets(partitions, .earliest, timeoutMilliseconds: timeout),
                latest: try admin.offsets(partitions, .latest, timeoutMilliseconds: timeout))
            let known = Dictionary(restored.map { ($0.id, $0) }) { first, _ in first }
            var fresh = partitions.filter { known[$0.split] == nil }
            if !isNew && !fresh.isEmpty { try admit(fresh) }
            let resolver = OffsetResolver(cluster: cluster, options: options, log: log)
            fresh = isNew ? try resolver.start(fresh) : fresh.map { log.earliest($0) }
            let stops = try resolver.stop(fresh, isNew: isNew)
            var states: [SplitState] = []
            for (index, position) in fresh.enumerated() {
                states.append(
                    SplitPosition(
                        id: position.split, nextOffset: position.offset, stopOffset: stops[index],
                        loadOffset: log.latest(position).offset
                    ).state)
            }
            for partition in partitions {
                guard let split = known[partition.split] else { continue }
                states.append(try continued(split, log))
            }
            prepareConsumer(log, partitions)
            try Failpoint.kafkaAfterSourceStart.hit(KafkaConnectorError.atFailpoint)
            return states.sorted { $0.id < $1.id }
        }
    }

    package func bounded(_ states: [SplitState], at ends: [SplitState]) throws -> [SplitState] {
        let known = Dictionary(ends.map { ($0.id, SplitPosition($0)) }) { first, _ in first }
        return states.map { state in
            var position = SplitPosition(state)
            let end = known[state.id]
            let stop = max(end?.nextOffset ?? position.nextOffset, position.nextOffset)
            position.stopOffset = stop
            position.loadOffset = min(end?.loadOffset ?? position.loadOffset, stop)
            var bounded = position.state
            bounded.watermark = state.watermark
            bounded.maximumTime = state.maximumTime
            return bounded
        }
    }

    private func prepareConsumer(_ log: LogBounds, _ partitions: [KafkaPosition]) {
        state.withLock { state in
            state.earliest = log.earliestOffsets
            state.foundEnds = Dictionary(
                partitions.map { ($0.split, log.latest($0).offset) }, uniquingKeysWith: { first, _ in first })
            state.partitionCounts = Dictionary(partitions.map { ($0.topic, 1) }, uniquingKeysWith: +)
        }
    }

    package var recordPolicy: RowErrorAction? {
        switch options.onError {
        case .fail: .fail
        case .skip: .skip
        case .deadLetter: .deadLetter
        }
    }

    package var foundEnds: [SplitID: Int64] { state.withLock { $0.foundEnds } }

    package func restrict(_ restriction: SourceRestriction) {
        state.withLock { $0.restriction = restriction }
    }

    var restriction: SourceRestriction { state.withLock { $0.restriction } }

    package func makeReader(
        splits: [SplitState], wakeUp: @escaping @Sendable () -> Void
    ) throws -> any SourceReader {
        try translatingErrors {
            let consumer = try consumer()
            let reader = try KafkaSourceReader(source: self, consumer: consumer, states: splits, wakeUp: wakeUp)
            state.withLock { $0.monitor }?.add(splits.map(\.id), wakeUp: wakeUp)
            return reader
        }
    }

    /// The client of all readers, made for the first of them.
    private func consumer() throws(KafkaConnectorError) -> KafkaConsumer {
        let (existing, partitionCounts) = state.withLock { ($0.consumer, $0.partitionCounts) }
        if let existing { return existing }
        let partitionCount = max(partitionCounts.values.reduce(0, +), 1)
        let queue = FetchQueue(partitionCount: partitionCount, memoryLimit: cluster.environment.memoryLimit)
        let made = try KafkaConsumer(
            properties: options.properties.reader(
                group: cluster.group, queuedCount: queue.recordCount, queuedKibibytes: queue.kibibyteCount),
            path: options.properties.dataPath,
            events: cluster.events("reader of \(spec.table.name)", operatorName: environment.operatorName))
        let monitor = try EndOffsetMonitor(consumer: made, watch: watch(partitionCounts))
        state.withLock { state in
            state.consumer = made
            state.monitor = monitor
        }
        return made
    }

    package func endOffsets() -> [SplitID: Int64] {
        state.withLock { $0.monitor }?.endOffsets ?? [:]
    }

    package func stop() {
        let monitor = state.withLock { state in
            let monitor = state.monitor
            state.monitor = nil
            state.consumer = nil
            return monitor
        }
        monitor?.stop()
    }
}

// MARK: - What readers ask

extension KafkaSource {
    /// Whether the record of a checkpoint should still be in the log, so that it can be compared.
    func isStillThere(_ last: Fingerprint?, of split: SplitID) -> Bool {
        guard let last else { return false }
        return last.offset >= state.withLock { $0.earliest[split] ?? 0 }
    }

    /// See `EndOffsetMonitor.lastKnownEnd`; nil too before the source has started.
    func lastKnownEnd(of split: SplitID, at offset: Int64, wanted: UInt64) -> UInt64? {
        state.withLock { $0.monitor }?.lastKnownEnd(of: split, at: offset, wanted: wanted)
    }

    /// Tells of trouble that the client mends by itself.
    func report(_ error: KafkaConnectorError) {
        environment.tell(
            LogEvent(.warning, "a partition cannot be read now", ["error": error.description]).at(error.context))
    }

    func reportMissing(_ last: Fingerprint, of split: SplitID) {
        environment.tell(
            LogEvent(
                .info, "the last record of the checkpoint was compacted away; it cannot be compared",
                ["offset": String(last.offset)]
            ).at(ErrorContext(topic: split.topic, partition: split.partition)))
    }

    static func lostRange(_ context: ErrorContext, cause: (any Error)? = nil) -> KafkaConnectorError {
        KafkaConnectorError(
            .offsetOutOfRange,
            "the records from this offset on are no longer in the topic (retention, or the topic was made anew); to go on at "
                + "the earliest record there is: 'scan.on-data-loss' = 'earliest'; to start over: millrace run PIPELINE.sql "
                + "--from-checkpoint none",
            context: context, cause: cause)
    }
}

extension KafkaPosition {
    var split: SplitID { SplitID(topic: topic, partition: partition) }
}
