internal import CKafka
internal import Columnar

/// The queue of one topic-partition that is assigned to a librdkafka client.
final class ClientQueue: PartitionQueue {
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

    func read(minimumOffset: Int64, limit: Int, into batch: MessageBatch) -> Int {
        Int(ckafka_queue_read(pointer, minimumOffset, Int32(limit), batch.pointer))
    }
}

private final class WakeBox: Sendable {
    let wakeUp: @Sendable () -> Void

    init(_ wakeUp: @escaping @Sendable () -> Void) {
        self.wakeUp = wakeUp
    }
}
