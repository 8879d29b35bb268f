internal import Columnar
internal import Dataflow
internal import Failpoints
internal import StateBackends
internal import Synchronization

/// The I/O behind each action.
extension CoordinatorRun {
    /// - Returns: the event that the action resulted in; nil where it comes later or there is none.
    mutating func carryOut(_ action: CommitProtocol.Action) throws -> CommitProtocol.Event? {
        switch action {
        case .fence(let participant):
            return .fenced(participant: participant, try self.participant(participant).fence(currentAttempt().job))
        case .readCheckpoints:
            var checkpoints = try coordinator.repository.allSummaries()
            let oldest = coordinator.clock.now().microseconds / 1000 - CheckpointManifest.staleMilliseconds
            for index in checkpoints.indices {
                checkpoints[index].mayBeForgotten = checkpoints[index].createdAt < oldest
            }
            knownManifests = Set(checkpoints.map(\.name))
            foundCheckpoints = checkpoints.filter(\.isReadable)
            return .checkpointsRead(checkpoints)
        case .applyRedo(let participant, let checkpoint):
            try refusingDamage(of: checkpoint, rowsFor: participant) { try applyRedo(participant, checkpoint) }
            return .redoApplied(participant: participant, epoch: checkpoint.epoch)
        case .start(let checkpoint):
            let restored = try checkpoint.map { checkpoint in
                try refusingDamage(of: checkpoint, rowsFor: nil) { try read(checkpoint) }
            }
            try start(from: checkpoint, restored)
            return .started
        case .capture(let epoch):
            try beginCapture(epoch)
            return nil
        case .store(let epoch, let position, let followers):
            return .stored(digest: try store(epoch, position, followers))
        case .prepare(let participant, let epoch):
            try self.participant(participant).prepare(epoch: epoch)
            return .prepared(participant: participant)
        case .commit(let participant, _):
            return try commit(participant)
        case .acknowledge(let checkpoint):
            try acknowledge(checkpoint)
            return .acknowledged
        case .restart:
            try scheduleRestart()
            return nil
        case .refuse(let refusal):
            throw EndOfRun(error: refusal)
        case .stop(let reason):
            try stop(reason)
            return nil
        }
    }

    private func participant(_ id: String) throws -> any CommitParticipant {
        guard let participant = participants[id] else {
            throw DataflowError(.internal, "no participant \(id) in this attempt")
        }
        return participant
    }

    private func currentAttempt() throws -> JobCoordinator.Attempt {
        guard let attempt else { throw DataflowError(.internal, "an action without an attempt") }
        return attempt
    }

    // MARK: Recovery

    private func applyRedo(_ participant: String, _ checkpoint: CheckpointSummary) throws {
        let (manifest, digest) = try coordinator.repository.manifest(named: checkpoint.name)
        let redo = try coordinator.repository.redo(of: manifest, participant: participant)
        log(
            LogEvent(
                .notice, "Giving a sink the rows of a checkpoint that was decided without it",
                ["participant": participant, "epoch": "\(checkpoint.epoch)", "bytes": "\(redo.count)"]))
        let record = EpochRecord(
            lineage: manifest.lineage, epoch: manifest.epoch, manifestDigest: digest, splits: manifest.splits)
        let target = try self.participant(participant)
        try withExtendedLifetime(redo) { try target.applyRedo(redo.bytes, record: record) }
    }

    /// Carries out what reads files of a checkpoint. What stays missing or damaged, no restart mends.
    private func refusingDamage<Result>(
        of checkpoint: CheckpointSummary, rowsFor participant: String?, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as CheckpointStoreError where error.code == .corrupted || error.code == .missing {
            var found = "checkpoint \(checkpoint.epoch) is committed, but \(error.message)"
            if let participant {
                found +=
                    "; it holds rows that \(participant) has not got: a start from \(checkpoint.epoch) leaves them out, one "
                    + "from an earlier checkpoint writes them again, and those of the other sinks twice"
            }
            let manifest = try? coordinator.repository.manifest(named: checkpoint.name).manifest
            let choices = try manifest.map { try coordinator.repository.epochsWithoutDamage(of: $0) } ?? []
            // Not the end yet: an instance that stood still may have been overtaken by one that deletes what it no longer needs.
            throw Refusal(.unreadable, participant: participant, found: found, choices: choices)
        }
    }

