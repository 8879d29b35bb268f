internal import Columnar
internal import Dataflow
internal import Failpoints
internal import Synchronization

/// What the sources and sinks of one job on one Kafka cluster share.
final class KafkaCluster: Sendable {
    /// How long a question to the cluster may take before it counts as unavailable. The client goes on connecting
    /// between two questions, so this bounds how long trouble stays unsaid and an orderly end waits, not a slow start.
    static let questionTimeoutMilliseconds: Int32 = 5_000

    private struct State {
        var properties: KafkaProperties
        var sources: [TopicSelection] = []
        var sinkTopics: Set<String> = []
        /// The least of what the topics of the transaction take in one batch.
        var batchByteCount: Int?
        var admin: ClientHandle?
        /// Belongs to the sinks that write through it.
        weak var participant: KafkaParticipant?
        var transactionalIDPrefix: String?
    }

    let environment: ConnectorEnvironment
    private let state: Mutex<State>

    init(properties: KafkaProperties, environment: ConnectorEnvironment) {
        self.environment = environment
        state = Mutex(State(properties: properties))
    }

    /// The group whose offsets name the committed checkpoint.
    var group: String { environment.job.name }

    /// A client for questions, made when first asked for.
    func administration() throws(KafkaConnectorError) -> ClientHandle {
        let (existing, properties) = state.withLock { ($0.admin, $0.properties) }
        if let existing { return existing }
        let made = try ClientHandle(
            .administration, properties: properties.administration(group: group), events: events("admin"))
        return state.withLock { state in
            if let existing = state.admin { return existing }
            state.admin = made
            return made
        }
    }

    func addSource(_ topics: TopicSelection) {
        state.withLock { state in
            if !state.sources.contains(topics) { state.sources.append(topics) }
        }
    }

    /// The participant that every exactly-once sink of the job on this cluster writes through.
    ///
    /// - Throws: `.configuration` when two sinks ask for different transactional ids.
    func addSink(topic: String, options: KafkaOptions) throws(KafkaConnectorError) -> KafkaParticipant {
        let prefix = options.transactionalIDPrefix
        let conflict = state.withLock { state -> String? in
            if let known = state.transactionalIDPrefix, let prefix, known != prefix { return known }
            state.transactionalIDPrefix = state.transactionalIDPrefix ?? prefix
            state.properties = state.properties.completed(by: options.properties)
            state.sinkTopics.insert(topic)
            return nil
        }
        if let conflict {
            throw KafkaConnectorError(
                .configuration,
                "the sinks of a job share one transaction, so 'sink.transactional-id-prefix' cannot be both "
                    + "'\(conflict)' and '\(prefix ?? "")'")
        }
        return state.withLock { state in
            if let participant = state.participant { return participant }
            let participant = KafkaParticipant(cluster: self)
            state.participant = participant
            return participant
        }
    }

    /// Forgets the participant, so that the next run of the job makes a new one.
    func removeParticipant() {
        state.withLock { state in
            state.participant = nil
            state.sinkTopics = []
            state.batchByteCount = nil
            state.transactionalIDPrefix = nil
        }
    }

    /// A topic of the transaction takes so many bytes in one batch.
    func limitBatches(to byteCount: Int) {
        state.withLock { $0.batchByteCount = min($0.batchByteCount ?? .max, byteCount) }
    }

    var batchByteCount: Int? { state.withLock { $0.batchByteCount } }

    /// Whether the job writes here in a transaction.
    var hasSinks: Bool { state.withLock { $0.participant != nil } }
    var properties: KafkaProperties { state.withLock { $0.properties } }
    var transactionalID: String { (state.withLock { $0.transactionalIDPrefix } ?? environment.job.name) + "-0" }
    var sinkTopics: [String] { state.withLock { $0.sinkTopics.sorted() } }

    /// The topics that the job's sources read here, sorted.
    func sourceTopics() throws(KafkaConnectorError) -> [String] {
        var topics: Set<String> = []
        for selection in state.withLock({ $0.sources }) { topics.formUnion(try resolve(selection)) }
        return topics.sorted()
    }

