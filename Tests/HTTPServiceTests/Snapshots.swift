import HTTPService

/// Snapshots of a job that reads two tables, joins them and writes one, at 12:05:48.
enum Snapshots {
    static let now: Int64 = 1_764_072_348_000
    static let plan = PlanDocument(job: "film", file: "film.sql", sql: "", explanation: "", vertices: [])

    /// All read, nothing waiting.
    static func calm() -> JobSnapshot {
        var job = JobState(name: "film", version: "1", startedAt: now - 60_000, phase: "running", epoch: 12)
        job.parallelism = 2
        var snapshot = JobSnapshot(takenAt: now, job: job)
        snapshot.operators = [
            OperatorState(id: "source-plays", name: "plays", role: "source"),
            OperatorState(id: "source-ratings", name: "ratings", role: "source"),
            OperatorState(id: "join", name: "TemporalJoin", role: "operator"),
            OperatorState(id: "sink-enriched", name: "sink enriched_plays", role: "sink"),
        ]
        snapshot.partitions = [
            partition("plays", 0, lag: 0, event: now - 2000, "idle"),
            partition("ratings", 0, lag: 0, event: now - 2000, "idle"),
            partition("ratings", 3, lag: 0, event: now - 2500, "idle"),
        ]
        snapshot.workers = [WorkerState(), WorkerState()]
        snapshot.checkpoints = [CheckpointState(epoch: 12, startedAt: now - 3000, totalMilliseconds: 40)]
        snapshot.participants = [ParticipantState(id: "postgres/film", isDecider: true, epoch: 12, commits: 12)]
        return snapshot
    }

    /// Every field that a snapshot can have.
    static func full() -> JobSnapshot {
        var snapshot = calm()
        snapshot.job.lastSavepoint = 11
        snapshot.job.lastError = "an error of before"
        snapshot.job.activity = .init(step: "committing", participant: "postgres/film", epoch: 13, since: now - 20)
        snapshot.job.trouble = .init(since: now - 9000, attempts: 2, nextAttemptAt: now, error: "no broker")
        snapshot.operators[2].watermark = now - 5000
        snapshot.operators[3].retries = 7
        snapshot.operators[3].lastRetryError = "PostgreSQL refuses connections"
        snapshot.operators[3].trouble = .init(since: now - 8000, retries: 7, error: "PostgreSQL refuses connections")
        snapshot.operators[3].heldBackSeconds = 2.5
        snapshot.partitions[0].lastRecordAt = now - 3000
        snapshot.participants[0].lastError = "in doubt"
        snapshot.participants[0].retries = 2
        snapshot.participants[0].trouble = .init(since: now - 100, retries: 1, error: "timed out")
        snapshot.sinks = [
            SinkState(
                snapshot.operators[3], table: "enriched_plays", connector: "postgres",
                participant: snapshot.participants[0])
        ]
        snapshot.sinks[0].committedRows = 4200
        snapshot.checkpoints[0].offsets = [
            .init(topic: "plays", partition: 0, nextOffset: 1000, lastEventTime: now - 2000)
        ]
        snapshot.checkpoints[0].delays = [.init(topic: "plays", milliseconds: 40, records: 1)]
        snapshot.checkpoints[0].prepareMilliseconds = ["kafka": 2]
        snapshot.checkpoints[0].commitMilliseconds = ["kafka": 3]
        snapshot.deadLetters = DeadLetterState(
            total: 1, reasons: ["plays": ["value": 1]],
            samples: [
                .init(operator: "plays", reason: "value", message: "no JSON", place: "plays-0@17", failedAt: now)
            ])
        snapshot.process.memoryLimitBytes = 1 << 30
        snapshot.clients = [client()]
        return snapshot
    }

    /// A producer with one broker.
    static func client() -> ClientState {
        var client = ClientState(name: "transactional producer")
        client.queuedRecords = 5
        client.partitions = [.init(topic: "out", partition: 0, sentRecords: 8, sentBytes: 80)]
        var broker = ClientState.Broker(address: "a:9092")
        broker.roundTripMilliseconds = 2
        broker.slowestRoundTripMilliseconds = 250
        broker.requests = 10
        broker.timeouts = 3
        client.brokers = [broker]
        return client
    }

    static func partition(
        _ table: String, _ number: Int32, lag: Int64?, event: Int64?, _ activity: String
    ) -> PartitionState {
        var state = PartitionState(
            source: "source-\(table)", table: table, topic: table, partition: number, nextOffset: 1000,
            activity: activity)
        state.endOffset = lag.map { 1000 + $0 }
        state.lag = lag
        state.lastEventTime = event
        state.watermark = event.map { $0 - 5000 }
        return state
    }
}
