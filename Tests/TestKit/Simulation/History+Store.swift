internal import Dataflow
internal import Execution

/// The checkpoint store's side of an instance: what the service's repository does with it.
extension History {
    /// How far a file is that an instance stores.
    enum Storing {
        /// The store has answered.
        case done
        case again(Int32)
        /// There was no answer, or an error; the file may be there all the same, now or later.
        case failed
    }

    /// A write that an instance waits for.
    struct AwaitedWrite {
        var number: Int
        var givesUpAt: Int32
    }

    private static let storePatience: Int32 = 250

    mutating func readCheckpoints(_ i: Int) -> Progress {
        if outages[3] > now { return .failed(isRetriable: true) }
        var summaries = store.summaries()
        instances[i].readingCount += 1
        instances[i].hasOldList = strikes(.staleList)
        if instances[i].hasOldList {
            let age = random.within(1...150)
            coverage.add(.staleLists)
            note("instance \(i) is given a list that is \(age) ms old")
            summaries = store.summaries(listedAt: now - age)
        }
        instances[i].knownManifests = Set(summaries.map(\.name))
        instances[i].usedNumbers = Set(summaries.lazy.filter(\.isAcknowledged).map(\.epoch))
        return .event(.checkpointsRead(summaries))
    }

    // MARK: Checkpoints

    mutating func capture(_ i: Int) -> Progress {
        instances[i].captured = instances[i].state
        instances[i].batchesSinceCheckpoint = 0
        let isAtEnd =
            instances[i].state.next0 >= plan.records0 && instances[i].state.next1 >= plan.records1
        return .event(.captured(isFinal: isAtEnd && instances[i].hasToldEnd))
    }

    mutating func storeCheckpoint(
        _ i: Int, _ epoch: Int64, _ position: CommitProtocol.Position, _ followers: [String]
    ) -> Progress {
        let step = instances[i].step
        if step < followers.count { return storeRedo(i, epoch, position.lineage, followers[step]) }
        if step == followers.count { return storeState(i, epoch, position.lineage) }
        if step == followers.count + 1 { return describe(i, epoch, position) }
        guard let manifest = instances[i].manifest else { return .failed(isRetriable: true) }
        let summary = manifest.summary
        if mutant != .decideBeforeStore {
            switch put(i, summary.name, .manifest(manifest)) {
            case .done: instances[i].manifest = nil
            case .again(let delay): return .again(delay)
            case .failed: return .failed(isRetriable: true)
            }
        }
        instances[i].knownManifests.insert(summary.name)
        instances[i].record = summary.reference
        if mutant == .collectTooEarly {
            store.removeAll { name in
                name != summary.name && name.hasPrefix("checkpoint-")
                    || name.hasPrefix("state-") && !manifest.files.contains(name)
            }
        }
        instances[i].stateFiles = instances[i].newFiles
        instances[i].followerRedo = []
        note("instance \(i): stored \(summary.digest) at \(manifest.state.next0)+\(manifest.state.next1)")
        return .event(.stored(digest: summary.digest))
    }

    private func fileTag(_ i: Int) -> String { "i\(i)a\(instances[i].attempt)" }

    private mutating func storeRedo(
        _ i: Int, _ epoch: Int64, _ lineage: String, _ follower: String
    ) -> Progress {
        let name = CheckpointNames.redo(lineage, epoch, instance: fileTag(i), participant: instances[i].step)
        let rows = OutputRows(from: instances[i].epochStart, to: instances[i].captured)
        switch put(i, name, .redo(rows)) {
        case .again(let delay): return .again(delay)
        case .failed: return .failed(isRetriable: true)
        case .done:
            instances[i].followerRedo.append((follower, name))
            instances[i].step += 1
            return .again(random.within(1...6))
        }
    }

