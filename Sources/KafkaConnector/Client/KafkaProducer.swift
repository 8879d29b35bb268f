internal import CKafka
internal import Columnar
internal import Dataflow
internal import Failpoints
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// An idempotent producer, with transactions when its properties hold a transactional id.
///
/// Rows may be sent from several threads; the transactional calls come from one thread at a time. Calls that librdkafka may
/// never return from are visible in `callInProgress`, for a watchdog that ends the process.
final class KafkaProducer: Sendable {
    let client: ClientHandle
    /// Carries the rows of transactions, where they do not go by librdkafka.
    let sender: RowSender?
    private let transactionalID: String?
    private let identity: IdentityWatch
    private let callName = Mutex<StaticString?>(nil)
    private let callStart = Atomic<UInt64>(0)

    /// - Parameter path: whose connections the rows of transactions go over; without transactions always librdkafka's.
    init(
        properties: [KafkaProperties.Entry], path: KafkaProperties.DataPath? = .librdkafka, events: ClientEvents
    ) throws(KafkaConnectorError) {
        transactionalID = properties.last { $0.name == "transactional.id" }?.value
        let identity = IdentityWatch()
        self.identity = identity
        guard transactionalID != nil, let settings = SendSettings(properties, path: path) else {
            client = try ClientHandle(.producer, properties: properties, events: events)
            sender = nil
            return
        }
        var watched = events
        watched.statistics = { identity.take($0) }
        // Who the cluster knows the producer as is told there and nowhere else.
        let entries =
            properties.filter { $0.name != "statistics.interval.ms" }
            + [KafkaProperties.Entry("statistics.interval.ms", IdentityWatch.intervalMilliseconds)]
        client = try ClientHandle(.producer, properties: entries, events: watched)
        sender = try RowSender(client: client, settings: settings, observe: events.observe)
    }

    /// A topic to send to.
    ///
    /// - Parameters:
    ///   - capacity: the most rows that are sent by one call.
    ///   - partitionCount: for messages that go where their key says.
    ///   - batchByteCount: what the topic takes in one batch; nil where it is not known.
    func makeTopic(
        _ name: String, capacity: Int, partitionCount: Int32 = 1, batchByteCount: Int? = nil
    ) throws(KafkaConnectorError) -> any OutgoingTopic {
        if let sender {
            if let batchByteCount { sender.limitBatches(of: name, to: batchByteCount) }
            return SentTopic(sender: sender, name: name, capacity: capacity, partitionCount: partitionCount)
        }
        return try ClientTopic(producer: self, name: name, capacity: capacity)
    }

