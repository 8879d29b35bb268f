internal import CKafka
internal import Columnar

/// Messages of one partition, taken in one call; memory that is used again and again by one worker thread.
final class MessageBatch {
    /// Parallel arrays, see `ckafka_batch`; the messages are valid until the next read or `release`.
    let pointer: UnsafeMutablePointer<ckafka_batch>

    init(capacity: Int) {
        guard let batch = ckafka_batch_new(Int32(capacity)) else { preconditionFailure("no memory for a batch") }
        pointer = batch
    }

    deinit {
        ckafka_batch_destroy(pointer)
    }

    var count: Int { Int(pointer.pointee.count) }

    /// The value of a message; nil for a tombstone.
    func value(_ index: Int) -> UnsafeRawBufferPointer? {
        guard let start = pointer.pointee.values[index] else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(pointer.pointee.value_lengths[index]))
    }

    func key(_ index: Int) -> UnsafeRawBufferPointer? {
        guard let start = pointer.pointee.keys[index] else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(pointer.pointee.key_lengths[index]))
    }

    /// Calls `body` with each header's name and value (nil for null), valid during the call.
    func forEachHeader(_ index: Int, _ body: (UnsafePointer<CChar>, UnsafeRawBufferPointer?) -> Void) {
        var header: Int32 = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafePointer<UInt8>?
        var length = 0
        while ckafka_batch_header(pointer, Int32(index), header, &name, &value, &length), let found = name {
            body(found, value.map { UnsafeRawBufferPointer(start: $0, count: length) })
            header += 1
        }
    }

    /// Gives the messages back to librdkafka.
    func release() {
        ckafka_batch_release(pointer)
    }
}

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
