internal import Dataflow
internal import Execution

/// The PostgreSQL side of an instance: what the service's participant does with its session.
extension History {
    private mutating func disconnects(_ i: Int, _ index: Int) -> Bool {
        if !isReachable(i, 1 + index) || strikes(.requestLost) {
            coverage.add(.requestsLost)
            return true
        }
        return false
    }

    /// The connection is cut; the backend finds out later.
    private mutating func cut(_ i: Int, _ index: Int) {
        let session = instances[i].databases[index].session
        let notice = now + random.within(5...250)
        if session >= 0 { databases[index].abandon(session, isCommitting: false, at: notice) }
        instances[i].databases[index].session = -1
    }

    // MARK: Fence

    mutating func fenceDatabase(_ i: Int, _ index: Int) -> Progress {
        if disconnects(i, index) {
            cut(i, index)
            return .failed(isRetriable: true)
        }
        if mutant == .plainSelect || mutant == .readBeforeFence, instances[i].databases[index].earlyRead == nil {
            instances[i].databases[index].earlyRead = databases[index].current.entry ?? SimulatedDatabase.Entry()
            return .again(random.within(5...30))
        }
        if instances[i].databases[index].session < 0 {
            instances[i].databases[index].session = databases[index].connect()
            return .again(random.within(1...10))
        }
        let session = instances[i].databases[index].session
        let found = databases[index].acquire(session, isMutated: mutant == .skipFence)
        switch found.answer {
        case .blocked:
            instances[i].databases[index].attempts += 1
            if instances[i].databases[index].attempts > 8 {
                // The lock's time is over: whoever holds it is an instance of this job that stands still or is cut off.
                coverage.add(.backendsTerminated)
                databases[index].terminateHolder()
            }
            return .again(random.within(5...20))
        case .lost, .refused:
            return .failed(isRetriable: true)
        case .done:
            if strikes(.replyLost) {
                coverage.add(.repliesLost)
                cut(i, index)
                return .failed(isRetriable: true)
            }
            var entry = found.entry
            instances[i].databases[index].claim = CommitClaim(ownerEpoch: entry.ownerEpoch, last: entry.committed)
            if let early = instances[i].databases[index].earlyRead { entry.committed = early.committed }
            instances[i].databases[index].earlyRead = nil
            instances[i].databases[index].attempts = 0
            note(
                "instance \(i) owns \(Self.databaseIDs[index]) as \(entry.ownerEpoch), at \(entry.committed?.epoch ?? 0)"
            )
            let state: FencedState = entry.committed.map { .committed($0) } ?? .empty
            return .event(.fenced(participant: Self.databaseIDs[index], state))
        }
    }

    // MARK: Epochs

    mutating func prepareDatabase(_ i: Int, _ index: Int, _ epoch: Int64) -> Progress {
        if disconnects(i, index) {
            cut(i, index)
            return .failed(isRetriable: true)
        }
        let rows = OutputRows(from: instances[i].epochStart, to: instances[i].captured)
        guard openTransaction(i, index, rows) else { return .failed(isRetriable: true) }
        let entry = databases[index].current.entry
        let claim = instances[i].databases[index].claim
        if mutant == .noParentCheck {
            if entry?.ownerEpoch != claim.ownerEpoch { return .failed(isRetriable: true) }
        } else if mutant != .skipFence {
            switch claim.verdict(ownerEpoch: entry?.ownerEpoch, committed: entry?.committed) {
            case .holds: break
            case .fenced:
                instances[i].wasFenced = true
                coverage.add(.fenced)
                return .failed(isRetriable: false)
            case .wentBack:
                note("\(Self.databaseIDs[index]) went back")
                return .failed(isRetriable: true)
            }
        }
        return .event(.prepared(participant: Self.databaseIDs[index]))
    }

    /// A session that was lost between two transactions is made anew without a word.
    private mutating func openTransaction(_ i: Int, _ index: Int, _ rows: OutputRows) -> Bool {
        if !databases[index].isAlive(instances[i].databases[index].session) {
            instances[i].databases[index].session = databases[index].connect()
        }
        return databases[index].open(instances[i].databases[index].session, rows) == .done
    }

    mutating func commitDatabase(_ i: Int, _ index: Int, _ epoch: Int64) -> Progress {
        guard let record = instances[i].record else { return failed(index, .aborted) }
        if mutant == .skipIfNotGreater, let last = instances[i].databases[index].claim.last, last.epoch >= epoch {
            return .event(.committed(participant: Self.databaseIDs[index]))
        }
        if let outcome = finish(i, index, record) {
            guard let outcome = outcome.failure else { return .again(outcome.delay) }
            if mutant == .inDoubtIsAborted && outcome == .inDoubt { instances[i].assumed = true }
            return failed(index, outcome)
        }
        return .event(.committed(participant: Self.databaseIDs[index]))
    }

    private mutating func failed(_ index: Int, _ outcome: CommitOutcome) -> Progress {
        switch outcome {
        case .inDoubt: coverage.add(.inDoubt)
        case .fenced: coverage.add(.fenced)
        case .aborted: break
        }
        note("\(Self.databaseIDs[index]): commit \(outcome)")
        return .event(.commitFailed(participant: Self.databaseIDs[index], outcome))
    }

