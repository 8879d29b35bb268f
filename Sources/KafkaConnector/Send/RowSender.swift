internal import CKafka
internal import Dataflow
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Writes rows over connections of its own, on one thread, to the brokers that lead their partitions: idempotently, and in the
/// transaction whose partitions it registers. Everything else of a transaction is librdkafka's: its beginning, the offsets, its end.
///
/// Rows are written into the batch that goes over the wire: no record becomes an object. A batch that was sent is sent again until
/// it is acknowledged; its number in the partition (KIP-98) keeps it from being there twice.
final class RowSender: Sendable {
    /// A partition that is written.
    struct Partition: Hashable, Sendable {
        var topic: String
        var index: Int32
    }

    /// Shared with the thread.
    final class Desk: Sendable {
        let state = Mutex(SendState())
        /// Wakes who waits for the thread.
        let idle: Waker

        init(_ idle: Waker) {
            self.idle = idle
        }
    }

    let settings: SendSettings
    /// Of batches.
    let pool: FramePool
    private let desk: Desk
    private let waker: Waker
    private let thread = Mutex<DedicatedThread?>(nil)

    /// - Parameter observe: told now and then what the connections have done; without the client's name.
    init(
        client: ClientHandle, settings: SendSettings, observe: @escaping @Sendable (ClientStatistics) -> Void
    ) throws(KafkaConnectorError) {
        self.settings = settings
        pool = FramePool(maximumKeptByteCount: 8 * settings.batchByteCount)
        do {
            waker = try Waker()
            desk = Desk(try Waker())
        } catch {
            throw KafkaConnectorError(.internal, error.reason)
        }
        let made = try DedicatedThread.blocking { [desk, waker, settings] in
            SendLoop(client: client, settings: settings, desk: desk, waker: waker, observe: observe).run()
        }
        thread.withLock { $0 = made }
    }

    deinit {
        stop()
    }

    /// Rows go under this identity from now on; none may have been sent under another.
    func identify(_ identity: ProducerIdentity) {
        desk.state.withLock { $0.identity = identity }
        waker.wake()
    }

    /// Batches of a topic have at most so many bytes, but where one record has more.
    func limitBatches(of topic: String, to byteCount: Int) {
        desk.state.withLock { $0.batchByteCounts[topic] = byteCount }
    }

    /// The next rows belong to a new transaction. All rows of the last one must be acknowledged or dropped.
    func beginTransaction() {
        desk.state.withLock { $0.transaction += 1 }
    }

    /// Appends rows that are laid out for one partition.
    ///
    /// - Returns: how many were taken; fewer than there are when too much is waiting.
    func append(
        _ rows: ckafka_rows, order: UnsafeBufferPointer<Int32>, to partition: Partition
    ) -> Int {
        guard let start = order.baseAddress else { return 0 }
        let clock = Clock()
        var taken = 0
        let wakes = desk.state.withLock { state -> Bool in
            let wasFilling = state.waiting[partition]?.batches.count ?? 0
            while taken < order.count, state.byteCount < settings.queuedByteCount {
                let batch = state.filling(partition, self, clock)
                let before = batch.byteCount
                let more = batch.append(
                    rows, start + taken, count: Int32(order.count - taken), timestamp: clock.milliseconds)
                state.note(partition, records: Int(more), bytes: batch.byteCount - before)
                taken += Int(more)
                if more == 0 { state.add(partition, room: Self.room(for: Int(order[taken]), of: rows), self, clock) }
            }
            return state.waiting[partition]?.batches.count != wasFilling
        }
        if wakes { waker.wake() }
        return taken
    }

    /// Appends a message with headers and a timestamp; false when too much is waiting.
    func append(_ message: UnsafePointer<ckafka_message>, to partition: Partition) -> Bool {
        let clock = Clock()
        let time = message.pointee.timestamp > 0 ? message.pointee.timestamp : clock.milliseconds
        let isTaken = desk.state.withLock { state -> Bool in
            guard state.byteCount < settings.queuedByteCount else { return false }
            let batch = state.filling(partition, self, clock)
            let before = batch.byteCount
            if !batch.append(message, timestamp: time) {
                let fresh = state.add(partition, room: Self.room(for: message.pointee), self, clock)
                let empty = fresh.byteCount
                guard fresh.append(message, timestamp: time) else { return false }
                state.note(partition, records: 1, bytes: fresh.byteCount - empty)
                return true
            }
            state.note(partition, records: 1, bytes: batch.byteCount - before)
            return true
        }
        if isTaken { waker.wake() }
        return isTaken
    }

    /// More than a row takes in an empty batch.
    private static func room(for row: Int, of rows: ckafka_rows) -> Int {
        var size = rows.value_ends[row] - (row > 0 ? rows.value_ends[row - 1] : 0) + overhead
        if let ends = rows.key_ends { size += ends[row] - (row > 0 ? ends[row - 1] : 0) }
        return size
    }

    /// More than a message takes in an empty batch.
    private static func room(for message: ckafka_message) -> Int {
        var size = message.key_length + message.value_length + overhead
        for index in 0..<message.header_count {
            size += max(Int(message.header_lengths[index]), 0) + 2 * overhead
            if let name = message.header_names[index] { size += strlen(name) }
        }
        return size
    }

    /// More than a record takes beside its key, value and headers.
    private static let overhead = 64

    /// Bytes that are not acknowledged, and how many records they hold.
    var outstanding: (recordCount: Int, byteCount: Int) {
        desk.state.withLock { ($0.recordCount, $0.byteCount) }
    }

    /// Why not all rows can be delivered; 0 while they can.
    var failure: Int32 { desk.state.withLock { $0.failure } }

    /// Connections that broke while a request waited for its answer.
    var disconnects: Int64 { desk.state.withLock { $0.disconnects } }

    /// Waits until everything is acknowledged or something has failed; false when the time is over.
    func flush(timeoutMilliseconds: Int32) -> Bool {
        let deadline = monotonicNanoseconds() + UInt64(max(timeoutMilliseconds, 0)) * 1_000_000
        desk.state.withLock { $0.isFlushing = true }
        waker.wake()
        defer { desk.state.withLock { $0.isFlushing = false } }
        return wait(until: deadline) { $0.recordCount == 0 || $0.failure != 0 }
    }

    /// Drops every row, waits until none is on its way, and gives up the transaction.
    ///
    /// - Returns: whether the cluster has answered that the transaction is given up, or there was none.
    func abort(timeoutMilliseconds: Int32) -> Bool {
        let deadline = monotonicNanoseconds() + UInt64(max(timeoutMilliseconds, 0)) * 1_000_000
        desk.state.withLock { state in
            state.drop()
            state.isAborting = true
        }
        waker.wake()
        return wait(until: deadline) { !$0.isAborting }
    }

    private func wait(until deadline: UInt64, _ isDone: (borrowing SendState) -> Bool) -> Bool {
        while !desk.state.withLock({ isDone($0) }) {
            let now = monotonicNanoseconds()
            guard now < deadline else { return false }
            // Several may wait for one signal.
            desk.idle.wait(until: min(deadline, now + 20_000_000))
        }
        return true
    }

    /// Ends the thread and waits for it.
    func stop() {
        desk.state.withLock { $0.isStopping = true }
        waker.wake()
        thread.withLock { running in
            running?.join()
            running = nil
        }
    }
}

/// What the time is, of the day and since some start.
struct Clock {
    let milliseconds: Int64
    let monotonic: UInt64

    init() {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        milliseconds = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        monotonic = monotonicNanoseconds()
    }
}
