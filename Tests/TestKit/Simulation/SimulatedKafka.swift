/// A Kafka cluster as far as exactly-once depends on it: transactions of one output log, producer epochs, committed offsets.
///
/// The rules are those of a broker before transactions of version 2: the epoch does not change from one transaction to the next, so that a
/// late end of a transaction ends the one that is open by then (KAFKA-17754).
struct SimulatedKafka {
    enum Status {
        case empty, ongoing, committing, aborting
    }

    enum Answer {
        case done
        /// A newer epoch holds the transactional id.
        case fenced
        /// The transaction before is still being ended.
        case concurrent
        case invalidState
        case outOfOrder
        /// The member or its generation is not the group's.
        case illegalGeneration
        /// Offsets are part of an open transaction.
        case unstable
    }

    struct Offsets {
        var lineage: String
        var epoch: Int64
        var digest: String
        var next0: Int32
        var next1: Int32
        /// Whether somebody else wrote them.
        var isForeign = false
    }

    struct Producer {
        var epoch: Int32 = 0
        var status = Status.empty
        var transaction: Int32 = -1
        var startedAt: Int32 = 0
        var completesAt: Int32 = 0
        var pending: Offsets?
        var nextSequence: Int32 = 0
        var lastEndCommitted: Bool?
    }

    enum Outcome: UInt8 {
        case open, committed, aborted
    }

    struct Batch {
        var rows: OutputRows
        var transaction: Int32
    }

    var producers: [Producer] = []
    var log: [Batch] = []
    var outcomes: [Outcome] = []
    /// Batches before this one are visible to readers of committed records, or skipped for good.
    var stableCount = 0
    /// What those readers have seen.
    var visible = JobState()
    var offsets: Offsets?
    var fault: Violation.Kind?
    var timeout: Int32 = 600
    var markerDelay: Int32 = 0
    var verifiesTransactions = true
    var timedOutCount = 0
    var group = SimulatedGroup()

    mutating func settle(_ now: Int32) {
        for index in producers.indices {
            switch producers[index].status {
            case .ongoing where now - producers[index].startedAt > timeout:
                // The coordinator bumps the epoch, so that whoever is late cannot go on.
                producers[index].epoch += 1
                producers[index].nextSequence = 0
                end(index, false, now)
                timedOutCount += 1
            case .committing, .aborting:
                if now >= producers[index].completesAt { complete(index) }
            default: break
            }
        }
        group.settle(now)
    }

    mutating func initialize(_ index: Int, _ now: Int32) -> Answer {
        while producers.count <= index { producers.append(Producer()) }
        switch producers[index].status {
        case .committing, .aborting: return .concurrent
        case .ongoing:
            producers[index].epoch += 1
            producers[index].nextSequence = 0
            end(index, false, now)
            if markerDelay > 0 { return .concurrent }
            return .done
        case .empty:
            producers[index].epoch += 1
            producers[index].nextSequence = 0
            producers[index].lastEndCommitted = nil
            return .done
        }
    }

    mutating func produce(
        _ index: Int, epoch: Int32, sequence: Int32, _ rows: OutputRows, isLate: Bool, _ now: Int32
    ) -> Answer {
        guard index < producers.count, epoch == producers[index].epoch else { return .fenced }
        if sequence < producers[index].nextSequence { return .done }
        if sequence > producers[index].nextSequence { return .outOfOrder }
        switch producers[index].status {
        case .committing, .aborting: return .concurrent
        case .empty:
            // A record that was on its way does not register its partition anew.
            if isLate && verifiesTransactions { return .invalidState }
            begin(index, now)
        case .ongoing: break
        }
        producers[index].nextSequence += 1
        log.append(Batch(rows: rows, transaction: producers[index].transaction))
        return .done
    }

    private mutating func begin(_ index: Int, _ now: Int32) {
        producers[index].status = .ongoing
        producers[index].startedAt = now
        producers[index].transaction = Int32(outcomes.count)
        producers[index].pending = nil
        outcomes.append(.open)
    }

    /// - Parameter member: nil for a commit that names no member, which no broker refuses.
    mutating func add(
        _ index: Int, epoch: Int32, _ offsets: Offsets, member: (id: Int32, generation: Int32)?, _ now: Int32
    ) -> Answer {
        guard index < producers.count, epoch == producers[index].epoch else { return .fenced }
        switch producers[index].status {
        case .committing, .aborting: return .concurrent
        case .empty: begin(index, now)
        case .ongoing: break
        }
        if let member, !group.isCurrent(member.id, member.generation) { return .illegalGeneration }
        producers[index].pending = offsets
        return .done
    }

    mutating func end(_ index: Int, epoch: Int32, commit: Bool, _ now: Int32) -> Answer {
        guard index < producers.count, epoch == producers[index].epoch else { return .fenced }
        switch producers[index].status {
        case .committing: return commit ? .concurrent : .invalidState
        case .aborting: return commit ? .invalidState : .concurrent
        case .empty:
            return producers[index].lastEndCommitted == commit ? .done : .invalidState
        case .ongoing:
            end(index, commit, now)
            return .done
        }
    }

    private mutating func end(_ index: Int, _ commit: Bool, _ now: Int32) {
        producers[index].status = commit ? .committing : .aborting
        producers[index].completesAt = now + markerDelay
        if markerDelay == 0 { complete(index) }
    }

    private mutating func complete(_ index: Int) {
        let isCommit = producers[index].status == .committing
        producers[index].status = .empty
        producers[index].lastEndCommitted = isCommit
        outcomes[Int(producers[index].transaction)] = isCommit ? .committed : .aborted
        let pending = producers[index].pending
        producers[index].pending = nil
        if isCommit, let pending { offsets = pending }
        readStable()
        if isCommit, let pending, stableCount == log.count, fault == nil,
            visible.next0 != pending.next0 || visible.next1 != pending.next1
        {
            fault = .offsetsApart
        }
    }

    /// What a reader of committed records does: goes on up to the first record of an open transaction.
    private mutating func readStable() {
        while stableCount < log.count {
            let batch = log[stableCount]
            switch outcomes[Int(batch.transaction)] {
            case .open: return
            case .aborted: break
            case .committed:
                if let found = SinkOracle.fault(batch.rows, after: visible) {
                    fault = fault ?? found
                    return
                }
                visible = batch.rows.after
            }
            stableCount += 1
        }
    }

    /// Whether some transaction with offsets is neither committed nor aborted.
    var hasPendingOffsets: Bool {
        for producer in producers where producer.status != .empty && producer.pending != nil { return true }
        return false
    }

    var hasOpenTransaction: Bool {
        for producer in producers where producer.status != .empty { return true }
        return false
    }

    /// Puts the topic back to what an operator wants it to hold; the group's offsets stay.
    mutating func reset(to content: JobState) {
        for index in producers.indices {
            if producers[index].status != .empty {
                producers[index].status = .aborting
                producers[index].pending = nil
                complete(index)
            }
            producers[index].epoch += 1
        }
        log = []
        stableCount = 0
        visible = content
    }
}
