/// What writers and the thread of a `RowSender` share, under its lock.
struct SendState {
    /// Batches of one partition in their order; the last one may still be filled.
    ///
    /// Safe because batches are only touched under the lock, or by the thread once it has taken them out.
    struct Waiting: @unchecked Sendable {
        var batches: [OutgoingBatch] = []
    }

    var waiting: [RowSender.Partition: Waiting] = [:]
    var identity: ProducerIdentity?
    /// Of what is not acknowledged.
    var recordCount = 0
    var byteCount = 0
    /// Somebody waits until nothing is left.
    var isFlushing = false
    /// Somebody waits until the transaction is given up.
    var isAborting = false
    /// Why not all rows can be delivered: a code of Kafka's protocol or of librdkafka.
    var failure: Int32 = 0
    /// The most bytes of a batch, by topic, where that is less than for all.
    var batchByteCounts: [String: Int] = [:]
    /// Counts transactions: what was registered for an earlier one is so no more.
    var transaction = 0
    /// Connections that broke while a request waited for its answer.
    var disconnects: Int64 = 0
    var isStopping = false

    /// The batch of a partition that is being filled.
    mutating func filling(
        _ partition: RowSender.Partition, _ sender: RowSender, _ clock: Clock
    ) -> OutgoingBatch {
        if let last = waiting[partition]?.batches.last { return last }
        return add(partition, room: 0, sender, clock)
    }

    /// Begins a batch behind those that are there.
    @discardableResult
    mutating func add(
        _ partition: RowSender.Partition, room: Int, _ sender: RowSender, _ clock: Clock
    ) -> OutgoingBatch {
        let most = min(sender.settings.batchByteCount, batchByteCounts[partition.topic] ?? .max)
        let size = max(most, BatchHeader.size + room)
        let batch = OutgoingBatch(sender.pool.take(size), timestamp: clock.milliseconds, now: clock.monotonic)
        // One that was too small for the first record that it should have held.
        if let last = waiting[partition]?.batches.last, last.recordCount == 0 {
            waiting[partition]?.batches.removeLast()
        }
        waiting[partition, default: Waiting()].batches.append(batch)
        return batch
    }

    mutating func note(_ partition: RowSender.Partition, records: Int, bytes: Int) {
        recordCount += records
        byteCount += bytes
    }

    /// A batch is acknowledged, or given up.
    mutating func settle(_ batch: OutgoingBatch) {
        recordCount -= Int(batch.recordCount)
        byteCount -= batch.byteCount - BatchHeader.size
    }

    /// Forgets what was not taken by the thread.
    mutating func drop() {
        for held in waiting.values { for batch in held.batches { settle(batch) } }
        waiting = [:]
    }
}