    private func read(_ checkpoint: CheckpointSummary) throws -> (manifest: CheckpointManifest, job: RestoredJob) {
        let manifest = try coordinator.repository.manifest(named: checkpoint.name).manifest
        return (
            manifest,
            RestoredJob(sources: manifest.sources, reader: try coordinator.repository.reader(of: manifest))
        )
    }

    private mutating func start(
        from checkpoint: CheckpointSummary?, _ restored: (manifest: CheckpointManifest, job: RestoredJob)?
    ) throws {
        let attempt = try currentAttempt()
        let manifest = restored?.manifest
        publishEarlierCheckpoints(upTo: checkpoint)
        if let manifest, manifest.keyGroupCount != coordinator.configuration.keyGroupCount {
            throw DataflowError(
                .refused,
                "checkpoint \(manifest.epoch) has \(manifest.keyGroupCount) key groups, this job "
                    + "\(coordinator.configuration.keyGroupCount); the number is fixed when a job is created")
        }
        if let manifest, let limit = coordinator.configuration.memoryLimit, manifest.stateByteCount >= limit {
            let byteCounts = [manifest.stateByteCount, limit].map { "\($0 >> 20) MiB" }
            throw ExecutionError(
                .stateTooLarge,
                "checkpoint \(manifest.epoch) has \(byteCounts[0]) of state, more than the limit of \(byteCounts[1]) for all memory: "
                    + "raise MILLRACE_MEMORY_LIMIT (and the container's limit) and start again; nothing is lost")
        }
        if let manifest { warnOfAge(manifest) }
        plan = SnapshotPlan(
            keyGroupCount: coordinator.configuration.keyGroupCount, restoredFrom: manifest)
        // A manifest without counts leaves the totals unknown.
        written = manifest.map { $0.written ?? [] }
        let counts = written ?? []
        coordinator.reports.withLock { $0.written = counts }
        stateByteCount = manifest?.stateByteCount ?? 0
        let epoch = machine.position?.epoch ?? 0
        var search = quarantine
        let begin = {
            // The state's files are read while it is put back.
            try attempt.execution.start(
                restored: restored?.job ?? RestoredJob(),
                restrictions: { sources in
                    try search.prepare(
                        after: epoch, lineage: checkpoint?.lineage, sources: sources,
                        policies: attempt.execution.recordPolicies)
                },
                beforeRows: { search.begin() })
        }
        if let checkpoint {
            try refusingDamage(of: checkpoint, rowsFor: nil, begin)
        } else {
            try begin()
        }
        quarantine = search
        coordinator.changePause { $0.live = attempt.execution }
        // The numbers of the last attempt say nothing of this one, and may be the same.
        lastActivity = -1
        quietSince = coordinator.clock.monotonicNanoseconds()
        wasFenced = false
        hasCommitted = false
        lastCheckpoint = coordinator.clock.monotonicNanoseconds()
        captureStarted = lastCheckpoint
        log(
            LogEvent(
                .info, "The job is running",
                [
                    "from": checkpoint.map { "checkpoint \($0.epoch)" } ?? "the beginning",
                    "lineage": machine.position?.lineage ?? "",
                ]))
    }

    /// Says so when the job had stopped for so long that a cluster is about to forget its offsets, or has.
    private func warnOfAge(_ manifest: CheckpointManifest) {
        let age = coordinator.clock.now().microseconds / 1000 - manifest.createdAt
        guard age > CheckpointManifest.staleMilliseconds else { return }
        log(
            LogEvent(
                .warning,
                "The last commit is more than 5 days old; Kafka forgets the offsets of a stopped job after 7 days "
                    + "(offsets.retention.minutes), and topics their records by their own retention",
                ["epoch": "\(manifest.epoch)", "age_hours": "\(age / 3_600_000)"]))
    }

