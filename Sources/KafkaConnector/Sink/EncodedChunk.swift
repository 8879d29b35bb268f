internal import CKafka
internal import Columnar
internal import Formats

/// The messages of one batch, in memory that is used again and again; owned by one thread at a time.
final class EncodedChunk {
    let values = MessageBuffer()
    /// Nil where messages have no keys.
    let keys: MessageBuffer?
    /// Milliseconds by row, where the sink writes the metadata column `timestamp`; else empty.
    var timestamps: [Int64] = []
    /// Where rows without a key go.
    var stickyPartition: Int32 = 0
    /// Whether the rows lie in the topic's staging area.
    var isStaged = false
    /// Rows that were sent one by one.
    var sentCount = 0

    init(hasKeys: Bool) {
        keys = hasKeys ? MessageBuffer(byteCapacity: 1 << 14) : nil
    }

    var count: Int { values.messageCount }
    var byteCount: Int { values.byteCount + (keys?.byteCount ?? 0) }

    /// Bytes of a row's key and value.
    func size(_ row: Int) -> Int { values.message(row).count + (keys?.message(row).count ?? 0) }

    func removeAll() {
        values.removeAll()
        keys?.removeAll()
        timestamps.removeAll(keepingCapacity: true)
        isStaged = false
        sentCount = 0
    }

    /// Forgets all rows but the first `count`.
    func truncate(to count: Int) {
        values.truncate(to: count)
        keys?.truncate(to: count)
        if timestamps.count > count { timestamps.removeLast(timestamps.count - count) }
    }

    /// The rows as the C layer takes them; valid until the chunk changes.
    func rows(_ partitioner: KafkaOptions.SinkPartitioner, partitionCount: Int32) -> ckafka_rows {
        let partitioner =
            switch partitioner {
            case .standard: CKAFKA_PARTITION_KEYED
            case .fixed: CKAFKA_PARTITION_FIXED
            case .roundRobin: CKAFKA_PARTITION_ROUND_ROBIN
            }
        return ckafka_rows(
            count: Int32(count), values: values.base, value_ends: values.ends, keys: keys?.base, key_ends: keys?.ends,
            partitioner: partitioner, partition_count: partitionCount, sticky_partition: stickyPartition)
    }

    /// One row as a message of its own, with its timestamp. Empty values and keys are null.
    func message(_ row: Int) -> ckafka_message {
        let value = values.message(row)
        let key = keys?.message(row) ?? UnsafeRawBufferPointer(start: nil, count: 0)
        return ckafka_message(
            partition: key.isEmpty ? stickyPartition : -1, timestamp: timestamps.isEmpty ? 0 : timestamps[row],
            value: value.isEmpty ? nil : value.baseAddress?.assumingMemoryBound(to: UInt8.self),
            value_length: value.count,
            key: key.isEmpty ? nil : key.baseAddress?.assumingMemoryBound(to: UInt8.self), key_length: key.count,
            header_names: nil, header_values: nil, header_lengths: nil, header_count: 0)
    }
}
