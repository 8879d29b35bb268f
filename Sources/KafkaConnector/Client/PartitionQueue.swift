internal import CKafka
internal import Columnar

/// The queue of one assigned topic-partition. Not reading it is the back-pressure: librdkafka stops fetching when it is full.
///
/// Read by one thread at a time.
final class PartitionQueue {
    private let pointer: OpaquePointer
    /// Kept alive: messages and the queue belong to the client.
    private let client: ClientHandle
    private let wake: WakeBox

    /// - Parameter wakeUp: called from librdkafka's threads whenever the empty queue gets something.
    init(
        client: ClientHandle, topic: String, partition: Int32, wakeUp: @escaping @Sendable () -> Void
    ) throws(KafkaConnectorError) {
        let box = WakeBox(wakeUp)
        let queue = ckafka_queue_new(
            client.pointer, topic, partition,
            { context in
                guard let context else { return }
                Unmanaged<WakeBox>.fromOpaque(context).takeUnretainedValue().wakeUp()
            }, Unmanaged.passUnretained(box).toOpaque())
        guard let queue else {
            throw KafkaConnectorError(
                .topicMissing, "the partition cannot be read", context: ErrorContext(topic: topic, partition: partition)
            )
        }
        pointer = queue
        wake = box
        self.client = client
    }

    deinit {
        ckafka_queue_destroy(pointer)
    }

    /// Takes up to `limit` messages that are already here, at offsets from `minimumOffset` on, ascending. Never waits.
    ///
    /// - Returns: how many queue items were taken, ends of the partition and errors included; fewer than `limit` when the
    ///   queue is empty now.
    func read(minimumOffset: Int64, limit: Int, into batch: MessageBatch) -> Int {
        Int(ckafka_queue_read(pointer, minimumOffset, Int32(limit), batch.pointer))
    }

    /// Messages fetched but not read.
    var count: Int { Int(ckafka_queue_length(pointer)) }
}

private final class WakeBox: Sendable {
    let wakeUp: @Sendable () -> Void

    init(_ wakeUp: @escaping @Sendable () -> Void) {
        self.wakeUp = wakeUp
    }
}
