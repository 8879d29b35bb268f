internal import Columnar
internal import Dataflow
internal import Execution
internal import HTTPService

extension JobSnapshot {
    /// What the coordinator and the workers tell, as of `now` in milliseconds since 1970; rates and the process are left out.
    init(_ status: CoordinatorStatus, of run: JobRun, startedAt: Int64, now: Int64) {
        var job = JobState(
            name: run.name, version: ServiceVersion.current, startedAt: startedAt, phase: status.phase.rawValue,
            epoch: status.epoch)
        job.lineage = status.lineage
        job.checkpointIntervalMilliseconds = run.checkpointIntervalMilliseconds
        job.parallelism = run.parallelism
        job.restarts = status.restartCount
        job.isPaused = status.isPaused
        job.isHeld = status.isHeld
        job.isStopping = status.isStopping
        job.isSearching = status.isSearching
        job.lastSavepoint = status.lastSavepoint
        job.lastError = status.lastError.map(run.masked)
        job.activity = status.activity.map {
            JobState.Activity(step: $0.step.rawValue, participant: $0.participant, epoch: $0.epoch, since: $0.since)
        }
        job.trouble = status.trouble.map {
            JobState.Trouble(
                since: $0.since, attempts: $0.attemptCount, nextAttemptAt: $0.nextAttemptAt,
                error: run.masked($0.error))
        }
        self.init(takenAt: now, job: job)
        let vertices = status.execution?.vertices ?? []
        let systems = run.systems.current
        operators = zip(vertices, run.graph.vertices).map { status, vertex in
            var state = OperatorState(status, vertex)
            state.retries = systems[status.name]?.retryCount ?? 0
            state.lastRetryError = systems[status.name]?.lastError.map(run.masked)
            state.trouble = systems[status.name]?.trouble.map { SystemTrouble($0, run) }
            return state
        }
        partitions = zip(vertices, run.graph.vertices).flatMap { status, vertex in
            status.splits.map { PartitionState($0, of: vertex) }
        }
        workers = (status.execution?.workers ?? []).map(WorkerState.init)
        checkpoints = status.history.map { CheckpointState($0, isKept: status.keptManifests.contains($0.name)) }
        participants = status.participants.map { participant in
            var state = ParticipantState(
                id: participant.id, isDecider: participant.isDecider, epoch: participant.epoch,
                commits: participant.commitCount, failures: participant.failureCount)
            state.lastError = participant.lastError.map(run.masked)
            state.retries = systems[participant.id]?.retryCount ?? 0
            state.trouble = systems[participant.id]?.trouble.map { SystemTrouble($0, run) }
            return state
        }
        sinks = sinks(run, status.written)
        deadLetters = DeadLetterState(vertices)
        for index in deadLetters.samples.indices {
            deadLetters.samples[index].message = run.masked(deadLetters.samples[index].message)
        }
        clients = run.clients.current.map(ClientState.init)
    }
}

extension JobSnapshot {
    private func sinks(_ run: JobRun, _ written: [WrittenRows]) -> [SinkState] {
        let committers = run.systems.participants
        return zip(operators.indices, run.graph.vertices).compactMap { number, vertex in
            guard case .sink(let spec) = vertex.role else { return nil }
            var state = SinkState(
                operators[number], table: spec.table.name, connector: spec.table.options["connector"] ?? "table",
                participant: participants.first { $0.id == committers[number] })
            state.committedRows = written.first { $0.sink == vertex.uid }?.total
            return state
        }
    }
}

extension SystemTrouble {
    fileprivate init(_ trouble: SystemBoard.Trouble, _ run: JobRun) {
        self.init(since: trouble.since, retries: trouble.attemptCount, error: run.masked(trouble.error))
    }
}

