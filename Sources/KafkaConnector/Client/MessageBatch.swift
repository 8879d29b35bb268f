internal import CKafka
internal import Columnar

/// Messages of one partition, taken in one call; memory that is used again and again by one worker thread.
final class MessageBatch {
    /// Parallel arrays; the messages are valid until the next read or `release`.
    let pointer: UnsafeMutablePointer<ckafka_batch>

    init(capacity: Int) {
        guard let batch = ckafka_batch_new(Int32(capacity)) else { preconditionFailure("no memory for a batch") }
        pointer = batch
    }

    deinit {
        ckafka_batch_destroy(pointer)
    }

    var count: Int { Int(pointer.pointee.count) }

    /// Of the keys and values.
    var byteCount: Int { Int(pointer.pointee.bytes) }

    func offset(_ index: Int) -> Int64 { pointer.pointee.offsets[index] }

    /// Milliseconds since 1970-01-01T00:00:00Z; -1 when the message has none.
    func timestamp(_ index: Int) -> Int64 { pointer.pointee.timestamps[index] }

    /// 0 none, 1 set by the producer, 2 set by the broker.
    func timestampType(_ index: Int) -> Int { Int(pointer.pointee.timestamp_types[index]) }

    /// Of a message's key and value.
    func digest(_ index: Int) -> UInt64 { ckafka_batch_digest(pointer, Int32(index)) }

    /// The offset after everything that the last read consumed, control records included; nil when nothing moved it.
    var nextOffset: Int64? { pointer.pointee.next_offset >= 0 ? pointer.pointee.next_offset : nil }

    /// The last thing read was the end of the partition (the last stable offset when only committed records are read).
    var isAtEnd: Bool { pointer.pointee.at_end }

    /// The offset of a message that was not after its predecessor; reading stopped there.
    var regressedOffset: Int64? {
        pointer.pointee.regressed_offset >= 0 ? pointer.pointee.regressed_offset : nil
    }

    /// The first thing that the client reported among the messages; nil when nothing.
    func error(_ context: ErrorContext) -> KafkaConnectorError? {
        guard pointer.pointee.error != 0 else { return nil }
        let text = pointer.pointee.error_text.map { String(cString: $0) } ?? "the partition cannot be read"
        return KafkaConnectorError(code: pointer.pointee.error, text: text, context: context)
    }

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

    func hasHeaders(_ index: Int) -> Bool {
        var name: UnsafePointer<CChar>?
        var value: UnsafePointer<UInt8>?
        var length = 0
        return ckafka_batch_header(pointer, Int32(index), 0, &name, &value, &length)
    }

    /// Appends a message as if it had been read from a partition; it and what it points to must stay until `release`. The batch must
    /// not be full.
    func put(_ message: UnsafePointer<ckafka_message>, offset: Int64) {
        let hasRoom = ckafka_batch_put(pointer, offset, message)
        precondition(hasRoom, "a batch of \(pointer.pointee.capacity) messages is full")
    }

    /// Gives the messages back to librdkafka.
    func release() {
        ckafka_batch_release(pointer)
    }
}
