internal import Columnar
internal import Dataflow
internal import Failpoints
internal import StateBackends
internal import Synchronization

/// A Kafka cluster as the system that decides the epochs of a job: output rows and source offsets in one transaction.
///
/// There is one producer with a fixed transactional id, `<sink.transactional-id-prefix or job name>-0`, and one live member
/// of the group named like the job, with the transactional id as its `group.instance.id`. Both are taken over by the newest
/// instance of the job at once, so a zombie's commit is refused twice: by the producer's epoch and by the membership. Each
/// commit sends at least one offset with the member's present generation, since the cluster checks nothing without.
/// No transaction is ever resumed: what is open when a process dies is aborted and computed again.
final class KafkaParticipant: CommitParticipant, SinkOutput {
    static let joinTimeoutMilliseconds = 60_000
    static let fenceTimeoutNanoseconds: UInt64 = 60_000_000_000
    /// How long the same call is repeated after retriable errors.
    static let retryNanoseconds: UInt64 = 120_000_000_000

    private struct State {
        var producer: KafkaProducer?
        var thread: ProducerThread?
        var member: KafkaGroupMember?
        var buffers: [SinkBuffer] = []
        /// Topics whose splits' offsets are committed here.
        var sourceTopics: Set<String> = []
        /// Carries the record where there are none.
        var marker: KafkaPosition?
        /// Where news of the group goes.
        var observer: (@Sendable (MembershipNews) -> Void)?
        /// When the open transaction began, on the monotonic clock.
        var transactionStart: UInt64 = 0
    }

    let slot = ProducerSlot()
    private let cluster: KafkaCluster
    private let state = Mutex(State())

    init(cluster: KafkaCluster) {
        self.cluster = cluster
    }

    let id = "kafka"
    let deciderRank = 0
    /// `offsets.retention.minutes`, once the group is empty.
    let forgetsCommits = true

    // MARK: Writers

    var hasEpochs: Bool { true }

    func add(_ buffer: SinkBuffer) {
        state.withLock { $0.buffers.append(buffer) }
    }

    func remove(_ buffer: SinkBuffer) {
        state.withLock { state in state.buffers.removeAll { $0 === buffer } }
    }

    func flush(_ buffer: SinkBuffer) throws(KafkaConnectorError) {
        throw KafkaConnectorError(.internal, "a writer of the transaction was told to flush by itself")
    }

    func observeMembership(_ observer: @escaping @Sendable (MembershipNews) -> Void) {
        state.withLock {
            $0.observer = { news in
                if news == .revoked { Failpoint.kafkaRevocationNews.hit() } else { Failpoint.kafkaLossNews.hit() }
                observer(news)
            }
        }
    }

    private var buffers: [SinkBuffer] { state.withLock { $0.buffers } }

    // MARK: Fencing

    func fence(_ job: JobIdentity) throws -> FencedState {
        try translatingErrors {
            disconnect()
            let sourceTopics = try cluster.sourceTopics()
            let producer = try makeProducer()
            try Failpoint.kafkaBeforeInitTransactions.hit(KafkaConnectorError.atFailpoint)
            try initTransactions(producer)
            try Failpoint.kafkaAfterInitTransactions.hit(KafkaConnectorError.atFailpoint)
            let partitions: [KafkaPosition]
            var marker: KafkaPosition?
            if sourceTopics.isEmpty, let topic = cluster.sinkTopics.first {
                let position = KafkaPosition(topic: topic, partition: 0, offset: 0)
                marker = position
                partitions = [position]
            } else {
                partitions = try cluster.partitions(of: sourceTopics)
            }
            try Failpoint.kafkaBeforeJoin.hit(KafkaConnectorError.atFailpoint)
            let member = try KafkaGroupMember(
                properties: cluster.properties.member(group: cluster.group, instanceID: cluster.transactionalID),
                topics: sourceTopics.isEmpty ? [partitions[0].topic] : sourceTopics,
                timeoutMilliseconds: Self.joinTimeoutMilliseconds, events: cluster.events("group member"))
            try Failpoint.kafkaAfterJoin.hit(KafkaConnectorError.atFailpoint)
            try Failpoint.kafkaBeforeCommittedRead.hit(KafkaConnectorError.atFailpoint)
            let committed = try committedOffsets(partitions, member)
            try Failpoint.kafkaAfterCommittedRead.hit(KafkaConnectorError.atFailpoint)
            let carriesOnlyRecord = marker != nil
            try open(producer, member, Set(sourceTopics), marker)
            if let observer = state.withLock({ $0.observer }) { member.tenure.observe(observer) }
            return CommitMetadata.state(of: committed, marker: carriesOnlyRecord)
        }
    }