    /// The bookkeeping row, then the commit.
    ///
    /// - Returns: nil when it is certainly committed; a failure, or the time after which to go on.
    private mutating func finish(
        _ i: Int, _ index: Int, _ record: CheckpointReference
    ) -> (failure: CommitOutcome?, delay: Int32)? {
        let session = instances[i].databases[index].session
        let base = instances[i].step >= 100 ? 100 : 0
        if instances[i].step - base == 0 {
            if disconnects(i, index) {
                cut(i, index)
                return (.aborted, 0)
            }
            let claim = instances[i].databases[index].claim
            let mutant = mutant
            let committed = CommittedEpoch(
                lineage: record.lineage, epoch: record.epoch, manifestDigestPrefix: record.digest, offsets: [:])
            let entry = SimulatedDatabase.Entry(ownerEpoch: claim.ownerEpoch, committed: committed)
            let answer = databases[index].write(session, entry) { found in
                if mutant == .noParentCheck || mutant == .redoTwice { return found.ownerEpoch == claim.ownerEpoch }
                return claim.verdict(ownerEpoch: found.ownerEpoch, committed: found.committed) == .holds
            }
            switch answer {
            case .done:
                instances[i].step += 1
                return (nil, random.within(1...8))
            case .blocked:
                instances[i].databases[index].attempts += 1
                if instances[i].databases[index].attempts > 12 { return (.aborted, 0) }
                return (nil, random.within(5...20))
            case .lost: return (.aborted, 0)
            case .refused:
                let entry = databases[index].current.entry
                let verdict = claim.verdict(ownerEpoch: entry?.ownerEpoch, committed: entry?.committed)
                return (verdict == .fenced ? .fenced : .aborted, 0)
            }
        }
        return commitTransaction(i, index, record)
    }

    private mutating func commitTransaction(
        _ i: Int, _ index: Int, _ record: CheckpointReference
    ) -> (failure: CommitOutcome?, delay: Int32)? {
        let session = instances[i].databases[index].session
        guard databases[index].isAlive(session) else {
            instances[i].databases[index].session = -1
            return (.inDoubt, 0)
        }
        if disconnects(i, index) {
            cut(i, index)
            return (.inDoubt, 0)
        }
        if strikes(.hangingCommit) {
            // The backend waits for its standby, and its client is cut off meanwhile.
            coverage.add(.hangingCommits)
            let time = random.within(10...400)
            databases[index].abandon(session, isCommitting: true, at: now + time)
            instances[i].databases[index].session = -1
            note("\(Self.databaseIDs[index]) is still committing \(record.epoch)")
            return (.inDoubt, 0)
        }
        if strikes(.serialization) {
            coverage.add(.serializationFailures)
            databases[index].endSession(session)
            instances[i].databases[index].session = -1
            return (.aborted, 0)
        }
        databases[index].commit(session)
        if strikes(.replyLost) {
            coverage.add(.repliesLost)
            databases[index].endSession(session)
            instances[i].databases[index].session = -1
            return (.inDoubt, 0)
        }
        instances[i].databases[index].claim.last = CommittedEpoch(
            lineage: record.lineage, epoch: record.epoch, manifestDigestPrefix: record.digest, offsets: [:])
        return nil
    }

    // MARK: Redo

    mutating func applyRedo(_ i: Int, _ index: Int, _ checkpoint: CheckpointSummary) -> Progress {
        let id = Self.databaseIDs[index]
        let claim = instances[i].databases[index].claim
        if instances[i].step == 0 {
            if claim.includes(lineage: checkpoint.lineage, epoch: checkpoint.epoch) && mutant != .redoTwice {
                return .event(.redoApplied(participant: id, epoch: checkpoint.epoch))
            }
            if mutant == .skipIfNotGreater, let last = claim.last, last.epoch >= checkpoint.epoch {
                return .event(.redoApplied(participant: id, epoch: checkpoint.epoch))
            }
        }
        var digest = checkpoint.digest
        if mutant == .redoByNumber {
            let same = store.summaries().filter { $0.isReadable && $0.epoch == checkpoint.epoch }
            digest = same.max(by: { $0.name < $1.name })?.digest ?? digest
        }
        guard let name = store.manifest(digest)?.redo.first(where: { $0.participant == id })?.file,
            let file = store.file(name), !file.isDamaged, case .redo(let rows) = file.content
        else {
            note("the redo log of \(checkpoint.epoch) is missing or damaged")
            return .failed(isRetriable: false)
        }
        if instances[i].step == 0 {
            if disconnects(i, index) {
                cut(i, index)
                return .failed(isRetriable: true)
            }
            guard openTransaction(i, index, rows) else { return .failed(isRetriable: true) }
        }
        if let outcome = finish(i, index, checkpoint.reference) {
            if outcome.failure != nil { return .failed(isRetriable: true) }
            return .again(outcome.delay)
        }
        coverage.add(.redoApplied)
        if mutant == .redoTwice && !instances[i].hasRepeated {
            instances[i].hasRepeated = true
            instances[i].step = 0
            return .again(1)
        }
        instances[i].hasRepeated = false
        return .event(.redoApplied(participant: id, epoch: checkpoint.epoch))
    }
}
