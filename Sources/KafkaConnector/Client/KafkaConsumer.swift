internal import CKafka

/// A client that reads topic-partitions from given offsets and belongs to no group.
///
/// Every partition has a queue of its own. Partitions are never paused and never sought: a new position is a new consumer.
final class KafkaConsumer: Sendable {
    let client: ClientHandle

    init(properties: [KafkaProperties.Entry], events: ClientEvents) throws(KafkaConnectorError) {
        client = try ClientHandle(.reader, properties: properties, events: events)
    }

    /// A queue for a partition that is about to be assigned; to be made first, so that no message takes the other way.
    func makeQueue(
        topic: String, partition: Int32, wakeUp: @escaping @Sendable () -> Void
    ) throws(KafkaConnectorError) -> PartitionQueue {
        try PartitionQueue(client: client, topic: topic, partition: partition, wakeUp: wakeUp)
    }

    /// Starts to read these partitions from these offsets, beside those that are read already.
    func add(_ positions: [KafkaPosition]) throws(KafkaConnectorError) {
        _ = try checkingFailure { failure in
            withPositions(positions) { ckafka_client_assign_more(client.pointer, $0, &failure) }.result
        }
    }

    /// Calls of `PartitionQueue.read` that found something.
    var readCount: Int64 { client.counters.reads }

    /// Ends a waiting `poll` of another thread.
    func wake() {
        ckafka_client_wake(client.pointer)
    }

    /// Serves errors and log lines.
    func poll(timeoutMilliseconds: Int32 = 0) {
        client.poll(timeoutMilliseconds: timeoutMilliseconds)
    }
}