    private mutating func storeState(_ i: Int, _ epoch: Int64, _ lineage: String) -> Progress {
        let name = CheckpointNames.state(lineage, epoch, instance: fileTag(i))
        var content = instances[i].captured
        if mutant == .lateCapture && content.next0 < plan.records0 { content.read0(1) }
        switch put(i, name, .state(content)) {
        case .again(let delay): return .again(delay)
        case .failed: return .failed(isRetriable: true)
        case .done:
            // Every twelfth checkpoint is whole, the others need those before them, for longer than checkpoints are retained.
            instances[i].newFiles = epoch % 12 == 0 ? [name] : instances[i].stateFiles + [name]
            instances[i].step += 1
            return .again(random.within(1...6))
        }
    }

    /// Makes the manifest that is to be stored next.
    private mutating func describe(_ i: Int, _ epoch: Int64, _ position: CommitProtocol.Position) -> Progress {
        if participants.isEmpty, store.summaries().contains(where: { !instances[i].knownManifests.contains($0.name) }) {
            note("instance \(i): another one has written here")
            return .event(.commitFailed(participant: "", .fenced))
        }
        let digest = String(random.next() | 1 << 63, radix: 36)
        let name = CheckpointNames.manifest(position.lineage, epoch, digest: digest)
        let captured = instances[i].captured
        let summary = CheckpointSummary(
            lineage: position.lineage, epoch: epoch, name: name, digest: digest, isAcknowledged: false,
            offsets: [Self.split0: Int64(captured.next0), Self.split1: Int64(captured.next1)],
            parent: position.parent, forkedOver: position.forkedOver, earlierForks: position.earlierForks)
        instances[i].manifest = SimulatedStore.Manifest(
            summary: summary, files: instances[i].newFiles, state: captured, redo: instances[i].followerRedo)
        instances[i].step += 1
        return .again(1)
    }

    mutating func acknowledge(_ i: Int, _ checkpoint: CheckpointReference) -> Progress {
        if let unstored = instances[i].manifest {
            // Of a mutant, which stores it after the decision.
            switch put(i, unstored.summary.name, .manifest(unstored)) {
            case .done: instances[i].manifest = nil
            case .again(let delay): return .again(delay)
            case .failed: return .failed(isRetriable: true)
            }
        }
        if instances[i].step == 0 {
            let name = CheckpointNames.acknowledgement(checkpoint.lineage, checkpoint.epoch, digest: checkpoint.digest)
            if instances[i].write != nil || store.file(name) == nil {
                switch put(i, name, .acknowledgement(digest: checkpoint.digest)) {
                case .done: break
                case .again(let delay): return .again(delay)
                case .failed: return .failed(isRetriable: true)
                }
            }
            // The recovery acknowledges what it found, too.
            if instances[i].record == checkpoint {
                coverage.add(.epochsCommitted)
                if !participants.isEmpty && instances[i].usedNumbers.contains(checkpoint.epoch) {
                    fail(.numberReused, "checkpoint \(checkpoint.epoch) was committed before, and another one is now")
                }
                instances[i].epochStart = instances[i].captured
            }
            instances[i].step = 1
            return .again(random.within(1...5))
        }
        return collectGarbage(i, checkpoint)
    }

    /// Lists, reads the manifests, and deletes, with time between for others to do the same.
    private mutating func collectGarbage(_ i: Int, _ checkpoint: CheckpointReference) -> Progress {
        switch instances[i].step {
        case 1:
            guard checkpoint.epoch % Int64(max(1, plan.retained / 2)) == 0 else { return .event(.acknowledged) }
            instances[i].listedFiles = store.files.map(\.name).sorted()
        case 2:
            instances[i].listedFiles = store.obsolete(
                instances[i].listedFiles, retained: plan.retained, lineage: checkpoint.lineage,
                isMissingEmpty: mutant == .collectBlindly)
        default:
            store.delete(instances[i].listedFiles, now)
            return .event(.acknowledged)
        }
        instances[i].step += 1
        return .again(strikes(.slowCollection) ? random.within(100...2000) : random.within(0...3))
    }