    /// Drops the attempt; the loop begins the next one after a pause that grows with every restart in a row.
    private mutating func scheduleRestart() throws {
        tearDown()
        restartsWithoutCommit += 1
        if restartsWithoutCommit > coordinator.configuration.maximumRestartCount, let lastError {
            throw EndOfRun(error: lastError)
        }
        let base = min(
            // A search restarts on purpose.
            coordinator.configuration.firstBackOffMilliseconds
                << (quarantine.isSearching ? 0 : min(restartsWithoutCommit - 1, 10)),
            coordinator.configuration.maximumBackOffMilliseconds)
        // Up to a quarter more, so that several jobs do not come back at once. Two instances that shut each other out take longer turns:
        // one of them is to find out that it is not alone before the other one does.
        let turn = wasFenced ? coordinator.configuration.fencedBackOffMilliseconds : 0
        let pause = base + Int.random(in: 0...base / 4) + turn + Int.random(in: 0...turn)
        restartAt = now + UInt64(pause) * 1_000_000
        publishTrouble(pauseMilliseconds: pause)
        let error = lastError
        coordinator.reports.withLock { report in
            report.restartCount += 1
            report.lastError = error.map { "\($0)" } ?? report.lastError
        }
        log(
            LogEvent(
                .notice, "Going back to the last committed checkpoint",
                ["attempt": "\(restartsWithoutCommit)", "pause_ms": "\(pause)"]))
    }

    // MARK: Checkpoints

    private mutating func beginCapture(_ epoch: Int64) throws {
        let attempt = try currentAttempt()
        let messages = coordinator.messages
        let number = attemptNumber
        captureStarted = coordinator.clock.monotonicNanoseconds()
        lastCheckpoint = captureStarted
        times = CoordinatorStatus.CheckpointTimes(epoch: epoch, startedAt: milliseconds)
        takesSavepoint = wantsSavepoint
        wantsSavepoint = false
        attempt.execution.takeCheckpoint(epoch: epoch, full: plan.nextFull(stateByteCount: stateByteCount)) { result in
            messages.put(.captured(attempt: number, result))
        }
    }

    private mutating func store(
        _ epoch: Int64, _ position: CommitProtocol.Position, _ followers: [String]
    ) throws -> String {
        guard let capture, capture.epoch == epoch else {
            throw DataflowError(.internal, "no capture of checkpoint \(epoch)")
        }
        let job = try currentAttempt().job
        let repository = coordinator.repository
        var redo: [CheckpointManifest.RedoReference] = []
        for (index, follower) in followers.enumerated() {
            let rows = try participant(follower).redo(epoch: epoch)
            let file = try repository.storeRedo(
                rows, participant: index, epoch: epoch, lineage: position.lineage, instance: job.instance)
            redo.append(CheckpointManifest.RedoReference(participant: follower, file: file))
        }
        try Failpoint.redoStored.hit(DataflowError.atFailpoint)
        let (file, segments) = try repository.storeState(capture, lineage: position.lineage, instance: job.instance)
        try Failpoint.stateStored.hit(DataflowError.atFailpoint)
        plan.add(segments, file: file)
        let counts = WrittenRows.following(
            written, rows: capture.sinkRows, tables: try currentAttempt().execution.sinkTables)
        written = counts
        let manifest = CheckpointManifest(
            job: job.name, lineage: position.lineage, epoch: epoch,
            parent: position.parent, forkedOver: position.forkedOver.isEmpty ? nil : position.forkedOver,
            earlierForks: position.earlierForks.isEmpty ? nil : position.earlierForks,
            createdAt: coordinator.clock.now().microseconds / 1000,
            keyGroupCount: coordinator.configuration.keyGroupCount, sources: capture.sources,
            descriptors: capture.descriptors, files: plan.files, segments: plan.segments, redo: redo,
            stateByteCount: capture.stateByteCount, isFinal: capture.isFinal, written: counts)
        try refuseCompany()
        let digest = try repository.publish(manifest)
        knownManifests.insert(CheckpointNames.manifest(position.lineage, epoch, digest: digest))
        quarantine.stage(manifest.sources)
        record = EpochRecord(
            lineage: position.lineage, epoch: epoch, manifestDigest: digest, splits: manifest.splits)
        let byteCount = (file?.byteCount ?? 0) + redo.reduce(0) { $0 + $1.file.byteCount }
        coordinator.reports.withLock { $0.lastCheckpointByteCount = byteCount }
        times.byteCount = byteCount
        self.capture = nil
        return digest
    }

