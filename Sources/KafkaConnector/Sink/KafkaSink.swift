internal import Columnar
package import Dataflow
internal import Formats
internal import Synchronization

/// A topic that is written.
package final class KafkaSink: Sink {
    struct Limits: Sendable {
        var partitionCount: Int32 = 0
        /// The most bytes that a key and a value may have together.
        var messageBytes = 900_000
        /// The most bytes of a batch of them.
        var batchBytes = 1_000_000
    }

    private let spec: SinkSpec
    private let options: KafkaOptions
    private let cluster: KafkaCluster
    private let environment: ConnectorEnvironment
    private let topic: String
    /// What all writers together may reject.
    private let budget: DeadLetterBudget
    /// Set by `start`.
    private let limits = Mutex(Limits())
    /// Nil where the sink takes part in the job's transaction.
    private let direct: DirectOutput?
    private let transactional: KafkaParticipant?

    init(
        _ spec: SinkSpec, options: KafkaOptions, cluster: KafkaCluster, environment: ConnectorEnvironment
    ) throws(KafkaConnectorError) {
        self.environment = environment
        guard let topic = options.topics.single else {
            throw KafkaConnectorError(.configuration, "a sink writes exactly one topic: name it in 'topic'")
        }
        // Fails early where a column does not fit its format.
        _ = try RowMessages(spec, options)
        self.spec = spec
        self.options = options
        self.cluster = cluster
        self.topic = topic
        budget = DeadLetterBudget(options.sinkLimit, clock: cluster.environment.clock)
        if options.guarantee == .exactlyOnce {
            transactional = try cluster.addSink(topic: topic, options: options)
            direct = nil
        } else {
            transactional = nil
            direct = DirectOutput(
                cluster: cluster, properties: options.properties, guarantee: options.guarantee,
                operatorName: environment.operatorName)
        }
    }

    package var participant: (any CommitParticipant)? { transactional }

    package func start() throws {
        try translatingErrors {
            let admin = try cluster.administration()
            let timeout = KafkaCluster.questionTimeoutMilliseconds
            var limits = Limits()
            do {
                limits.partitionCount = Int32(try admin.partitionCount(topic, timeoutMilliseconds: timeout))
            } catch let error as KafkaConnectorError where error.code == .topicMissing && options.createsTopic {
                try admin.createTopic(topic, timeoutMilliseconds: timeout)
                environment.tell(LogEvent(.notice, "topic created", ["topic": topic]))
                limits.partitionCount = Int32(try partitionCountOfNewTopic(admin))
            }
            limits.batchBytes = batchByteLimit(admin)
            limits.messageBytes = limits.batchBytes - Self.overhead
            self.limits.withLock { $0 = limits }
            if transactional != nil { cluster.limitBatches(to: limits.batchBytes) }
            try direct?.start(batchByteCount: limits.batchBytes)
        }
    }

    /// A topic that was just created shows up with a delay.
    private func partitionCountOfNewTopic(_ admin: ClientHandle) throws(KafkaConnectorError) -> Int {
        let deadline = monotonicNanoseconds() + 10_000_000_000
        while true {
            do {
                return try admin.partitionCount(topic, timeoutMilliseconds: KafkaCluster.questionTimeoutMilliseconds)
            } catch {
                guard error.code == .topicMissing, monotonicNanoseconds() < deadline else { throw error }
                admin.poll(timeoutMilliseconds: 100)
            }
        }
    }

    /// More than a record costs beside its key and value.
    private static let overhead = 512

    /// What both the client and the topic take.
    private func batchByteLimit(_ admin: ClientHandle) -> Int {
        let client = Int(options.properties.values["message.max.bytes"] ?? "") ?? 1_000_000
        let answer = try? admin.topicConfig(
            topic, "max.message.bytes", timeoutMilliseconds: KafkaCluster.questionTimeoutMilliseconds)
        return min(client, answer.flatMap { Int($0) } ?? client)
    }

    package func makeWriter(subtask: Int, wakeUp: @escaping @Sendable () -> Void) throws -> any SinkWriter {
        try translatingErrors {
            let limits = self.limits.withLock { $0 }
            precondition(limits.partitionCount > 0, "a writer was made before the sink was started")
            let messages = try RowMessages(spec, options)
            let target = SinkBuffer.Target(
                topic: topic, partitionCount: limits.partitionCount, batchByteCount: limits.batchBytes,
                partitioner: options.partitioner,
                sendsOneByOne: messages.hasTimestamps, hasKeys: messages.hasKeys,
                isSpooled: options.outputMode == .spool)
            let output: any SinkOutput
            if let transactional {
                output = transactional
            } else if let direct {
                output = direct
            } else {
                preconditionFailure("a sink has neither a transaction nor an output of its own")
            }
            return KafkaSinkWriter(
                messages: messages, buffer: SinkBuffer(target: target, slot: output.slot, wakeUp: wakeUp),
                output: output, subtask: subtask, limits: limits,
                oversized: try OversizedRows(
                    spec, options, byteLimit: limits.messageBytes, budget: budget, environment: environment))
        }
    }

    package func stop() {
        direct?.stop()
    }
}
