internal import Dataflow
internal import Synchronization

/// An idempotent producer without transactions: rows are visible as they are written, at least once.
final class DirectOutput: SinkOutput {
    private struct State {
        var buffers: [SinkBuffer] = []
        var thread: ProducerThread?
    }

    let slot = ProducerSlot()
    private let cluster: KafkaCluster
    private let properties: KafkaProperties
    private let guarantee: KafkaOptions.DeliveryGuarantee
    private let operatorName: String?
    private let state = Mutex(State())

    init(
        cluster: KafkaCluster, properties: KafkaProperties, guarantee: KafkaOptions.DeliveryGuarantee,
        operatorName: String?
    ) {
        self.operatorName = operatorName
        self.cluster = cluster
        self.properties = properties
        self.guarantee = guarantee
    }

    var hasEpochs: Bool { false }

    /// - Parameter batchByteCount: what the topic takes in one batch.
    func start(batchByteCount: Int) throws(KafkaConnectorError) {
        stop()
        let producer = try KafkaProducer(
            properties: properties.producer(
                transactionalID: nil, transactionTimeoutMilliseconds: 0, batchByteCount: batchByteCount),
            events: cluster.events(
                operatorName.map { "producer of \($0)" } ?? "producer", operatorName: operatorName))
        slot.put(producer)
        let thread = try ProducerThread(
            producer: producer, buffers: { [weak self] in self?.state.withLock { $0.buffers } ?? [] }, hangs: { _ in })
        state.withLock { $0.thread = thread }
    }

    func add(_ buffer: SinkBuffer) {
        state.withLock { $0.buffers.append(buffer) }
    }

    func remove(_ buffer: SinkBuffer) {
        state.withLock { state in state.buffers.removeAll { $0 === buffer } }
    }

    func explain(_ error: KafkaConnectorError) -> KafkaConnectorError { error }

    func flush(_ buffer: SinkBuffer) throws(KafkaConnectorError) {
        guard let producer = slot.current?.producer, guarantee != .none else { return }
        while true {
            try buffer.pump()
            try producer.checkDeliveries()
            if buffer.isEmpty { break }
            producer.poll(timeoutMilliseconds: 5)
        }
        // Broken connections are mended by the client; what cannot be delivered in time fails by itself.
        let environment = cluster.environment.of(operatorName)
        var isLate = false
        while true {
            do {
                try producer.flush(timeoutMilliseconds: 1000)
                if isLate { environment.note(.answered) }
                return
            } catch {
                guard error.kafkaCode == "_TIMED_OUT" else { throw error }
                environment.note(.retried("the brokers do not acknowledge rows"))
                isLate = true
            }
        }
    }

    func stop() {
        let thread = state.withLock { state in
            let thread = state.thread
            state.thread = nil
            return thread
        }
        thread?.stop()
        if guarantee == .none, let producer = slot.current?.producer { try? producer.flush(timeoutMilliseconds: 5000) }
        slot.clear()
        for buffer in state.withLock({ $0.buffers }) { buffer.detach() }
    }
}
