internal import CKafka
internal import Columnar
internal import Dataflow

/// Creates topics and fills them with ready-made messages, for demonstrations and benchmarks. Idempotent, without transactions. Used
/// by one thread.
package final class TopicLoader {
    /// Messages handed over by one call.
    private static let batchCount = 4000

    private let producer: KafkaProducer
    private var topics: [String: Pending] = [:]

    private final class Pending {
        let topic: any OutgoingTopic
        let partitionCount: Int
        var values: [UInt8] = []
        var valueEnds: [Int] = []
        var keys: [UInt8] = []
        var keyEnds: [Int] = []

        init(_ topic: any OutgoingTopic, partitionCount: Int) {
            self.topic = topic
            self.partitionCount = partitionCount
        }
    }

    /// - Parameter properties: client properties, `bootstrap.servers` among them.
    package init(properties: [String: String]) throws {
        var problem: String?
        let known = KafkaProperties(properties) { problem = problem ?? "\($0): \($1)" }
        if let problem { throw DataflowError(.invalidConfiguration, problem) }
        producer = try translatingErrors {
            try KafkaProducer(
                properties: known.producer(transactionalID: nil, transactionTimeoutMilliseconds: 60_000),
                events: .ignored)
        }
    }

    /// Creates a topic unless it exists, and waits until the cluster knows it.
    package func createTopic(_ name: String, partitions: Int, isCompacted: Bool = false) throws {
        try translatingErrors {
            let configs = isCompacted ? [KafkaProperties.Entry("cleanup.policy", "compact")] : []
            try producer.client.createTopic(
                name, partitions: partitions, replication: 1, configs: configs, timeoutMilliseconds: 15_000)
            try awaitTopic(name)
        }
    }

    /// Deletes a topic, which this loader must not write to afterwards.
    package func deleteTopic(_ name: String) throws {
        topics[name] = nil
        try translatingErrors { try producer.client.deleteTopic(name, timeoutMilliseconds: 15_000) }
    }

    /// A cluster answers that a topic is created before every broker has heard of it.
    private func awaitTopic(_ name: String) throws {
        let deadline = ContinuousClock.now + .seconds(15)
        while try !isKnown(name) {
            guard ContinuousClock.now < deadline else {
                throw DataflowError(.unavailable, "the cluster does not know the topic \(name) 15 s after creating it")
            }
            producer.poll(timeoutMilliseconds: 50)
        }
    }

    private func isKnown(_ name: String) throws -> Bool {
        do {
            return try producer.client.partitionCount(name, timeoutMilliseconds: 15_000) > 0
        } catch {
            if error.code == .topicMissing { return false }
            throw error
        }
    }

    /// Queues a message; the partition follows from the key as with Kafka's own producer.
    package func send(_ topic: String, key: String, value: String) throws {
        let pending = try pending(topic)
        pending.values.append(contentsOf: value.utf8)
        pending.valueEnds.append(pending.values.count)
        pending.keys.append(contentsOf: key.utf8)
        pending.keyEnds.append(pending.keys.count)
        if pending.valueEnds.count >= Self.batchCount { try handOver(pending) }
    }

    /// Gives everything queued to the client, which sends it soon.
    package func handOver() throws {
        for pending in topics.values { try handOver(pending) }
    }

    /// Waits until everything is acknowledged.
    package func flush() throws {
        try handOver()
        try translatingErrors { try producer.flush(timeoutMilliseconds: 60_000) }
    }

    private func pending(_ name: String) throws -> Pending {
        if let known = topics[name] { return known }
        let made = try translatingErrors {
            Pending(
                try producer.makeTopic(name, capacity: Self.batchCount),
                partitionCount: try producer.client.partitionCount(name, timeoutMilliseconds: 15_000))
        }
        topics[name] = made
        return made
    }

    private func handOver(_ pending: Pending) throws {
        guard !pending.valueEnds.isEmpty else { return }
        try pending.values.withUnsafeBufferPointer { values in
            try pending.valueEnds.withUnsafeBufferPointer { valueEnds in
                try pending.keys.withUnsafeBufferPointer { keys in
                    try pending.keyEnds.withUnsafeBufferPointer { keyEnds in
                        pending.topic.stage(
                            ckafka_rows(
                                count: Int32(valueEnds.count), values: values.baseAddress,
                                value_ends: valueEnds.baseAddress, keys: keys.baseAddress,
                                key_ends: keyEnds.baseAddress, partitioner: CKAFKA_PARTITION_KEYED,
                                partition_count: Int32(pending.partitionCount), sticky_partition: 0))
                        // The client takes less than all while its queue is full: serving it makes room.
                        while try translatingErrors({ try pending.topic.send() }) > 0 {
                            producer.poll(timeoutMilliseconds: 10)
                        }
                    }
                }
            }
        }
        pending.values.removeAll(keepingCapacity: true)
        pending.valueEnds.removeAll(keepingCapacity: true)
        pending.keys.removeAll(keepingCapacity: true)
        pending.keyEnds.removeAll(keepingCapacity: true)
        producer.poll()
        try translatingErrors { try producer.checkDeliveries() }
    }
}