    private func makeProducer() throws(KafkaConnectorError) -> KafkaProducer {
        try KafkaProducer(
            properties: cluster.properties.producer(
                transactionalID: cluster.transactionalID,
                transactionTimeoutMilliseconds: transactionTimeoutMilliseconds,
                batchByteCount: cluster.batchByteCount),
            path: cluster.properties.dataPath, events: cluster.events("transactional producer"))
    }

    private var transactionTimeoutMilliseconds: Int {
        cluster.properties.transactionTimeoutMilliseconds(
            checkpointInterval: cluster.environment.checkpointIntervalMilliseconds)
    }

    /// Tells a transaction that the broker ended because it was too old from one that a newer instance ended: both are reported
    /// as fencing.
    func explain(_ error: KafkaConnectorError) -> KafkaConnectorError {
        guard error.code == .fenced else { return error }
        let timeout = transactionTimeoutMilliseconds
        let age = (monotonicNanoseconds() - state.withLock { $0.transactionStart }) / 1_000_000
        guard age >= UInt64(timeout) else { return error }
        return KafkaConnectorError(
            .producerFailed,
            "the transaction was open for \(age) ms and the cluster ended it after \(timeout); it is done again (take "
                + "checkpoints more often, or raise 'properties.transaction.timeout.ms')",
            context: error.context, kafkaCode: error.kafkaCode, isRetriable: true, cause: error)
    }

    private func initTransactions(_ producer: KafkaProducer) throws(KafkaConnectorError) {
        do {
            try repeating(producer, for: Self.fenceTimeoutNanoseconds) { () throws(KafkaConnectorError) in
                try producer.initTransactions(timeoutMilliseconds: 10_000)
            }
        } catch {
            guard error.kafkaCode == "INVALID_TRANSACTION_TIMEOUT" else { throw error }
            throw KafkaConnectorError(
                .configuration,
                "the brokers allow no transaction of \(transactionTimeoutMilliseconds) ms: lower "
                    + "'properties.transaction.timeout.ms' (at least twice the checkpoint interval), or raise "
                    + "transaction.max.timeout.ms of the brokers",
                kafkaCode: error.kafkaCode, cause: error)
        }
    }

    private func committedOffsets(
        _ partitions: [KafkaPosition], _ member: KafkaGroupMember
    ) throws(KafkaConnectorError) -> [KafkaPosition] {
        let deadline = monotonicNanoseconds() + Self.fenceTimeoutNanoseconds
        while true {
            do {
                return try member.committed(partitions, timeoutMilliseconds: 10_000)
            } catch {
                guard error.isRetriable, monotonicNanoseconds() < deadline else { throw error }
            }
        }
    }

    /// Begins the first transaction and lets the writers at the producer.
    private func open(
        _ producer: KafkaProducer, _ member: KafkaGroupMember?, _ sourceTopics: Set<String>, _ marker: KafkaPosition?
    ) throws(KafkaConnectorError) {
        // Local to the client: the cluster knows of the transaction from its first row or offset on.
        try producer.beginTransaction()
        let log = cluster.environment.log
        let thread = try ProducerThread(
            producer: producer, buffers: { [weak self] in self?.buffers ?? [] },
            hangs: { call in
                log(LogEvent(.error, "librdkafka does not return; ending the process", ["call": "\(call)"]))
                endProcess()
            })
        state.withLock { state in
            state.producer = producer
            state.thread = thread
            state.member = member ?? state.member
            state.sourceTopics = sourceTopics
            state.marker = marker
            state.transactionStart = monotonicNanoseconds()
        }
        slot.put(producer)
    }