    /// Serves failed deliveries and errors.
    func poll(timeoutMilliseconds: Int32 = 0) {
        client.poll(timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Ends a waiting `poll` of another thread.
    func wake() {
        ckafka_client_wake(client.pointer)
    }

    /// Throws when a message could not be delivered since the start or the last abort.
    func checkDeliveries() throws(KafkaConnectorError) {
        let failure = sender?.failure ?? 0
        let code = failure != 0 ? failure : client.counters.first_failure
        guard code != 0 else { return }
        throw KafkaConnectorError(undelivered: code)
    }

    /// Waits until everything that was sent is delivered, or one message has failed.
    ///
    /// - Throws: `.unavailable` when the time is over.
    func flush(timeoutMilliseconds: Int32) throws(KafkaConnectorError) {
        if let sender {
            guard sender.flush(timeoutMilliseconds: timeoutMilliseconds) else {
                throw KafkaConnectorError(
                    .unavailable, "the cluster has not acknowledged all rows in time", kafkaCode: "_TIMED_OUT",
                    isRetriable: true)
            }
        } else {
            _ = try checkingFailure { ckafka_client_flush(client.pointer, timeoutMilliseconds, &$0) }
        }
        try checkDeliveries()
    }

    /// Drops what is not delivered yet.
    func purge() {
        ckafka_client_purge(client.pointer)
    }

    /// How long the transactional call that is under way has lasted, and its name; nil when none is.
    func callInProgress(now: UInt64) -> (name: StaticString, nanoseconds: UInt64)? {
        let start = callStart.load(ordering: .acquiring)
        guard start != 0, let name = callName.withLock({ $0 }) else { return nil }
        return (name, now > start ? now - start : 0)
    }

    private func watched<Result>(
        _ name: StaticString, _ body: () throws(KafkaConnectorError) -> Result
    ) throws(KafkaConnectorError) -> Result {
        callName.withLock { $0 = name }
        callStart.store(monotonicNanoseconds(), ordering: .releasing)
        defer { callStart.store(0, ordering: .releasing) }
        return try body()
    }
}

// MARK: - Transactions

extension KafkaProducer {
    /// Takes the transactional id: fences every earlier holder and aborts what it left open.
    func initTransactions(timeoutMilliseconds: Int32) throws(KafkaConnectorError) {
        try watched("init_transactions") { () throws(KafkaConnectorError) in
            _ = try checkingFailure { ckafka_transactions_init(client.pointer, timeoutMilliseconds, &$0) }
        }
        guard let sender, let transactionalID else { return }
        let deadline = monotonicNanoseconds() + UInt64(max(timeoutMilliseconds, 0)) * 1_000_000
        while true {
            if var found = identity.current {
                found.transactionalID = transactionalID
                return sender.identify(found)
            }
            guard monotonicNanoseconds() < deadline else {
                throw KafkaConnectorError(
                    .unavailable, "librdkafka does not tell the producer's id", kafkaCode: "_TIMED_OUT",
                    isRetriable: true)
            }
            poll(timeoutMilliseconds: 10)
        }
    }

    func beginTransaction() throws(KafkaConnectorError) {
        try Failpoint.kafkaBeforeBegin.hit(KafkaConnectorError.atFailpoint)
        try watched("begin_transaction") { () throws(KafkaConnectorError) in
            _ = try checkingFailure { ckafka_transaction_begin(client.pointer, &$0) }
        }
        sender?.beginTransaction()
        try Failpoint.kafkaAfterBegin.hit(KafkaConnectorError.atFailpoint)
    }

    /// Makes `positions` part of the transaction, under the member's present generation.
    ///
    /// Repeatable with identical arguments while `isRetriable`. At least one position is required: without one the
    /// cluster would check nothing.
    func sendOffsets(
        _ positions: [KafkaPosition], member: KafkaGroupMember, timeoutMilliseconds: Int32
    ) throws(KafkaConnectorError) {
        precondition(positions.contains { $0.offset >= 0 }, "a commit without an offset is not fenced")
        try watched("send_offsets_to_transaction") { () throws(KafkaConnectorError) in
            _ = try checkingFailure { failure in
                withPositions(positions) {
                    ckafka_transaction_send_offsets(
                        client.pointer, member.client.pointer, $0, timeoutMilliseconds, &failure)
                }.result
            }
        }
    }

    /// Flushes and commits; resumable: repeat while `isRetriable`.
    func commitTransaction() throws(KafkaConnectorError) {
        if let sender {
            try checkDeliveries()
            precondition(sender.outstanding.recordCount == 0, "a commit with rows on their way")
        }
        try watched("commit_transaction") { () throws(KafkaConnectorError) in
            _ = try checkingFailure { ckafka_transaction_commit(client.pointer, -1, &$0) }
        }
    }

    /// Aborts the open transaction and drops what was queued for it; resumable like the commit.
    ///
    /// - Parameter timeoutMilliseconds: -1 for as long as the transaction may last; with another one the producer must not be used
    ///   after a time-out.
    func abortTransaction(timeoutMilliseconds: Int32 = -1) throws(KafkaConnectorError) {
        // librdkafka knows nothing of these rows: if they are all there is, it ends nothing.
        _ = sender?.abort(timeoutMilliseconds: timeoutMilliseconds < 0 ? 30_000 : timeoutMilliseconds)
        try watched("abort_transaction") { () throws(KafkaConnectorError) in
            _ = try checkingFailure { ckafka_transaction_abort(client.pointer, timeoutMilliseconds, &$0) }
        }
        ckafka_client_reset_first_failure(client.pointer)
    }

    /// What has gone over the wire that decides whether this producer may go on after a commit or an abort.
    struct WireState: Equatable {
        var endTransactionsSent: Int64
        var endTransactionsFailed: Int64
        var disconnects: Int64

        /// What it took to end the one transaction between `before` and this moment.
        func end(since before: WireState) -> TransactionEnd {
            TransactionEnd(
                sentCount: endTransactionsSent - before.endTransactionsSent,
                unansweredCount: endTransactionsFailed - before.endTransactionsFailed,
                disconnectCount: disconnects - before.disconnects)
        }

        /// See `TransactionEnd.leavesNothingBehind`.
        func isCleanEnd(since before: WireState) -> Bool { end(since: before).leavesNothingBehind }
    }

    var wireState: WireState {
        let counters = client.counters
        return WireState(
            endTransactionsSent: counters.end_txn_sent, endTransactionsFailed: counters.end_txn_failed,
            disconnects: counters.disconnects + (sender?.disconnects ?? 0))
    }
}

/// Nanoseconds of the monotonic clock.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
