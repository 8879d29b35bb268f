internal import Columnar
internal import Dataflow
internal import Failpoints
internal import StateBackends
internal import Synchronization

/// The state of `JobCoordinator.run`, owned by its thread.
struct CoordinatorRun {
    let coordinator: JobCoordinator
    var machine: CommitProtocol
    var attempt: JobCoordinator.Attempt?
    var attemptNumber = 0
    var participants: [String: any CommitParticipant] = [:]
    var plan: SnapshotPlan
    /// What the sinks were given up to the last checkpoint; nil before the first one of all.
    var written: [WrittenRows]?
    var capture: CheckpointCapture?
    /// What the epoch under way will be committed with.
    var record: EpochRecord?
    var outcome: JobCoordinator.Outcome?
    var lastError: (any Error)?
    var restartsWithoutCommit = 0
    var restartAt: UInt64?
    var stateByteCount = 0
    var captureStarted: UInt64 = 0
    var lastCheckpoint: UInt64 = 0
    var lastActivity = -1
    /// When another instance was last found to have taken over; nil when that is long ago.
    var lastFencing: UInt64?
    /// Whether the last attempt met another instance, and none has started since: what is found out about it is no news.
    var wasFenced = false
    var quarantine: Quarantine
    /// The checkpoints that were there when this attempt began, and its own.
    var knownManifests: Set<String> = []
    /// How long the steps of the checkpoint under way took.
    var times = CoordinatorStatus.CheckpointTimes(epoch: 0, startedAt: 0)
    /// Of the checkpoint under way, by topic.
    var recordTimes: [String: RecordTimes] = [:]
    var isPaused = false
    var keepsLastCheckpoint = false
    /// Asked for and not yet begun; then the one under way.
    var wantsSavepoint = false
    var takesSavepoint = false
    /// Whether the running attempt has committed an epoch.
    var hasCommitted = false
    /// When the first attempt since the last commit failed, in milliseconds since 1970.
    var failingSince: Int64?
    /// The whole manifests as they were when this attempt began.
    var foundCheckpoints: [CheckpointSummary] = []
    var hasToldEarlierCheckpoints = false
    /// Since when nothing has moved.
    var quietSince: UInt64 = 0

    init(_ coordinator: JobCoordinator) {
        self.coordinator = coordinator
        machine = CommitProtocol(participants: [], startingPoint: coordinator.startingPoint)
        plan = SnapshotPlan(keyGroupCount: coordinator.configuration.keyGroupCount, restoredFrom: nil)
        quarantine = Quarantine(repository: coordinator.repository, log: coordinator.log)
    }

    var now: UInt64 { coordinator.clock.monotonicNanoseconds() }

    mutating func loop() throws -> JobCoordinator.Outcome {
        defer { tearDown() }
        try begin()
        lastCheckpoint = now
        while outcome == nil {
            if let lastFencing, now - lastFencing > UInt64(CommitProtocol.fencingMemorySeconds) * 1_000_000_000 {
                self.lastFencing = nil
                try perform(machine.handle(.fencingForgotten))
            }
            if let message = coordinator.messages.take(timeoutNanoseconds: timeToWait()) {
                try receive(message)
            } else if let restartAt, now >= restartAt {
                self.restartAt = nil
                try begin()
            } else if machine.isRunning, now - lastCheckpoint >= interval {
                try checkpointIfDue()
            }
            if wantsSavepoint, machine.isRunning, outcome == nil { try perform(machine.handle(.checkpointDue)) }
            if quarantine.wantsRestart, machine.isRunning, outcome == nil {
                try perform(machine.handle(.failed(isRetriable: true)))
            }
            publishStatus()
        }
        return outcome ?? .stopped
    }

    /// A search for a bad record that has not moved for so long has come to the end of what can be read.
    private static let stallNanoseconds: UInt64 = 2_000_000_000

    /// The first checkpoint of an attempt comes after this time at the latest: who has waited for a restart waits no longer for
    /// results than it takes to get going.
    private static let firstInterval: UInt64 = 200_000_000

    private var interval: UInt64 {
        let interval = UInt64(coordinator.configuration.checkpointIntervalMilliseconds) * 1_000_000
        return hasCommitted ? interval : min(interval, Self.firstInterval)
    }