    /// A job that no system commits has nothing but its files to see another instance by.
    private func refuseCompany() throws {
        guard machine.participants.isEmpty,
            let stranger = try coordinator.repository.manifestNames().first(where: { !knownManifests.contains($0) })
        else { return }
        throw DataflowError(.fenced, "another instance of this job has written \(stranger)")
    }

    private mutating func commit(_ id: String) throws -> CommitProtocol.Event {
        guard let record else { throw DataflowError(.internal, "no record to commit") }
        do throws(CommitFailure) {
            try participant(id, orInDoubt: ()).commit(record)
            publishCommit(of: id, epoch: record.epoch, error: nil)
            return .committed(participant: id)
        } catch {
            let (outcome, cause): (CommitOutcome, DataflowError) =
                switch error {
                case .aborted(let cause): (.aborted, cause)
                case .inDoubt(let cause): (.inDoubt, cause)
                case .fenced(let cause): (.fenced, cause)
                }
            log(
                LogEvent(
                    .warning, "A commit did not succeed",
                    ["participant": id, "epoch": "\(record.epoch)", "outcome": "\(outcome)", "error": "\(cause)"]))
            coordinator.reports.withLock { $0.lastError = "\(cause)" }
            publishCommit(of: id, epoch: record.epoch, error: "\(cause)")
            if outcome == .fenced { noteFencing() }
            return .commitFailed(participant: id, outcome)
        }
    }

    private func participant(_ id: String, orInDoubt: Void) throws(CommitFailure) -> any CommitParticipant {
        guard let participant = participants[id] else {
            throw .inDoubt(DataflowError(.internal, "no participant \(id) in this attempt"))
        }
        return participant
    }

    private mutating func acknowledge(_ checkpoint: CheckpointReference) throws {
        let epoch = checkpoint.epoch
        try coordinator.repository.acknowledge(checkpoint)
        if keepsLastCheckpoint { takesSavepoint = true }
        if takesSavepoint { try coordinator.repository.keep(checkpoint) }
        let retained = coordinator.configuration.retainedCheckpointCount
        // The first one of an attempt also finishes what an earlier one was killed over.
        let collects = !hasCommitted || epoch % Int64(max(1, retained / 2)) == 0
        if collects {
            try Failpoint.beforeGarbageCollection.hit(DataflowError.atFailpoint)
            try coordinator.repository.collectGarbage(retainedCount: retained, lineage: checkpoint.lineage)
            try Failpoint.afterGarbageCollection.hit(DataflowError.atFailpoint)
        }
        try publishKept(checkpoint, isCollected: collects)
        if let record, record.epoch == epoch { attempt?.execution.didCommit(record.splits, epoch: epoch) }
        quarantine.committed()
        restartsWithoutCommit = 0
        hasCommitted = true
        publishCheckpoint(checkpoint)
        let milliseconds = Int((coordinator.clock.monotonicNanoseconds() - captureStarted) / 1_000_000)
        coordinator.reports.withLock { report in
            report.checkpointCount += 1
            report.lastCheckpointMilliseconds = milliseconds
            report.lastError = nil
        }
        log(
            LogEvent(
                .debug, "A checkpoint is committed",
                ["epoch": "\(epoch)", "milliseconds": "\(milliseconds)", "state_bytes": "\(stateByteCount)"]))
    }

    // MARK: Ends

    private mutating func stop(_ reason: CommitProtocol.StopReason) throws {
        if reason != .failed { quarantine.ended() }
        switch reason {
        case .finished: outcome = .finished
        case .stopped: outcome = .stopped
        case .fenced:
            throw EndOfRun(
                error: DataflowError(
                    .fenced,
                    "another instance uses the id of job '\(coordinator.jobName)': it has taken over twice within "
                        + "\(CommitProtocol.fencingMemorySeconds) s; stop one of them, or give one another MILLRACE_JOB_NAME"
                ))
        case .failed:
            throw EndOfRun(error: lastError ?? DataflowError(.internal, "the job failed without an error"))
        }
    }

    mutating func tearDown() {
        // A savepoint that did not come about is still wanted.
        if takesSavepoint { wantsSavepoint = true }
        takesSavepoint = false
        attempt?.execution.stop()
        for participant in participants.values {
            participant.abort()
            participant.close()
        }
        for sink in attempt?.sinks ?? [] { sink.stop() }
        attempt = nil
        participants = [:]
        capture = nil
        record = nil
    }
}