    /// The topics of a selection that exist (a pattern) or are named.
    func resolve(_ selection: TopicSelection) throws(KafkaConnectorError) -> [String] {
        switch selection {
        case .names(let names): return names
        case .pattern(let pattern):
            let found = try administration().topics(timeoutMilliseconds: Self.questionTimeoutMilliseconds)
            return pattern.matches(in: found.keys)
        }
    }

    /// All partitions of `topics`, at offset 0.
    func partitions(of topics: [String]) throws(KafkaConnectorError) -> [KafkaPosition] {
        let admin = try administration()
        var partitions: [KafkaPosition] = []
        for topic in topics {
            let count = try admin.partitionCount(topic, timeoutMilliseconds: Self.questionTimeoutMilliseconds)
            partitions += (0..<count).map { KafkaPosition(topic: topic, partition: Int32($0), offset: 0) }
        }
        return partitions
    }

    /// Commits offsets for the job's group, which tools that report lag ask for. Nobody reads them back: what decides is elsewhere.
    /// Not waited for; trouble is told once.
    func export(_ splits: [SplitState], epoch: Int64) {
        var offsets: [SplitID: Int64] = [:]
        for split in splits { offsets[split.id] = min(offsets[split.id] ?? .max, split.nextOffset) }
        let positions = offsets.sorted { $0.key < $1.key }.map {
            KafkaPosition(
                topic: $0.key.topic, partition: $0.key.partition, offset: $0.value,
                metadata: CommitMetadata.exported(epoch: epoch))
        }
        do throws(KafkaConnectorError) {
            try Failpoint.kafkaBeforeExport.hit(KafkaConnectorError.atFailpoint)
            let admin = try administration()
            // Serves what became of the commits before.
            admin.poll(timeoutMilliseconds: 0)
            try admin.commit(positions)
            try Failpoint.kafkaAfterExport.hit(KafkaConnectorError.atFailpoint)
        } catch {
            environment.log(
                LogEvent(.debug, "offsets were not exported to the group", ["error": error.description]))
        }
    }

    /// Where a client's log lines and troubles go.
    ///
    /// - Parameter operatorName: the operator that the client belongs to; nil for one that several share.
    func events(_ purpose: String, operatorName: String? = nil) -> ClientEvents {
        let environment = environment.of(operatorName)
        let limiter = RepetitionLimiter()
        return ClientEvents(
            log: { level, facility, message in
                guard let level = Self.level(level, facility: facility) else { return }
                environment.tell(
                    LogEvent(level, "librdkafka", ["client": purpose, "facility": facility, "text": message]))
            },
            error: { error, isFatal in
                // Each attempt to connect fails anew while a broker is away.
                guard let repeated = limiter.admit(error.kafkaCode ?? "", now: monotonicNanoseconds()) else { return }
                var fields = ["client": purpose, "error": error.description]
                if repeated > 0 { fields["suppressed"] = String(repeated) }
                let level: LogEvent.Level = isFatal || error.code == .unauthorized ? .error : .warning
                environment.tell(LogEvent(level, "Kafka client in trouble", fields).at(error.context))
            },
            statistics: { json in
                if let statistics = StatisticsText.statistics(json, client: purpose) {
                    environment.observe(statistics)
                }
            },
            observe: { statistics in
                var statistics = statistics
                statistics.client = purpose
                environment.observe(statistics)
            })
    }

    /// The service's level for a syslog level; nil for lines that say nothing to an operator.
    private static func level(_ syslog: Int32, facility: String) -> LogEvent.Level? {
        // Properties of producers given to consumers and the other way round: shared on purpose.
        if facility == "CONFWARN" { return .debug }
        // Broken connections are told by the error callback, with back-off.
        if facility == "FAIL" || facility == "ERROR" { return .debug }
        switch syslog {
        case ...3: return .error
        case 4: return .warning
        case 5, 6: return .info
        default: return .debug
        }
    }
}