    private func timeToWait() -> UInt64 {
        let now = now
        // Wakes up now and then all the same, so that the status stays fresh.
        var wait: UInt64 = 200_000_000
        if let restartAt { wait = min(wait, restartAt > now ? restartAt - now : 0) }
        if machine.isRunning {
            let elapsed = now - lastCheckpoint
            wait = min(wait, elapsed >= interval ? 0 : interval - elapsed)
        }
        return wait
    }

    // MARK: Events

    mutating func begin() throws {
        attemptNumber += 1
        let number = attemptNumber
        let messages = coordinator.messages
        do {
            publish(.connecting)
            // Where no checkpoint can be taken, nothing is read either.
            try coordinator.repository.store.checkRoom()
            let attempt = try coordinator.makeAttempt { event in
                switch event {
                case .failed(let error): messages.put(.executionFailed(attempt: number, error))
                case .finished: messages.put(.inputEnded(attempt: number))
                }
            }
            self.attempt = attempt
            participants = Dictionary(attempt.participants.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            for participant in participants.values {
                participant.observeMembership { messages.put(.membership(attempt: number, $0)) }
            }
            if machine.participants.isEmpty && !participants.isEmpty {
                machine = CommitProtocol(
                    participants: participants.values.map {
                        .init(id: $0.id, deciderRank: $0.deciderRank, forgetsCommits: $0.forgetsCommits)
                    }, startingPoint: coordinator.startingPoint)
            }
            publishParticipants()
        } catch {
            try fail(error)
            return
        }
        try perform(machine.handle(.begin(lineage: coordinator.makeIdentifier())))
    }

    private mutating func receive(_ message: JobCoordinator.Message) throws {
        switch message {
        // Several tasks fail with the first; once the attempt is given up the others say nothing new.
        case .executionFailed(let number, let error) where number == attemptNumber && attempt != nil:
            try fail(error)
        case .inputEnded(let number) where number == attemptNumber:
            try perform(machine.handle(.inputEnded))
        case .membership(let number, let news) where number == attemptNumber:
            log(LogEvent(.notice, "News of the consumer group", ["news": "\(news)"]))
            if news == .replaced { noteFencing() }
            try perform(machine.handle(.membership(news)))
        case .captured(let number, let result) where number == attemptNumber:
            switch result {
            case .success(let capture):
                do {
                    try Failpoint.captured.hit(DataflowError.atFailpoint)
                } catch {
                    return try fail(error)
                }
                self.capture = capture
                recordTimes = capture.recordTimes
                times.captureNanoseconds = Int(now &- captureStarted)
                stateByteCount = capture.stateByteCount
                try perform(machine.handle(.captured(isFinal: capture.isFinal)))
            case .failure(let error):
                try fail(error)
            }
        case .stopRequested:
            try stopWhenCommitted()
        case .stopWithSavepointRequested:
            // What is acknowledged from now on is the last checkpoint, whether it was under way or not.
            keepsLastCheckpoint = true
            try stopWhenCommitted()
        case .checkpointRequested:
            try perform(machine.handle(.checkpointDue))
        case .savepointRequested:
            wantsSavepoint = true
        case .pauseRequested(let wanted):
            pause(wanted)
        case .failureRequested(let error):
            throw error
        default:
            // Of an attempt that is over.
            break
        }
    }

    private mutating func stopWhenCommitted() throws {
        coordinator.reports.withLock { $0.isStopping = true }
        try perform(machine.handle(.stopRequested))
    }

    /// Skips checkpoints in which nothing would have changed, so that an idle job costs nothing.
    private mutating func checkpointIfDue() throws {
        let activity = attempt?.execution.status().activity ?? 0
        let idle = UInt64(coordinator.configuration.idleCommitMilliseconds) * 1_000_000
        guard activity != lastActivity || now - captureStarted > idle else {
            lastCheckpoint = now
            if now - quietSince > Self.stallNanoseconds { quarantine.stalled() }
            return
        }
        lastActivity = activity
        quietSince = now
        try perform(machine.handle(.checkpointDue))
    }

    mutating func fail(_ error: any Error) throws {
        var error = error
        var isRetriable = (error as? any MillraceError)?.isRetriable ?? false
        // A successor deletes the files that an instance which fell asleep over a checkpoint counts on. The next attempt finds the
        // successor, or that files are really gone.
        if machine.isStoring, (error as? CheckpointStoreError)?.code == .missing { isRetriable = true }
        do {
            if try quarantine.failed(error) { isRetriable = true }
        } catch let found {
            // The record that was to blame.
            error = found
        }
        lastError = error
        // A sink that is shut out while it writes has met the same as one that is while it commits. Whoever shut it out may be gone
        // again, or have been ourselves in an attempt that hung: once is no proof.
        if Self.isFencing(error) {
            log(LogEvent(.warning, "Another instance has taken over", ["error": "\(error)"]))
            let isNews = !wasFenced
            noteFencing()
            let event: CommitProtocol.Event =
                isNews
                ? .commitFailed(participant: machine.decider?.id ?? "", .fenced) : .failed(isRetriable: true)
            try perform(machine.handle(event))
            return
        }
        log(
            LogEvent(isRetriable ? .warning : .error, "The job was interrupted", ["error": "\(error)"])
                .at((error as? any MillraceError)?.context ?? ErrorContext()))
        try perform(machine.handle(.failed(isRetriable: isRetriable)))
    }

    /// Logs an event with the checkpoint that it is about, else the last committed one.
    func log(_ event: LogEvent) {
        var event = event
        if event.fields["epoch"] == nil, let epoch = machine.position?.epoch { event.fields["epoch"] = "\(epoch)" }
        coordinator.log(event)
    }

    mutating func noteFencing() {
        lastFencing = now
        wasFenced = true
    }

    private static func isFencing(_ error: any Error) -> Bool {
        switch error {
        case let error as DataflowError: error.code == .fenced
        case let error as ExecutionError: error.cause.map(isFencing) ?? false
        default: false
        }
    }

    // MARK: Actions

    /// Carries out actions and what their events lead to.
    ///
    /// - Returns: whether all were carried out; false once one has failed or given up the attempt, which voids the rest.
    @discardableResult
    mutating func perform(_ actions: [CommitProtocol.Action]) throws -> Bool {
        for action in actions {
            guard try perform(action) else { return false }
        }
        return true
    }

    private mutating func perform(_ action: CommitProtocol.Action) throws -> Bool {
        let event: CommitProtocol.Event?
        do {
            try action.passBefore(decider: machine.decider?.id)
            publish(action)
            let began = now
            event = try carryOut(action)
            note(action, nanoseconds: Int(now &- began))
            try action.passAfter(event, decider: machine.decider?.id)
        } catch let end as EndOfRun {
            throw end.error
        } catch {
            try fail(error)
            return false
        }
        if let event { return try perform(machine.handle(event)) }
        return attempt != nil && outcome == nil
    }

    /// Ends the run with an error that no restart mends.
    struct EndOfRun: Error {
        var error: any Error
    }

    mutating func publishStatus() {
        let phase: CoordinatorStatus.Phase =
            outcome != nil ? .stopped : attempt == nil ? .restarting : machine.isRunning ? .running : .checkpointing
        let execution = attempt?.execution.status()
        let position = machine.position
        let bytes = stateByteCount
        let running = attempt?.execution
        let (isPaused, isSearching) = (isPaused, quarantine.isSearching)
        coordinator.reports.withLock { report in
            report.phase = phase
            report.lineage = position?.lineage ?? report.lineage
            report.epoch = position?.epoch ?? report.epoch
            report.stateByteCount = bytes
            report.execution = execution ?? report.execution
            report.live = running
            if phase == .running { report.activity = nil }
            report.isPaused = isPaused
            report.isSearching = isSearching
        }
    }
}

extension ExecutionStatus {
    /// A number that is another one whenever rows have been read, kept, answered or written.
    var activity: Int {
        var sum = 0
        for vertex in vertices {
            sum &+= vertex.rowsIn &+ vertex.rowsOut &+ vertex.deadLetters &+ vertex.skippedRows
            for split in vertex.splits { sum &+= Int(truncatingIfNeeded: split.nextOffset) }
        }
        return sum
    }
}
