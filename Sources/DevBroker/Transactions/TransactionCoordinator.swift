/// Decides what transactional producers may do: a state machine without files, sockets or clock.
///
/// After every call the owner keeps the transactions in `takeChanged()` and completes those that are due.
package struct TransactionCoordinator {
    package private(set) var transactions: [String: Transaction] = [:]
    /// The ids whose transactions are open or decided but not completed.
    private var unfinished: Set<String> = []
    private var changed: Set<String> = []
    private let maxTimeoutMilliseconds: Int32
    private let markerDelayMilliseconds: Int64

    /// The last epoch of a producer id; the one before it is the last that a client gets.
    private static let exhaustedEpoch = Int16.max - 1

    package init(configuration: BrokerConfiguration) {
        maxTimeoutMilliseconds = configuration.maxTransactionTimeoutMilliseconds
        markerDelayMilliseconds = configuration.transactionMarkerDelayMilliseconds
    }

    /// Puts a transaction back that was kept.
    package mutating func restore(_ transaction: Transaction) {
        transactions[transaction.id] = transaction
        noteProgress(of: transaction)
    }

    /// The transactions that changed since the last call, in the order of their ids.
    package mutating func takeChanged() -> [Transaction] {
        defer { changed.removeAll(keepingCapacity: true) }
        return changed.sorted().compactMap { transactions[$0] }
    }

    /// What a wish for a producer id leads to.
    package enum InitOutcome: Equatable, Sendable {
        case ready(ProducerIdentity)
        case refused(ErrorCode)
        /// The open transaction is being aborted; ask again once it is completed.
        case aborting
    }

    /// Gives a producer its id and a new epoch, which fences every earlier one.
    ///
    /// - Parameters:
    ///   - expected: What the producer has, when it wants the next epoch of it (KIP-360).
    ///   - newProducerId: Called when a new producer id is needed.
    package mutating func initProducer(
        _ id: String, timeoutMilliseconds: Int32, expected: ProducerIdentity, now: Int64, newProducerId: () -> Int64
    ) -> InitOutcome {
        guard !id.isEmpty else { return .refused(.invalidRequest) }
        guard timeoutMilliseconds > 0, timeoutMilliseconds <= maxTimeoutMilliseconds else {
            return .refused(.invalidTransactionTimeout)
        }
        var transaction =
            transactions[id]
            ?? Transaction(
                id: id, producer: ProducerIdentity(id: newProducerId(), epoch: -1),
                timeoutMilliseconds: timeoutMilliseconds, updatedAt: now)
        let hasExpectation = expected.id >= 0
        let isKnown =
            transaction.producer.epoch == -1 || expected.id == transaction.producer.id
            || (expected.id == transaction.previousProducerId && expected.epoch >= Self.exhaustedEpoch)
        if hasExpectation && !isKnown { return .refused(.producerFenced) }
        if transaction.state.isPrepared { return .refused(.concurrentTransactions) }
        if transaction.state == .ongoing {
            fence(id, now: now)
            return .aborting
        }
        let current = transaction.producer
        if current.epoch >= Self.exhaustedEpoch && (!hasExpectation || expected.epoch == current.epoch) {
            transaction.previousProducerId = current.id
            transaction.producer = ProducerIdentity(id: newProducerId(), epoch: 0)
            transaction.lastEpoch = hasExpectation ? current.epoch : -1
        } else if !hasExpectation || current.epoch == -1 || expected.epoch == current.epoch {
            transaction.producer.epoch = current.epoch + 1
            transaction.lastEpoch = hasExpectation ? expected.epoch : -1
        } else if expected.epoch != transaction.lastEpoch {
            return .refused(.producerFenced)
        }
        transaction.state = .empty
        transaction.timeoutMilliseconds = timeoutMilliseconds
        transaction.startedAt = -1
        update(transaction, now: now)
        return .ready(transaction.producer)
    }

    /// Takes partitions and groups into a producer's transaction, opening it when none is open.
    package mutating func add(
        partitions: some Sequence<TopicPartition>, groups: some Sequence<String>, to id: String,
        producer: ProducerIdentity, now: Int64
    ) -> ErrorCode {
        guard !id.isEmpty else { return .invalidRequest }
        guard var transaction = transactions[id], transaction.producer.id == producer.id else {
            return .invalidProducerIdMapping
        }
        guard transaction.producer.epoch == producer.epoch else { return .producerFenced }
        guard !transaction.state.isPrepared else { return .concurrentTransactions }
        if transaction.state != .ongoing {
            transaction.state = .ongoing
            transaction.startedAt = now
            transaction.partitions = []
            transaction.groups = []
        } else if transaction.partitions.isSuperset(of: partitions) && transaction.groups.isSuperset(of: groups) {
            return .none
        }
        transaction.partitions.formUnion(partitions)
        transaction.groups.formUnion(groups)
        update(transaction, now: now)
        return .none
    }

    /// Decides a transaction; its markers are written when it is completed.
    package mutating func end(_ id: String, producer: ProducerIdentity, isCommit: Bool, now: Int64) -> ErrorCode {
        guard !id.isEmpty else { return .invalidRequest }
        guard let transaction = transactions[id], transaction.producer.id == producer.id else {
            return .invalidProducerIdMapping
        }
        guard transaction.producer.epoch == producer.epoch else { return .producerFenced }
        switch transaction.state {
        case .ongoing:
            prepare(transaction, isCommit: isCommit, now: now)
            return .none
        case .completeCommit: return isCommit ? .none : .invalidTxnState
        case .completeAbort: return isCommit ? .invalidTxnState : .none
        case .prepareCommit: return isCommit ? .concurrentTransactions : .invalidTxnState
        case .prepareAbort: return isCommit ? .invalidTxnState : .concurrentTransactions
        case .empty: return .invalidTxnState
        }
    }

    /// Why a producer may not write to a partition or commit a group's offsets; nil when it may (KIP-890, part 1).
    package func refusal(
        of producer: ProducerIdentity, id: String, partition: TopicPartition? = nil, group: String? = nil
    ) -> ErrorCode? {
        guard let transaction = transactions[id], transaction.producer.id == producer.id else {
            return .invalidProducerIdMapping
        }
        guard transaction.producer.epoch == producer.epoch else { return .invalidProducerEpoch }
        guard transaction.state == .ongoing else {
            return transaction.state.isPrepared ? .concurrentTransactions : .invalidTxnState
        }
        if let partition, !transaction.partitions.contains(partition) { return .invalidTxnState }
        if let group, !transaction.groups.contains(group) { return .invalidTxnState }
        return nil
    }

    /// The next transaction whose markers are due, if any.
    package func nextDue(now: Int64) -> Transaction? {
        unfinished.compactMap { transactions[$0] }.filter { $0.state.isPrepared && $0.completesAt <= now }
            .min { $0.id < $1.id }
    }

    /// Takes note that a transaction's markers are written.
    package mutating func complete(_ id: String, now: Int64) {
        guard var transaction = transactions[id], transaction.state.isPrepared else { return }
        transaction.state = transaction.state == .prepareCommit ? .completeCommit : .completeAbort
        transaction.partitions = []
        transaction.groups = []
        transaction.startedAt = -1
        update(transaction, now: now)
    }

    /// Aborts transactions that have been open for longer than their timeout, and fences their producers.
    package mutating func expire(now: Int64) {
        for id in unfinished.sorted() {
            guard let transaction = transactions[id], transaction.state == .ongoing else { continue }
            if transaction.startedAt + Int64(transaction.timeoutMilliseconds) <= now {
                fence(transaction.id, now: now)
            }
        }
    }

    /// When `expire` or `nextDue` will next have something to do; nil when never.
    package var nextDeadline: Int64? {
        unfinished.compactMap { id -> Int64? in
            guard let transaction = transactions[id] else { return nil }
            if transaction.state.isPrepared { return transaction.completesAt }
            guard transaction.state == .ongoing else { return nil }
            return transaction.startedAt + Int64(transaction.timeoutMilliseconds)
        }.min()
    }

    mutating func fence(_ id: String, now: Int64) {
        guard var transaction = transactions[id] else { return }
        if transaction.producer.epoch < Int16.max { transaction.producer.epoch += 1 }
        transaction.lastEpoch = -1
        prepare(transaction, isCommit: false, now: now)
    }

    private mutating func prepare(_ transaction: Transaction, isCommit: Bool, now: Int64) {
        var transaction = transaction
        transaction.state = isCommit ? .prepareCommit : .prepareAbort
        transaction.completesAt = now + markerDelayMilliseconds
        update(transaction, now: now)
    }

    private mutating func update(_ transaction: Transaction, now: Int64) {
        var transaction = transaction
        transaction.updatedAt = now
        transactions[transaction.id] = transaction
        changed.insert(transaction.id)
        noteProgress(of: transaction)
    }

    private mutating func noteProgress(of transaction: Transaction) {
        if transaction.state.isPrepared || transaction.state == .ongoing {
            unfinished.insert(transaction.id)
        } else {
            unfinished.remove(transaction.id)
        }
    }
}