    /// Repeats a call that says that it may be repeated.
    private func repeating(
        _ producer: KafkaProducer, for nanoseconds: UInt64 = retryNanoseconds,
        _ body: () throws(KafkaConnectorError) -> Void
    ) throws(KafkaConnectorError) {
        let deadline = monotonicNanoseconds() + nanoseconds
        var isRepeated = false
        while true {
            do {
                try body()
                if isRepeated { cluster.environment.hear(id, .answered) }
                return
            } catch {
                guard error.isRetriable, monotonicNanoseconds() < deadline else { throw error }
                cluster.environment.hear(id, .retried(error.description))
                isRepeated = true
                producer.poll(timeoutMilliseconds: 100)
            }
        }
    }

    // MARK: Epochs

    func redo(epoch: Int64) throws -> SnapshotBuffer {
        throw DataflowError(.internal, "a Kafka cluster decides; it has no redo log")
    }

    func applyRedo(_ redo: UnsafeRawBufferPointer, record: EpochRecord) throws {
        throw DataflowError(.internal, "a Kafka cluster decides; it takes no redo log")
    }

    func prepare(epoch: Int64) throws {
        try translatingErrors(explainedBy: explain) {
            guard let producer = state.withLock({ $0.producer }) else {
                throw KafkaConnectorError(.producerFailed, "the transaction's producer is gone", isRetriable: true)
            }
            let deadline = monotonicNanoseconds() + Self.retryNanoseconds
            for buffer in buffers {
                while true {
                    try buffer.pump()
                    if buffer.isHandedOver(epoch) { break }
                    try producer.checkDeliveries()
                    if monotonicNanoseconds() > deadline {
                        throw KafkaConnectorError(
                            .unavailable, "the rows of epoch \(epoch) could not be handed to the cluster in time")
                    }
                    producer.poll(timeoutMilliseconds: 2)
                }
            }
            // Rows that the cluster refuses must show before the decision.
            try Failpoint.kafkaBeforeFlush.hit(KafkaConnectorError.abortAtFailpoint)
            try repeating(producer) { () throws(KafkaConnectorError) in
                try producer.flush(timeoutMilliseconds: 5000)
            }
            try Failpoint.kafkaAfterFlush.hit(KafkaConnectorError.abortAtFailpoint)
        }
    }

    func commit(_ record: EpochRecord) throws(CommitFailure) {
        let (connected, member, topics, marker) = state.withLock {
            ($0.producer, $0.member, $0.sourceTopics, $0.marker)
        }
        guard let producer = connected, let member else {
            throw .aborted(DataflowError(.unavailable, "the transaction's producer is gone"))
        }
        let before = producer.wireState
        do {
            try Self.check(member)
            try Failpoint.kafkaBeforeSendOffsets.hit(KafkaConnectorError.abortAtFailpoint)
            try repeating(producer) { () throws(KafkaConnectorError) in
                try producer.sendOffsets(
                    Self.positions(record, topics, marker), member: member, timeoutMilliseconds: 10_000)
            }
            // A member that has joined again meanwhile has sent them under a generation that is not that of its fence.
            try Self.check(member)
            try Failpoint.kafkaAfterSendOffsets.hit(KafkaConnectorError.abortAtFailpoint)
            try Failpoint.kafkaBeforeEndTransaction.hit(KafkaConnectorError.abortAtFailpoint)
            try repeating(producer) { () throws(KafkaConnectorError) in try producer.commitTransaction() }
            try Failpoint.kafkaAfterEndTransaction.hit(KafkaConnectorError.atFailpoint)
        } catch {
            throw Self.failure(explain(error), producer.wireState.end(since: before))
        }
        beginNext(after: producer, before)
        for buffer in buffers { buffer.release(record.epoch) }
        // A failure is kept in the buffer and thrown to its worker.
        for buffer in buffers { try? buffer.pump() }
    }