extension OperatorState {
    init(_ status: VertexStatus, _ vertex: JobVertex) {
        let role =
            switch vertex.role {
            case .source: "source"
            case .operator: "operator"
            case .sink: "sink"
            }
        self.init(id: status.uid, name: status.name, role: role, parallelism: status.parallelism)
        rowsIn = status.rowsIn
        rowsOut = status.rowsOut
        batchesIn = status.batchesIn
        batchesOut = status.batchesOut
        bytesIn = status.bytesIn
        bytesOut = status.bytesOut
        lateRows = status.lateRows
        deadLetters = status.deadLetters
        skippedRows = status.skippedRows
        stateEntries = status.stateEntries
        stateBytes = status.stateBytes
        queuedBatches = status.queuedBatches
        heldBackSeconds = Double(status.heldBackNanoseconds) / 1e9
        watermark = StatusReport.milliseconds(status.watermark)
    }
}

extension PartitionState {
    init(_ status: SplitStatus, of vertex: JobVertex) {
        var table = vertex.name
        if case .source(let spec, _, _) = vertex.role { table = spec.table.name }
        self.init(
            source: vertex.uid, table: table, topic: status.id.topic, partition: status.id.partition,
            nextOffset: status.nextOffset, activity: status.activity.rawValue)
        // What the broker last said may be older than what has been read.
        endOffset = status.endOffset.map { max($0, status.nextOffset) }
        lag = status.lag
        watermark = StatusReport.milliseconds(status.watermark)
        lastEventTime = StatusReport.milliseconds(status.maximumTime)
        lastRecordAt = StatusReport.milliseconds(status.lastRecordTime)
        lostOffsets = status.lostCount
        readRecords = status.recordCount
        readBytes = status.byteCount
    }
}

extension WorkerState {
    init(_ status: WorkerStatus) {
        self.init()
        busySeconds = Double(status.busyNanoseconds) / 1e9
        idleSeconds = Double(status.idleNanoseconds) / 1e9
        heldBackSeconds = Double(status.heldBackNanoseconds) / 1e9
    }
}

extension CheckpointState {
    init(_ times: CoordinatorStatus.CheckpointTimes, isKept: Bool) {
        self.init(
            epoch: times.epoch, startedAt: times.startedAt, totalMilliseconds: Double(times.totalNanoseconds) / 1e6)
        captureMilliseconds = Double(times.captureNanoseconds) / 1e6
        storeMilliseconds = Double(times.storeNanoseconds) / 1e6
        prepareMilliseconds = times.prepareNanoseconds.mapValues { Double($0) / 1e6 }
        commitMilliseconds = times.commitNanoseconds.mapValues { Double($0) / 1e6 }
        bytes = times.byteCount
        stateBytes = times.stateByteCount
        isSavepoint = times.isSavepoint
        self.isKept = isKept
        isEarlier = times.isEarlier
        offsets = times.splits.sorted { $0.id < $1.id }.map { split in
            Offset(
                topic: split.id.topic, partition: split.id.partition, nextOffset: split.nextOffset,
                lastEventTime: split.maximumTime.map { $0 / 1000 })
        }
        delays = times.delays.sorted { $0.key < $1.key }.flatMap { topic, delays in
            delays.map { Delay(topic: topic, milliseconds: $0.milliseconds, records: $0.recordCount) }
        }
    }
}

extension DeadLetterState {
    init(_ vertices: [VertexStatus]) {
        var reasons: [String: [String: Int]] = [:]
        var samples: [Sample] = []
        for vertex in vertices where !vertex.deadLetterReasons.isEmpty {
            reasons[vertex.name, default: [:]].merge(vertex.deadLetterReasons, uniquingKeysWith: +)
            samples += vertex.deadLetterSamples.map { sample in
                var place: String?
                if let topic = sample.topic, let partition = sample.partition, let offset = sample.offset {
                    place = "\(topic)-\(partition)@\(offset)"
                }
                return Sample(
                    operator: vertex.name, reason: sample.reason, message: sample.message, place: place,
                    failedAt: StatusReport.milliseconds(sample.failedAt))
            }
        }
        samples.sort { ($0.failedAt ?? 0) < ($1.failedAt ?? 0) }
        self.init(
            total: vertices.reduce(0) { $0 + $1.deadLetters }, reasons: reasons,
            samples: Array(samples.suffix(RejectionLog.maximumSampleCount)))
    }
}
