internal import Dataflow
internal import Execution

/// The shell around the protocol: what the service's coordinator and its repository do for each action.
extension History {
    static let split0 = SplitID(topic: "in", partition: 0)
    static let split1 = SplitID(topic: "in", partition: 1)

    mutating func carryOut(_ i: Int, _ action: CommitProtocol.Action) -> Progress {
        if instances[i].step == 0 && instances[i].write == nil { note("instance \(i): \(action.label)") }
        switch action {
        case .fence(let participant):
            let place = participant == Self.kafkaID ? 0 : 1 + database(participant)
            let progress = place == 0 ? fenceKafka(i) : fenceDatabase(i, place - 1)
            guard mutant == .inDoubtIsAborted, case .event(.fenced(_, let state)) = progress else { return progress }
            let known = instances[i].assumed ? instances[i].lastKnown[place] : state
            instances[i].lastKnown[place] = known
            return .event(.fenced(participant: participant, known))
        case .readCheckpoints:
            return readCheckpoints(i)
        case .applyRedo(let participant, let checkpoint):
            return applyRedo(i, database(participant), checkpoint)
        case .start(let checkpoint):
            return start(i, checkpoint)
        case .capture:
            return capture(i)
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
        if let tampering, chosenStart == nil { fail(.missedRefusal, tampering) }
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
        let isStale = isSuperseded(i) || instances[i].hasOldList && instances[i].readingCount > 1
        let isTorn = refusal.code == .checkpointMissing && isTornManifestInTheWay
        end(i)
        if isStale {
            // It stood still twice in one recovery, or was given an old list where it looked again; whoever begins next goes on.
            coverage.add(.refusedStale)
            return
        }
        coverage.add(item)
        guard justifications.contains(refusal.code) || isStoreDamaged || isTorn else {
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

    /// Whether a manifest is torn that nobody had been told was stored, while nothing but the store says where the job stands.
    private var isTornManifestInTheWay: Bool {
        store.hasDamagedManifest && (participants.isEmpty || variant.hasKafka && kafka.offsets == nil)
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
            } else if isStoreDamaged || isUnfenced || justifications.contains(.redoMissing) {
                coverage.add(.refusedDamagedState)
                isRefused = true
            } else {
                fail(.unjustifiedRefusal, "instance \(i) failed for good, and nothing was damaged")
            }
        }
    }
}
