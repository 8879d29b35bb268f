internal import Dataflow
internal import Execution

/// The shell around the protocol: what the service's coordinator and its repository do for each action.
extension History {
    static let split0 = SplitID(topic: "in", partition: 0)
    static let split1 = SplitID(topic: "in", partition: 1)

    mutating func carryOut(_ i: Int, _ action: CommitProtocol.Action) -> Progress {
        if instances[i].step == 0 { note("instance \(i): \(action.label)") }
        switch action {
        case .fence(let participant):
            let place = participant == Self.kafkaID ? 0 : 1 + database(participant)
            let progress = place == 0 ? fenceKafka(i) : fenceDatabase(i, place - 1)
            guard mutant == .inDoubtIsAborted, case .event(.fenced(_, let state)) = progress else { return progress }
            let known = instances[i].assumed ? instances[i].lastKnown[place] : state
            instances[i].lastKnown[place] = known
            return .event(.fenced(participant: participant, known))
        case .readCheckpoints:
            if outages[3] > now { return .failed(isRetriable: true) }
            let summaries = store.summaries()
            instances[i].knownManifests = Set(summaries.map(\.name))
            return .event(.checkpointsRead(summaries))
        case .applyRedo(let participant, let checkpoint):
            return applyRedo(i, database(participant), checkpoint)
        case .start(let checkpoint):
            return start(i, checkpoint)
        case .capture(let epoch):
            return capture(i, epoch)
        case .store(let epoch, let position, let followers):
            return storeCheckpoint(i, epoch, position, followers)
        case .prepare(let participant, let epoch):
            if participant == Self.kafkaID { return prepareKafka(i) }
            return prepareDatabase(i, database(participant), epoch)
        case .commit(let participant, let epoch):
            let progress = commit(i, participant, epoch)
            if mutant == .inDoubtIsAborted, case .event(.committed) = progress, let record = instances[i].record {
                instances[i].lastKnown[participant == Self.kafkaID ? 0 : 1 + database(participant)] = .committed(
                    CommittedEpoch(
                        lineage: record.lineage, epoch: record.epoch, manifestDigestPrefix: record.digest, offsets: [:])
                )
            }
            return progress
        case .acknowledge(let checkpoint):
            return acknowledge(i, checkpoint)
        case .restart:
            coverage.add(.epochsAborted)
            tearDown(i)
            return .done
        case .refuse(let refusal):
            refuse(i, refusal)
            return .done
        case .stop(let reason):
            stop(i, reason)
            return .done
        }
    }

    func database(_ participant: String) -> Int { participant == Self.databaseIDs[0] ? 0 : 1 }

    private mutating func commit(_ i: Int, _ participant: String, _ epoch: Int64) -> Progress {
        if mutant == .followersFirst, participant == participants[0].id, instances[i].step < 100, participants.count > 1
        {
            // The followers are committed here, and what the protocol asks later is answered at once.
            let index = variant.hasKafka ? 0 : 1
            let progress = commitDatabase(i, index, epoch)
            guard case .event(.committed) = progress else { return progress }
            instances[i].step = 100
            return .again(1)
        }
        if mutant == .followersFirst, participant != participants[0].id, participants.count > 1,
            database(participant) == (variant.hasKafka ? 0 : 1)
        {
            return .event(.committed(participant: participant))
        }
        if participant == Self.kafkaID { return commitKafka(i) }
        return commitDatabase(i, database(participant), epoch)
    }

    // MARK: Recovery

