internal import CKafka
internal import Dataflow
internal import Synchronization

/// Reads topic-partitions from given offsets and belongs to no group.
///
/// Records come over connections of a `Fetcher` where they may, else by librdkafka; questions are asked by librdkafka at all times.
/// Every partition has a queue of its own. Partitions are never paused and never sought: a new position is a new consumer.
final class KafkaConsumer: Sendable {
    let client: ClientHandle
    private let fetcher: Fetcher?
    private let queues = Mutex<[SplitID: FetchedQueue]>([:])
    private let fetchedReads = Counter()

    private final class Counter: Sendable {
        let value = Atomic<Int64>(0)
    }

    /// - Parameter path: whose connections records come over.
    init(
        properties: [KafkaProperties.Entry], path: KafkaProperties.DataPath?, events: ClientEvents
    ) throws(KafkaConnectorError) {
        let settings = FetchSettings(properties, path: path)
        // One of the two counts what goes over the wire.
        let counted = settings == nil ? properties : properties.filter { $0.name != "statistics.interval.ms" }
        client = try ClientHandle(.reader, properties: counted, events: events)
        if let settings {
            fetcher = try Fetcher(client: client, settings: settings, observe: events.observe)
        } else {
            fetcher = nil
        }
    }

    /// A queue for a partition that is about to be added; to be made first, so that no message takes the other way.
    func makeQueue(
        topic: String, partition: Int32, wakeUp: @escaping @Sendable () -> Void
    ) throws(KafkaConnectorError) -> any PartitionQueue {
        guard let fetcher else {
            return try ClientQueue(client: client, topic: topic, partition: partition, wakeUp: wakeUp)
        }
        let queue = fetcher.makeQueue(wakeReader: wakeUp)
        queues.withLock { $0[SplitID(topic: topic, partition: partition)] = queue }
        return FetchedPartition(
            queue: queue, fetcher: fetcher,
            countRead: { [fetchedReads] in fetchedReads.value.wrappingAdd(1, ordering: .relaxed) })
    }

    /// Starts to read these partitions from these offsets, beside those that are read already.
    func add(_ positions: [KafkaPosition]) throws(KafkaConnectorError) {
        guard let fetcher else {
            _ = try checkingFailure { failure in
                withPositions(positions) { ckafka_client_assign_more(client.pointer, $0, &failure) }.result
            }
            return
        }
        let queues = queues.withLock { $0 }
        fetcher.add(
            positions.compactMap { position in
                queues[position.split].map { FetchedSplit(id: position.split, offset: position.offset, queue: $0) }
            })
    }

    /// Calls of `PartitionQueue.read` that found something.
    var readCount: Int64 {
        fetcher == nil ? client.counters.reads : fetchedReads.value.load(ordering: .relaxed)
    }

    /// Ends a waiting `poll` of another thread.
    func wake() {
        ckafka_client_wake(client.pointer)
    }

    /// Serves errors and log lines.
    func poll(timeoutMilliseconds: Int32 = 0) {
        client.poll(timeoutMilliseconds: timeoutMilliseconds)
    }
}