    // MARK: Files

    /// Stores a file, by as many calls as it takes until the store has answered.
    mutating func put(_ i: Int, _ name: String, _ content: SimulatedStore.Content) -> Storing {
        guard let awaited = instances[i].write else { return beginPut(i, name, content) }
        if strikes(.machineCrash) {
            crashMachine()
            if !instances[i].isAlive { return .failed }
        }
        switch store.status(awaited.number) {
        case .durable:
            instances[i].write = nil
            return .done
        case .lost:
            instances[i].write = nil
            note("the answer to \(name) does not come")
            return .failed
        case .pending:
            if outages[3] <= now && now < awaited.givesUpAt { return .again(random.within(1...10)) }
            instances[i].write = nil
            note("instance \(i) does not wait for \(name) any longer")
            return .failed
        }
    }

    private mutating func beginPut(_ i: Int, _ name: String, _ content: SimulatedStore.Content) -> Storing {
        if outages[3] > now || partitions[i] > now && random.below(2) == 0 { return .failed }
        if strikes(.storeFailure) {
            coverage.add(.storeFailures)
            guard strikes(.storeReplyLost) else {
                note("\(name) cannot be stored")
                return .failed
            }
            coverage.add(.storeRepliesLost)
            _ = store.write(name, content, by: i, landsAt: now, syncsAt: now + random.within(0...20))
            note("the answer to \(name) is lost")
            return .failed
        }
        var landsAt = now + random.within(0...1)
        if strikes(.fileDelayed) {
            landsAt = now + random.within(5...400)
            coverage.add(.filesDelayed)
            note("\(name) is on its way until \(landsAt) ms")
        }
        // Without being asked a system writes to its disk when it likes.
        let isAsked = mutant != .ackBeforeSync
        let syncsAt = landsAt + (isAsked ? random.within(0...4) : random.within(30...600))
        let number = store.write(name, content, by: i, landsAt: landsAt, syncsAt: syncsAt)
        settleStore()
        if strikes(.fileDamaged), !store.files.isEmpty {
            coverage.add(.filesDamaged)
            isStoreDamaged = true
            let damaged = store.damage(Int(random.below(Int32(store.files.count))))
            note("\(damaged) is damaged")
        }
        if !isAsked { return .done }
        instances[i].write = AwaitedWrite(number: number, givesUpAt: now + Self.storePatience)
        return .again(random.within(1...5))
    }

    /// Lets the writes go on that are under way.
    mutating func settleStore() {
        for write in store.settle(now) {
            let isAwaited = instances[write.writer].isAlive && instances[write.writer].write?.number == write.number
            if !isAwaited && mutant != .ackBeforeSync && write.landsAt < now {
                coverage.add(.filesLandedLate)
                note("\(write.name) of instance \(write.writer) arrives after all")
            }
            if store.overtakes(write.number) {
                coverage.add(.filesReordered)
                note("\(write.name) arrives behind a younger file")
            }
        }
    }

    /// The machine with the store's disk crashes: with every instance, or beside them.
    mutating func crashMachine() {
        coverage.add(.machineCrashes)
        note("the machine with the checkpoints crashes\(plan.isStoreNetworked ? "" : ", and every instance with it")")
        if plan.isStoreNetworked {
            outages[3] = max(outages[3], now + random.within(10...200))
        } else {
            for index in instances.indices where instances[index].isAlive { end(index) }
        }
        let damage = store.crash(now, isNetworked: plan.isStoreNetworked, &random)
        coverage.add(.filesLost, damage.lost.count)
        coverage.add(.filesTorn, damage.torn.count)
        coverage.add(.filesRevived, damage.revived.count)
        for name in damage.lost { note("\(name) is lost") }
        for name in damage.torn { note("\(name) is torn") }
        for name in damage.revived { note("\(name), which was deleted, is there again") }
    }
}