    private mutating func start(_ i: Int, _ checkpoint: CheckpointSummary?) -> Progress {
        if outages[3] > now { return .failed(isRetriable: true) }
        var restored = JobState()
        var files: [String] = []
        var chosen = checkpoint
        if mutant == .restoreNewest,
            let newest = store.summaries().filter(\.isReadable).max(by: { $0.epoch < $1.epoch })
        {
            chosen = newest
        }
        if let chosen {
            guard let manifest = store.manifest(chosen.digest) else { return .failed(isRetriable: false) }
            for name in manifest.files {
                guard let file = store.file(name), !file.isDamaged else {
                    note("\(name) is \(store.file(name) == nil ? "missing" : "damaged")")
                    return .failed(isRetriable: false)
                }
                if case .state(let state) = file.content { restored = state }
            }
            files = manifest.files
            if manifest.summary.offsets[Self.split0] != Int64(restored.next0)
                || manifest.summary.offsets[Self.split1] != Int64(restored.next1) || !restored.isRecomputation
            {
                if mutant == nil {
                    fail(.wrongState, "the state of \(chosen.lineage)/\(chosen.epoch) does not fit its offsets")
                }
                // The sources are at the manifest's offsets, whatever the state is.
                restored.next0 = Int32(manifest.summary.offsets[Self.split0] ?? 0)
                restored.next1 = Int32(manifest.summary.offsets[Self.split1] ?? 0)
            }
        }
        if mutant == .keepState && instances[i].attempt > 1 { restored = instances[i].state }
        instances[i].assumed = false
        instances[i].state = restored
        instances[i].epochStart = restored
        instances[i].captured = restored
        instances[i].kafka.produced = restored
        instances[i].stateFiles = files
        instances[i].batchesSinceCheckpoint = 0
        return .event(.started)
    }

    // MARK: Checkpoints

    private mutating func capture(_ i: Int, _ epoch: Int64) -> Progress {
        instances[i].captured = instances[i].state
        instances[i].batchesSinceCheckpoint = 0
        let isAtEnd =
            instances[i].state.next0 >= plan.records0 && instances[i].state.next1 >= plan.records1
        return .event(.captured(isFinal: isAtEnd && instances[i].hasToldEnd))
    }

    private mutating func storeCheckpoint(
        _ i: Int, _ epoch: Int64, _ position: CommitProtocol.Position, _ followers: [String]
    ) -> Progress {
        let step = instances[i].step
        let instance = "i\(i)a\(instances[i].attempt)"
        if step < followers.count {
            let name = CheckpointNames.redo(position.lineage, epoch, instance: instance, participant: step)
            guard put(i, name, .redo(OutputRows(from: instances[i].epochStart, to: instances[i].captured))) else {
                return .failed(isRetriable: true)
            }
            instances[i].followerRedo.append((followers[step], name))
            instances[i].step += 1
            return .again(random.within(1...6))
        }
        if step == followers.count {
            let name = CheckpointNames.state(position.lineage, epoch, instance: instance)
            var content = instances[i].captured
            if mutant == .lateCapture && content.next0 < plan.records0 { content.read0(1) }
            guard put(i, name, .state(content)) else { return .failed(isRetriable: true) }
            // Every twelfth checkpoint is whole, the others need those before them, for longer than checkpoints are retained.
            instances[i].newFiles = epoch % 12 == 0 ? [name] : instances[i].stateFiles + [name]
            instances[i].step += 1
            return .again(random.within(1...6))
        }
        if participants.isEmpty, store.summaries().contains(where: { !instances[i].knownManifests.contains($0.name) }) {
            note("instance \(i): another one has written here")
            return .event(.commitFailed(participant: "", .fenced))
        }
        let digest = String(random.next() | 1 << 63, radix: 36)
        let name = CheckpointNames.manifest(position.lineage, epoch, digest: digest)
        instances[i].knownManifests.insert(name)
        let captured = instances[i].captured
        let summary = CheckpointSummary(
            lineage: position.lineage, epoch: epoch, name: name, digest: digest, isAcknowledged: false,
            offsets: [Self.split0: Int64(captured.next0), Self.split1: Int64(captured.next1)],
            parent: position.parent, forkedOver: position.forkedOver)
        let manifest = SimulatedStore.Manifest(
            summary: summary, files: instances[i].newFiles, state: captured, redo: instances[i].followerRedo)
        instances[i].record = summary.reference
        if mutant != .decideBeforeStore {
            guard put(i, name, .manifest(manifest)) else { return .failed(isRetriable: true) }
        } else {
            instances[i].unstored = manifest
        }
        if mutant == .collectTooEarly {
            let needed = manifest.files
            store.files.removeAll { file in
                file.name != name && file.name.hasPrefix("checkpoint-")
                    || file.name.hasPrefix("state-") && !needed.contains(file.name)
            }
        }
        instances[i].stateFiles = instances[i].newFiles
        instances[i].followerRedo = []
        note("instance \(i): stored \(digest) at \(captured.next0)+\(captured.next1)")
        return .event(.stored(digest: digest))
    }

