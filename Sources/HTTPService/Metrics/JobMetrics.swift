internal import CoreMetrics
internal import Synchronization

/// Brings the numbers of snapshots into metrics. Counts of a snapshot begin anew with every attempt of a job; here they go on.
package final class JobMetrics: Sendable {
    struct State {
        var counters: [MetricRegistry.Key: (counter: FloatingPointCounter, reading: Double)] = [:]
        var meters: [MetricRegistry.Key: Meter] = [:]
        /// When the last checkpoint began that is in the histograms.
        var lastCheckpoint: (epoch: Int64, startedAt: Int64) = (0, 0)
        /// Clients that have told something in this process.
        var clients: Set<String> = []
    }

    package let registry: MetricRegistry
    private let state = Mutex(State())

    package init(_ registry: MetricRegistry = MetricRegistry()) {
        self.registry = registry
    }

    /// Takes over a snapshot; from any thread, now and then and before each scrape.
    package func update(_ snapshot: JobSnapshot) {
        state.withLock { state in
            Self.job(snapshot, registry, &state)
            for vertex in snapshot.operators { Self.add(vertex, snapshot.takenAt, registry, &state) }
            for sink in snapshot.sinks { Self.add(sink, registry, &state) }
            for partition in snapshot.partitions { Self.add(partition, snapshot.takenAt, registry, &state) }
            Self.add(snapshot.clients, registry, &state)
            for (index, worker) in snapshot.workers.enumerated() {
                let labels = [("worker", String(index))]
                Self.count(.workerBusy, labels, worker.busySeconds, registry, &state)
                Self.count(.workerIdle, labels, worker.idleSeconds, registry, &state)
                Self.count(.workerHeldBack, labels, worker.heldBackSeconds, registry, &state)
            }
            for (name, reasons) in snapshot.deadLetters.reasons {
                for (reason, count) in reasons {
                    let labels = [("operator", name), ("reason", reason)]
                    Self.count(.deadLetters, labels, Double(count), registry, &state)
                }
            }
            for checkpoint in snapshot.checkpoints
            where !checkpoint.isEarlier
                && (checkpoint.startedAt, checkpoint.epoch) > (
                    state.lastCheckpoint.startedAt, state.lastCheckpoint.epoch
                )
            {
                state.lastCheckpoint = (checkpoint.epoch, checkpoint.startedAt)
                Self.add(checkpoint, registry, &state)
            }
            for participant in snapshot.participants {
                let labels = [("participant", participant.id)]
                Self.count(.commitFailures, labels, Double(participant.failures), registry, &state)
                Self.count(.commitRetries, labels, Double(participant.retries), registry, &state)
            }
        }
    }

    private static func job(_ snapshot: JobSnapshot, _ registry: MetricRegistry, _ state: inout State) {
        let job = snapshot.job
        set(.info, [("job", job.name), ("version", job.version)], 1, registry, &state)
        set(.ready, [], Readiness(snapshot).isReady ? 1 : 0, registry, &state)
        set(.paused, [], job.isPaused ? 1 : 0, registry, &state)
        count(.restarts, [], Double(job.restarts), registry, &state)
        let failing = job.trouble.map { Double(snapshot.takenAt - $0.since) / 1000 } ?? 0
        set(.failingSeconds, [], max(failing, 0), registry, &state)
        set(.checkpointEpoch, [], Double(job.epoch), registry, &state)
        set(.startTime, [], Double(job.startedAt) / 1000, registry, &state)
        set(.memory, [], Double(snapshot.process.residentBytes), registry, &state)
        set(.usedMemory, [], Double(snapshot.process.usedBytes), registry, &state)
        if let limit = snapshot.process.memoryLimitBytes { set(.memoryLimit, [], Double(limit), registry, &state) }
        set(.held, [], job.isHeld ? 1 : 0, registry, &state)
        set(.openFiles, [], Double(snapshot.process.openFiles), registry, &state)
        set(.threads, [], Double(snapshot.process.threads), registry, &state)
        count(.cpu, [], snapshot.process.cpuSeconds, registry, &state)
        // So that the first checkpoint is seen as a rise.
        count(.checkpoints, [], 0, registry, &state)
    }

    private static func add(_ vertex: OperatorState, _ now: Int64, _ registry: MetricRegistry, _ state: inout State) {
        let labels = [("operator", vertex.name), ("role", vertex.role)]
        let name = [("operator", vertex.name)]
        count(.operatorRowsIn, labels, Double(vertex.rowsIn), registry, &state)
        count(.operatorRowsOut, labels, Double(vertex.rowsOut), registry, &state)
        count(.operatorBatchesIn, labels, Double(vertex.batchesIn), registry, &state)
        count(.operatorBatchesOut, labels, Double(vertex.batchesOut), registry, &state)
        if vertex.role == "source" { count(.sourceBytes, name, Double(vertex.bytesIn), registry, &state) }
        if vertex.role == "sink" { count(.sinkBytes, name, Double(vertex.bytesOut), registry, &state) }
        count(.operatorSkippedRows, name, Double(vertex.skippedRows), registry, &state)
        set(.stateEntries, name, Double(vertex.stateEntries), registry, &state)
        set(.stateBytes, name, Double(vertex.stateBytes), registry, &state)
        set(.queuedBatches, name, Double(vertex.queuedBatches), registry, &state)
        for (input, rows) in zip(["left", "right"], vertex.lateRows) where vertex.role == "operator" {
            count(.operatorLateRows, name + [("input", input)], Double(rows), registry, &state)
        }
        count(.operatorHeldBack, name, vertex.heldBackSeconds, registry, &state)
        count(.operatorRetries, name, Double(vertex.retries), registry, &state)
        let failing = vertex.trouble.map { Double(now - $0.since) / 1000 } ?? 0
        set(.operatorFailing, name, max(failing, 0), registry, &state)
        if let watermark = vertex.watermark {
            set(.watermarkDelay, name, Double(now - watermark) / 1000, registry, &state)
        }
    }

    private static func add(
        _ partition: PartitionState, _ now: Int64, _ registry: MetricRegistry, _ state: inout State
    ) {
        let labels = [
            ("table", partition.table), ("topic", partition.topic), ("partition", String(partition.partition)),
        ]
        set(.partitionOffset, labels, Double(partition.nextOffset), registry, &state)
        if let end = partition.endOffset { set(.partitionEnd, labels, Double(end), registry, &state) }
        if let lag = partition.lag { set(.partitionLag, labels, Double(lag), registry, &state) }
        count(.partitionRecords, labels, Double(partition.readRecords), registry, &state)
        count(.partitionBytes, labels, Double(partition.readBytes), registry, &state)
        if let watermark = partition.watermark {
            set(.partitionDelay, labels, Double(now - watermark) / 1000, registry, &state)
        }
        set(.partitionIdle, labels, partition.activity == "idle" ? 1 : 0, registry, &state)
        set(.partitionLost, labels, Double(partition.lostOffsets), registry, &state)
    }

    private static func add(_ sink: SinkState, _ registry: MetricRegistry, _ state: inout State) {
        if let rows = sink.committedRows {
            set(.sinkCommittedRows, [("operator", sink.name)], Double(rows), registry, &state)
        }
    }

    private static func add(_ checkpoint: CheckpointState, _ registry: MetricRegistry, _ state: inout State) {
        func record(_ metric: MetricDefinition, _ labels: [(String, String)], milliseconds: Double) {
            // Made again each time: the registry gives the same series.
            Timer(label: metric.name, dimensions: labels, factory: registry).recordNanoseconds(
                Int64(milliseconds * 1e6))
        }
        let phases = [
            ("capture", checkpoint.captureMilliseconds), ("store", checkpoint.storeMilliseconds),
            ("prepare", checkpoint.prepareMilliseconds.values.reduce(0, +)),
            ("commit", checkpoint.commitMilliseconds.values.reduce(0, +)), ("total", checkpoint.totalMilliseconds),
        ]
        for (phase, milliseconds) in phases {
            record(.checkpointDuration, [("phase", phase)], milliseconds: milliseconds)
        }
        for (participant, milliseconds) in checkpoint.commitMilliseconds {
            record(.commitDuration, [("participant", participant)], milliseconds: milliseconds)
        }
        Recorder(label: MetricDefinition.checkpointSize.name, dimensions: [], aggregate: true, factory: registry)
            .record(checkpoint.bytes)
        for delay in checkpoint.delays {
            registry.record(
                Double(delay.milliseconds) / 1000, times: delay.records, .commitDelay, [("topic", delay.topic)])
        }
        set(.checkpointTime, [], Double(checkpoint.committedAt) / 1000, registry, &state)
        let key = MetricRegistry.Key(name: MetricDefinition.checkpoints.name, labels: [])
        state.counters[key]?.counter.increment()
    }

    /// Raises a counter by what a reading has risen; a lower reading is a new start from 0.
    static func count(
        _ metric: MetricDefinition, _ labels: [(String, String)], _ reading: Double, _ registry: MetricRegistry,
        _ state: inout State
    ) {
        let key = MetricRegistry.Key(name: metric.name, labels: labels.flatMap { [$0.0, $0.1] })
        let known =
            state.counters[key]
            ?? (FloatingPointCounter(label: metric.name, dimensions: labels, factory: registry), 0)
        known.counter.increment(by: reading >= known.reading ? reading - known.reading : reading)
        state.counters[key] = (known.counter, reading)
    }

    static func set(
        _ metric: MetricDefinition, _ labels: [(String, String)], _ value: Double, _ registry: MetricRegistry,
        _ state: inout State
    ) {
        let key = MetricRegistry.Key(name: metric.name, labels: labels.flatMap { [$0.0, $0.1] })
        let meter = state.meters[key] ?? Meter(label: metric.name, dimensions: labels, factory: registry)
        state.meters[key] = meter
        meter.set(value)
    }
}
