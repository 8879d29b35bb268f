internal import CKafka
internal import Columnar

/// Messages of one partition, taken in one call; memory that is used again and again by one worker thread.
final class MessageBatch {
    /// Parallel arrays; the messages are valid until the next read or `release`.
    let pointer: UnsafeMutablePointer<ckafka_batch>
    /// What the messages lie in, where they are not librdkafka's.
    private var frames: [FrameBuffer] = []

    init(capacity: Int) {
        guard let batch = ckafka_batch_new(Int32(capacity)) else { preconditionFailure("no memory for a batch") }
        pointer = batch
    }

    deinit {
        ckafka_batch_destroy(pointer)
    }

    var count: Int { Int(pointer.pointee.count) }
    var capacity: Int { Int(pointer.pointee.capacity) }

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
    func forEachHeader(_ index: Int, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        var cursor = ckafka_header_cursor()
        while let (name, value) = header(index, &cursor) { body(name, value) }
    }

    func hasHeaders(_ index: Int) -> Bool {
        var cursor = ckafka_header_cursor()
        return header(index, &cursor) != nil
    }

    private func header(
        _ index: Int, _ cursor: inout ckafka_header_cursor
    ) -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer?)? {
        var name: UnsafePointer<CChar>?
        var nameLength = 0
        var value: UnsafePointer<UInt8>?
        var length = 0
        guard ckafka_batch_header(pointer, Int32(index), &cursor, &name, &nameLength, &value, &length), let name else {
            return nil
        }
        return (
            UnsafeRawBufferPointer(start: name, count: nameLength),
            value.map { UnsafeRawBufferPointer(start: $0, count: length) }
        )
    }

    /// Appends a message as if it had been read from a partition; it and what it points to must stay until `release`. The batch must
    /// not be full.
    func put(_ message: UnsafePointer<ckafka_message>, offset: Int64) {
        let hasRoom = ckafka_batch_put(pointer, offset, message)
        precondition(hasRoom, "a batch of \(pointer.pointee.capacity) messages is full")
    }

    /// Lets go of the messages.
    func release() {
        ckafka_batch_release(pointer)
        frames.removeAll(keepingCapacity: true)
    }
}

// MARK: - Messages of a log

extension MessageBatch {
    /// Appends records until the batch holds `limit` or the run ends; false when it does not hold records. What it lies in must be
    /// kept (`keep`).
    func take(_ run: inout ckafka_run, minimumOffset: Int64, limit: Int) -> Bool {
        ckafka_batch_take(pointer, &run, minimumOffset, Int32(limit))
    }

    /// Keeps what messages lie in until `release`.
    func keep(_ frame: FrameBuffer) {
        if frames.last !== frame { frames.append(frame) }
    }

    /// Everything before `offset` was consumed.
    func moved(to offset: Int64) {
        pointer.pointee.next_offset = offset
        pointer.pointee.at_end = false
    }

    /// The partition's end was reached there.
    func end(at offset: Int64) {
        pointer.pointee.next_offset = offset
        pointer.pointee.at_end = true
    }

    /// Reading stopped there because of a code of Kafka's protocol or of librdkafka.
    func fail(_ code: Int32) {
        pointer.pointee.error = code
        pointer.pointee.error_text = rd_kafka_err2str(rd_kafka_resp_err_t(code))
    }

    /// What reading stopped because of; nil when nothing.
    var failureCode: Int32? { pointer.pointee.error != 0 ? pointer.pointee.error : nil }

    /// Reading stopped before a message that was not after its predecessor.
    func regressed(to offset: Int64) {
        pointer.pointee.regressed_offset = offset
    }

    var hasFailed: Bool { pointer.pointee.error != 0 || pointer.pointee.regressed_offset >= 0 }
}