    /// Lets nobody commit what the group has taken away since the fence.
    private static func check(_ member: KafkaGroupMember) throws(KafkaConnectorError) {
        guard !member.tenure.holds else { return }
        try member.check()
        throw KafkaConnectorError(
            .abortRequired, "the consumer group has assigned the input anew since this epoch began; it is done again",
            isRetriable: false)
    }

    /// Opens the next transaction; rows of the next epoch are let go only then.
    ///
    /// The epoch is committed whatever happens here: the next one meets the trouble.
    private func beginNext(after producer: KafkaProducer, _ before: KafkaProducer.WireState) {
        do throws(KafkaConnectorError) {
            if isClean(producer, before) {
                try producer.beginTransaction()
                state.withLock { $0.transactionStart = monotonicNanoseconds() }
            } else {
                try replace(producer)
            }
        } catch {
            slot.clear()
            state.withLock { $0.producer = nil }
            cluster.environment.log(
                LogEvent(.warning, "no transaction after a commit", ["error": error.description]))
        }
    }

    private func isClean(_ producer: KafkaProducer, _ before: KafkaProducer.WireState) -> Bool {
        Failpoint.kafkaEndClean.passes() && producer.wireState.isCleanEnd(since: before)
    }

    /// The offsets to commit: those of the splits of this cluster, or the marker's.
    static func positions(
        _ record: EpochRecord, _ topics: Set<String>, _ marker: KafkaPosition?
    ) -> [KafkaPosition] {
        let text = CommitMetadata(record).text
        if var marker {
            marker.offset = record.epoch
            marker.metadata = text
            return [marker]
        }
        // Two tables may read one topic: what the slower one has read is what the job has read.
        var offsets: [SplitID: Int64] = [:]
        for split in record.splits where topics.contains(split.id.topic) {
            offsets[split.id] = min(offsets[split.id] ?? .max, split.nextOffset)
        }
        return offsets.sorted { $0.key < $1.key }.map {
            KafkaPosition(topic: $0.key.topic, partition: $0.key.partition, offset: $0.value, metadata: text)
        }
    }

    static func failure(_ error: KafkaConnectorError, _ end: TransactionEnd) -> CommitFailure {
        switch end.outcome(isFenced: error.code == .fenced) {
        case .aborted: .aborted(error.dataflowError)
        case .inDoubt: .inDoubt(error.dataflowError)
        case .fenced: .fenced(error.dataflowError)
        }
    }

    /// An end of transaction that may still be under way somewhere could end the next one: a new producer's epoch shuts it out.
    private func replace(_ producer: KafkaProducer) throws(KafkaConnectorError) {
        slot.clear()
        let (thread, topics, marker) = state.withLock { state in
            let found = (state.thread, state.sourceTopics, state.marker)
            state.thread = nil
            state.producer = nil
            return found
        }
        thread?.stop()
        for buffer in buffers { buffer.detach() }
        let next = try makeProducer()
        try Failpoint.kafkaBeforeReplaceProducer.hit(KafkaConnectorError.atFailpoint)
        try initTransactions(next)
        try Failpoint.kafkaAfterReplaceProducer.hit(KafkaConnectorError.atFailpoint)
        cluster.environment.log(LogEvent(.info, "transactional producer made anew after a disturbed commit"))
        try open(next, nil, topics, marker)
    }

    func abort() {
        disconnect()
    }

    /// Drops the producer, the member and all rows.
    private func disconnect() {
        slot.clear()
        let (producer, thread, member, buffers) = state.withLock { state in
            let found = (state.producer, state.thread, state.member, state.buffers)
            state.thread = nil
            state.member = nil
            state.producer = nil
            return found
        }
        thread?.stop()
        // Readers of committed records wait for the end of the transaction. What cannot be aborted now, the next fence aborts.
        if let producer {
            Failpoint.kafkaBeforeAbort.hit()
            try? producer.abortTransaction(timeoutMilliseconds: 5000)
            Failpoint.kafkaAfterAbort.hit()
        }
        member?.stop()
        for buffer in buffers { buffer.reset() }
    }

    func close() {
        disconnect()
        cluster.removeParticipant()
    }
}