    /// - Returns: false when the store answered with an error; the file may be there all the same.
    private mutating func put(_ i: Int, _ name: String, _ content: SimulatedStore.Content) -> Bool {
        if outages[3] > now || partitions[i] > now && random.below(2) == 0 { return false }
        if strikes(.storeFailure) {
            coverage.add(.storeFailures)
            if strikes(.fileTorn) {
                coverage.add(.filesTorn)
                store.put(name, content, isDurable: true)
                note("the answer to \(name) is lost")
            } else {
                note("\(name) cannot be stored")
            }
            return false
        }
        store.put(name, content, isDurable: mutant != .ackBeforeSync)
        if strikes(.fileDamaged) {
            coverage.add(.filesDamaged)
            isStoreDamaged = true
            let damaged = Int(random.below(Int32(store.files.count)))
            store.files[damaged].isDamaged = true
            note("\(store.files[damaged].name) is damaged")
        }
        return true
    }

    private mutating func acknowledge(_ i: Int, _ checkpoint: CheckpointReference) -> Progress {
        if let unstored = instances[i].unstored {
            instances[i].unstored = nil
            guard put(i, unstored.summary.name, .manifest(unstored)) else { return .failed(isRetriable: true) }
        }
        if instances[i].step == 0 {
            let name = CheckpointNames.acknowledgement(checkpoint.lineage, checkpoint.epoch, digest: checkpoint.digest)
            if store.file(name) == nil {
                guard put(i, name, .acknowledgement(digest: checkpoint.digest)) else {
                    return .failed(isRetriable: true)
                }
            }
            // The recovery acknowledges what it found, too.
            if instances[i].record == checkpoint {
                coverage.add(.epochsCommitted)
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
            store.delete(instances[i].listedFiles)
            return .event(.acknowledged)
        }
        instances[i].step += 1
        return .again(strikes(.slowCollection) ? random.within(100...2000) : random.within(0...3))
    }

    // MARK: Ends

    private mutating func refuse(_ i: Int, _ refusal: Refusal) {
        let item: SimulationCoverage.Item =
            switch refusal.code {
            case .commitsMissing: .refusedCommitsMissing
            case .checkpointMissing: .refusedCheckpointMissing
            case .foreign: .refusedForeign
            case .offsetsDiffer: .refusedOffsetsDiffer
            case .followerAhead: .refusedFollowerAhead
            case .redoMissing: .refusedRedoMissing
            case .unreadable: .refusedDamagedState
            case .unknownCheckpoint: .refusedUnknownCheckpoint
            }
        note("instance \(i): \(refusal)")
        let isStale = isSuperseded(i)
        end(i)
        if isStale {
            // It stood still twice in one recovery; whoever has taken over goes on.
            coverage.add(.refusedStale)
            return
        }
        coverage.add(item)
        guard justifications.contains(refusal.code) || isStoreDamaged else {
            fail(.unjustifiedRefusal, "\(refusal.code): \(refusal.found)")
            return
        }
        isRefused = true
    }

    /// Whether another instance has fenced this one since its fences.
    private func isSuperseded(_ i: Int) -> Bool {
        let client = instances[i].kafka
        if variant.hasKafka {
            let index = producerIndex(i)
            if client.memberID < 0 || index >= kafka.producers.count
                || kafka.producers[index].epoch != client.producerEpoch
            {
                return true
            }
        }
        for index in databases.indices
        where databases[index].current.entry?.ownerEpoch != instances[i].databases[index].claim.ownerEpoch {
            return true
        }
        return false
    }

    /// Whether instances of a job that no system commits may have deleted each other's files: nothing shuts out the one that wakes up.
    private var isUnfenced: Bool { variant == .none && coverage[.zombieWakeUps] > 0 }

    private mutating func stop(_ i: Int, _ reason: CommitProtocol.StopReason) {
        note("instance \(i) stops: \(reason)")
        let isStale = isSuperseded(i)
        end(i)
        switch reason {
        case .finished, .stopped: isFinished = true
        case .fenced: coverage.add(.stoppedByFencing)
        case .failed:
            if isStale {
                coverage.add(.refusedStale)
            } else if isStoreDamaged || isUnfenced {
                coverage.add(.refusedDamagedState)
                isRefused = true
            } else {
                fail(.unjustifiedRefusal, "instance \(i) failed for good, and nothing was damaged")
            }
        }
    }
}
