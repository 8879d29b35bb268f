internal import Columnar
internal import Failpoints
internal import Synchronization

/// What one subtask of a sink has written and librdkafka has not taken yet, epoch by epoch.
///
/// Filled by the worker, emptied by whoever comes by: the worker, the producer's own thread, the commit. Rows of an epoch are
/// handed to the producer only when every earlier epoch is committed.
///
/// Safe because every access to `state` holds `lock`.
final class SinkBuffer: @unchecked Sendable {
    /// What waits before the worker is told to stop: as much as comes while an epoch is being committed.
    static let maximumChunkCount = 64
    static let maximumByteCount = 24 << 20
    private static let maximumSpareCount = 16

    struct Target: Sendable {
        var topic: String
        var partitionCount: Int32
        /// What the topic takes in one batch.
        var batchByteCount: Int
        var partitioner: KafkaOptions.SinkPartitioner
        /// Whether messages have timestamps of their own, which librdkafka takes only one by one.
        var sendsOneByOne: Bool
        var hasKeys: Bool
        /// Whether the rows of an epoch are kept here until it ends.
        var isSpooled: Bool
    }

    private struct Segment {
        /// Nil while the epoch is not ended.
        var epoch: Int64?
        var chunks: [EncodedChunk] = []
    }

    private struct State {
        /// The last one is open.
        var segments = [Segment()]
        var spare: [EncodedChunk] = []
        var outgoing: (any OutgoingTopic)?
        /// The producer that `outgoing` belongs to.
        var generation = 0
        var chunkCount = 0
        var byteCount = 0
        /// librdkafka's queue was full at the last attempt.
        var isStuck = false
        /// The worker was told to wait.
        var isAwaited = false
        var failure: KafkaConnectorError?

        var hasRoom: Bool {
            failure != nil || (chunkCount < maximumChunkCount && byteCount < maximumByteCount)
        }

        /// Whether more waits than may be kept for the end of its epoch.
        var isOverfull: Bool { chunkCount > maximumChunkCount / 2 || byteCount > maximumByteCount / 2 }
    }

    private let lock = Mutex(())
    private var state = State()
    private let target: Target
    private let slot: ProducerSlot
    private let wakeUp: @Sendable () -> Void

    init(target: Target, slot: ProducerSlot, wakeUp: @escaping @Sendable () -> Void) {
        self.target = target
        self.slot = slot
        self.wakeUp = wakeUp
    }

    /// Whether the worker may write; when false, `wakeUp` is called as soon as it may.
    var isReady: Bool {
        lock.withLock { _ in
            state.isAwaited = !state.hasRoom
            return state.hasRoom
        }
    }

    var isStuck: Bool { lock.withLock { _ in state.isStuck } }

    /// Whether everything that was written is with the producer.
    var isEmpty: Bool { lock.withLock { _ in state.chunkCount == 0 } }

    /// Whether the rows of an epoch are kept here until it ends, as far as there is room for them.
    var isSpooled: Bool { target.isSpooled }

    /// An empty chunk to encode into.
    func takeChunk() -> EncodedChunk {
        lock.withLock { _ in state.spare.popLast() } ?? EncodedChunk(hasKeys: target.hasKeys)
    }

    /// Takes over a chunk from the worker and sends on what may be sent.
    func append(_ chunk: EncodedChunk) throws(KafkaConnectorError) {
        lock.withLock { _ in
            state.segments[state.segments.count - 1].chunks.append(chunk)
            state.chunkCount += 1
            state.byteCount += chunk.byteCount
        }
        try pump()
    }

    /// Rows written from now on belong to the epoch after `epoch`.
    func seal(_ epoch: Int64) {
        lock.withLock { _ in
            state.segments[state.segments.count - 1].epoch = epoch
            state.segments.append(Segment())
        }
    }

    /// Whether the epoch is ended and all its rows are with the producer.
    func isHandedOver(_ epoch: Int64) -> Bool {
        lock.withLock { _ in state.segments[0].epoch == epoch && state.segments[0].chunks.isEmpty }
    }

    /// The epoch is committed: the rows of the next may go.
    func release(_ epoch: Int64) {
        lock.withLock { _ in
            let first = state.segments[0]
            precondition(
                first.epoch == epoch && first.chunks.isEmpty,
                "epoch \(epoch) was committed, but the buffer is at \(first.epoch ?? -1), \(first.chunks.count) chunks")
            state.segments.removeFirst()
        }
    }

    /// Forgets all rows.
    func reset() {
        lock.withLock { _ in state = State() }
        wakeUp()
    }

    /// Lets go of the producer, which is about to end.
    func detach() {
        lock.withLock { _ in state.outgoing = nil }
    }

    /// Hands as many rows to the producer as it takes now, chunk by chunk, so that the worker never waits long for the lock.
    func pump() throws(KafkaConnectorError) {
        while true {
            let (isDone, wakes, failure) = lock.withLock { _ in
                let isDone = sendFirst()
                let wakes = state.isAwaited && state.hasRoom
                if wakes { state.isAwaited = false }
                return (isDone, wakes, state.failure)
            }
            if wakes { wakeUp() }
            if let failure { throw failure }
            if isDone { return }
        }
    }

    /// Sends the first chunk of the oldest epoch that is not committed. Holds the lock.
    ///
    /// - Returns: whether there is nothing more to be done now.
    private func sendFirst() -> Bool {
        state.isStuck = false
        guard state.failure == nil, let current = slot.current, let chunk = state.segments[0].chunks.first else {
            return true
        }
        if target.isSpooled && state.segments[0].epoch == nil && !state.isOverfull { return true }
        do throws(KafkaConnectorError) {
            try Failpoint.kafkaProduce.hit(KafkaConnectorError.abortAtFailpoint)
            guard try send(chunk, try outgoing(current)) else {
                state.isStuck = true
                current.producer.wake()
                return true
            }
        } catch {
            state.failure = error
            return true
        }
        state.segments[0].chunks.removeFirst()
        state.chunkCount -= 1
        state.byteCount -= chunk.byteCount
        chunk.removeAll()
        if state.spare.count < Self.maximumSpareCount { state.spare.append(chunk) }
        return false
    }

    private func outgoing(_ current: ProducerSlot.Current) throws(KafkaConnectorError) -> any OutgoingTopic {
        if let existing = state.outgoing, state.generation == current.generation { return existing }
        let made = try current.producer.makeTopic(
            target.topic, capacity: RecordBatch.maximumRowCount, partitionCount: target.partitionCount,
            batchByteCount: target.batchByteCount)
        state.outgoing = made
        state.generation = current.generation
        return made
    }

    /// Whether all rows of the chunk were taken.
    private func send(_ chunk: EncodedChunk, _ outgoing: any OutgoingTopic) throws(KafkaConnectorError) -> Bool {
        if target.sendsOneByOne {
            while chunk.sentCount < chunk.count {
                guard try outgoing.sendOne(chunk.message(chunk.sentCount)) else { return false }
                chunk.sentCount += 1
            }
            return true
        }
        if !chunk.isStaged {
            outgoing.stage(chunk.rows(target.partitioner, partitionCount: target.partitionCount))
            chunk.isStaged = true
        }
        return try outgoing.send() == 0
    }
}
