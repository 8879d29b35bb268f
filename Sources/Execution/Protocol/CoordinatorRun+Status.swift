internal import Columnar
internal import Dataflow
internal import Synchronization

/// What the coordinator tells of its steps while it takes them.
extension CoordinatorRun {
    var milliseconds: Int64 { coordinator.clock.now().microseconds / 1000 }

    /// Says what the thread is about to do: it may take long.
    func publish(_ step: CoordinatorStatus.Activity.Step, participant: String? = nil, epoch: Int64? = nil) {
        let activity = CoordinatorStatus.Activity(
            step: step, participant: participant, epoch: epoch, since: milliseconds)
        let running = attempt?.execution
        coordinator.reports.withLock { report in
            report.activity = activity
            report.live = running
            switch step {
            case .connecting, .fencing, .readingCheckpoints, .healing, .restoring:
                report.phase = report.restartCount > 0 ? .restarting : .starting
            case .capturing, .storing, .preparing, .committing, .acknowledging: report.phase = .checkpointing
            }
        }
    }

    func publish(_ action: CommitProtocol.Action) {
        switch action {
        case .fence(let participant): publish(.fencing, participant: participant)
        case .readCheckpoints: publish(.readingCheckpoints)
        case .applyRedo(let participant, let checkpoint):
            publish(.healing, participant: participant, epoch: checkpoint.epoch)
        case .start(let checkpoint): publish(.restoring, epoch: checkpoint?.epoch)
        case .capture(let epoch): publish(.capturing, epoch: epoch)
        case .store(let epoch, _, _): publish(.storing, epoch: epoch)
        case .prepare(let participant, let epoch): publish(.preparing, participant: participant, epoch: epoch)
        case .commit(let participant, let epoch): publish(.committing, participant: participant, epoch: epoch)
        case .acknowledge(let checkpoint): publish(.acknowledging, epoch: checkpoint.epoch)
        case .restart, .refuse, .stop: break
        }
    }

    /// Keeps how long a step of the checkpoint took.
    mutating func note(_ action: CommitProtocol.Action, nanoseconds: Int) {
        switch action {
        case .store: times.storeNanoseconds = nanoseconds
        case .prepare(let participant, _): times.prepareNanoseconds[participant] = nanoseconds
        case .commit(let participant, _): times.commitNanoseconds[participant] = nanoseconds
        default: break
        }
    }

    /// The systems of this attempt, with what is known of them from earlier ones.
    func publishParticipants() {
        let all = machine.participants.map(\.id)
        let decider = machine.decider?.id
        coordinator.reports.withLock { report in
            let known = Dictionary(report.participants.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            report.participants = all.map { known[$0] ?? .init(id: $0, isDecider: $0 == decider) }
        }
    }

    func publishCommit(of participant: String, epoch: Int64, error: String?) {
        coordinator.reports.withLock { report in
            guard let index = report.participants.firstIndex(where: { $0.id == participant }) else { return }
            report.participants[index].lastError = error
            if error == nil {
                report.participants[index].epoch = epoch
                report.participants[index].commitCount += 1
            } else {
                report.participants[index].failureCount += 1
            }
        }
    }

    mutating func publishTrouble(pauseMilliseconds: Int) {
        let now = milliseconds
        failingSince = failingSince ?? now
        let trouble = CoordinatorStatus.Trouble(
            since: failingSince ?? now, attemptCount: restartsWithoutCommit,
            nextAttemptAt: now + Int64(pauseMilliseconds), error: lastError.map { "\($0)" } ?? "no error was given")
        coordinator.reports.withLock { report in
            report.trouble = trouble
            report.activity = nil
            report.phase = .restarting
            report.live = nil
        }
    }

    /// Keeps what the checkpoint that has just been acknowledged took.
    mutating func publishCheckpoint(_ checkpoint: CheckpointReference) {
        let epoch = checkpoint.epoch
        failingSince = nil
        times.epoch = epoch
        times.name = CheckpointNames.manifest(checkpoint.lineage, epoch, digest: checkpoint.digest)
        times.totalNanoseconds = Int(now &- captureStarted)
        times.stateByteCount = stateByteCount
        times.splits = record?.splits ?? []
        times.isSavepoint = takesSavepoint
        let time = coordinator.clock.now().microseconds / 1000
        times.delays = recordTimes.mapValues { $0.delays(at: time) }
        recordTimes = [:]
        let times = times
        let isSavepoint = takesSavepoint
        takesSavepoint = false
        let written = written ?? []
        coordinator.reports.withLock { report in
            report.trouble = nil
            report.written = written
            if report.history.count >= CoordinatorStatus.historyCount { report.history.removeFirst(64) }
            report.history.append(times)
            if isSavepoint { report.lastSavepoint = epoch }
        }
    }

    /// Tells, once, of the committed checkpoints that earlier processes have left on the way to the one that is restored.
    mutating func publishEarlierCheckpoints(upTo checkpoint: CheckpointSummary?) {
        let found = Dictionary(foundCheckpoints.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })
        foundCheckpoints = []
        let names = knownManifests
        coordinator.reports.withLock { $0.keptManifests = names }
        if hasToldEarlierCheckpoints { return }
        hasToldEarlierCheckpoints = true
        var earlier: [CoordinatorStatus.CheckpointTimes] = []
        var next = checkpoint
        while let summary = next, earlier.count < CoordinatorStatus.historyCount / 2 {
            var times = CoordinatorStatus.CheckpointTimes(epoch: summary.epoch, startedAt: summary.createdAt)
            times.name = summary.name
            times.isEarlier = true
            times.stateByteCount = summary.stateByteCount
            times.splits = summary.offsets.map { SplitState(id: $0.key, nextOffset: $0.value) }
            earlier.append(times)
            next = summary.parent.flatMap { found[$0] }
        }
        let history = Array(earlier.reversed())
        coordinator.reports.withLock { $0.history = history }
    }

    /// - Parameter isCollected: whether files have just been deleted.
    func publishKept(_ checkpoint: CheckpointReference, isCollected: Bool) throws {
        let name = CheckpointNames.manifest(checkpoint.lineage, checkpoint.epoch, digest: checkpoint.digest)
        let names = isCollected ? Set(try coordinator.repository.manifestNames()) : nil
        coordinator.reports.withLock { report in
            if let names { report.keptManifests = names } else { report.keptManifests.insert(name) }
        }
    }

    mutating func pause(_ wanted: Bool) {
        guard wanted != isPaused else { return }
        isPaused = wanted
        coordinator.changePause { $0.isPaused = wanted }
        log(LogEvent(.notice, wanted ? "Paused: nothing is read" : "Resumed"))
    }
}
