/// A job's state at one moment as it is told to the outside: the JSON of the API, what metrics and explanations are made of. Pure value.
///
/// Times are milliseconds since 1970 unless their name says otherwise.
package struct JobSnapshot: Codable, Sendable, Hashable {
    package var takenAt: Int64
    package var job: JobState
    /// In the order of the plan.
    package var operators: [OperatorState]
    package var partitions: [PartitionState]
    package var workers: [WorkerState]
    /// Those that earlier processes left and that are kept, then those that this one has committed, oldest first.
    package var checkpoints: [CheckpointState]
    /// The systems that commit, the decider first.
    package var participants: [ParticipantState]
    /// In the order of the plan, those without a participant too.
    package var sinks: [SinkState]
    package var deadLetters: DeadLetterState
    /// Of Kafka, by name; what they count comes every few seconds.
    package var clients: [ClientState]
    package var process: ProcessState

    package init(takenAt: Int64, job: JobState) {
        self.takenAt = takenAt
        self.job = job
        operators = []
        partitions = []
        workers = []
        checkpoints = []
        participants = []
        sinks = []
        deadLetters = DeadLetterState(total: 0, reasons: [:], samples: [])
        clients = []
        process = ProcessState()
    }

    /// Records that are not read yet; nil where an end offset is not known.
    package var lag: Int64? {
        partitions.reduce(Int64?(0)) { sum, partition in
            guard let sum, let lag = partition.lag else { return nil }
            return sum + lag
        }
    }
}

/// What the job as a whole is doing.
package struct JobState: Codable, Sendable, Hashable {
    /// What the coordinator is occupied with.
    package struct Activity: Codable, Sendable, Hashable {
        /// `connecting`, `fencing`, `readingCheckpoints`, `healing`, `restoring`, `capturing`, `storing`, `preparing`, `committing`,
        /// `acknowledging`.
        package var step: String
        package var participant: String?
        package var epoch: Int64?
        package var since: Int64

        package init(step: String, participant: String? = nil, epoch: Int64? = nil, since: Int64) {
            self.step = step
            self.participant = participant
            self.epoch = epoch
            self.since = since
        }
    }

    /// Attempts in a row that did not come to a commit.
    package struct Trouble: Codable, Sendable, Hashable {
        package var since: Int64
        package var attempts: Int
        package var nextAttemptAt: Int64
        package var error: String

        package init(since: Int64, attempts: Int, nextAttemptAt: Int64, error: String) {
            self.since = since
            self.attempts = attempts
            self.nextAttemptAt = nextAttemptAt
            self.error = error
        }
    }

    package var name: String
    package var version: String
    package var startedAt: Int64
    /// `starting`, `running`, `checkpointing`, `restarting`, `stopped`, `failed`.
    package var phase: String
    package var lineage: String
    /// The last committed checkpoint; 0 before the first.
    package var epoch: Int64
    package var checkpointIntervalMilliseconds: Int
    package var parallelism: Int
    package var restarts: Int
    package var isPaused = false
    /// Whether nothing is read for want of memory.
    package var isHeld = false
    package var isStopping = false
    package var isSearching = false
    package var lastSavepoint: Int64?
    package var lastError: String?
    package var activity: Activity?
    package var trouble: Trouble?

    /// Whether nothing more comes of this process.
    package var hasEnded: Bool { phase == "stopped" || phase == "failed" }

    package init(name: String, version: String, startedAt: Int64, phase: String, epoch: Int64) {
        self.name = name
        self.version = version
        self.startedAt = startedAt
        self.phase = phase
        self.epoch = epoch
        lineage = ""
        checkpointIntervalMilliseconds = 1000
        parallelism = 1
        restarts = 0
    }
}

/// One vertex of the job graph, its subtasks together. Counts are of this attempt.
package struct OperatorState: Codable, Sendable, Hashable {
    package var id: String
    package var name: String
    /// `source`, `operator`, `sink`.
    package var role: String
    package var parallelism: Int
    package var rowsIn = 0
    package var rowsOut = 0
    package var batchesIn = 0
    package var batchesOut = 0
    /// Of records that a source has read, and of rows that a sink has written; 0 elsewhere.
    package var bytesIn = 0
    package var bytesOut = 0
    /// Per second, over the last few seconds.
    package var rowsInRate = 0.0
    package var rowsOutRate = 0.0
    package var lateRows = [0, 0]
    package var deadLetters = 0
    package var skippedRows = 0
    package var stateEntries = 0
    package var stateBytes = 0
    package var queuedBatches = 0
    /// Time for which there was input and no room for what would come of it, over all subtasks, and its share of their last few seconds.
    /// Of an operator that is called by the one before it, that one's.
    package var heldBackSeconds = 0.0
    package var heldBackShare = 0.0
    /// Nil before the first; the end of all input counts as none.
    package var watermark: Int64?
    /// What was tried again at the operator's system, in this process.
    package var retries = 0
    package var lastRetryError: String?
    /// What its system fails with now; nil where it answers.
    package var trouble: SystemTrouble?

    package init(id: String, name: String, role: String, parallelism: Int = 1) {
        self.id = id
        self.name = name
        self.role = role
        self.parallelism = parallelism
    }
}

/// One partition of a source.
package struct PartitionState: Codable, Sendable, Hashable {
    /// The source's operator id and name.
    package var source: String
    package var table: String
    package var topic: String
    package var partition: Int32
    package var nextOffset: Int64
    package var endOffset: Int64?
    package var lag: Int64?
    package var watermark: Int64?
    package var lastEventTime: Int64?
    package var lastRecordAt: Int64?
    /// `reading`, `atEnd`, `waiting`, `ahead`, `gated`, `idle`, `finished`.
    package var activity: String
    package var lostOffsets: Int64 = 0
    /// Records taken in this attempt, whatever became of them, and their keys and values.
    package var readRecords = 0
    package var readBytes = 0

    package init(source: String, table: String, topic: String, partition: Int32, nextOffset: Int64, activity: String) {
        self.source = source
        self.table = table
        self.topic = topic
        self.partition = partition
        self.nextOffset = nextOffset
        self.activity = activity
    }
}

/// How a worker thread spends its time: sums of this attempt, and shares of the last few seconds.
package struct WorkerState: Codable, Sendable, Hashable {
    package var busySeconds = 0.0
    package var idleSeconds = 0.0
    /// Waiting for room in a queue or a sink.
    package var heldBackSeconds = 0.0
    package var busyShare = 0.0
    package var heldBackShare = 0.0

    package init() {}
}

/// A committed checkpoint.
package struct CheckpointState: Codable, Sendable, Hashable {
    package struct Offset: Codable, Sendable, Hashable {
        package var topic: String
        package var partition: Int32
        package var nextOffset: Int64
        package var lastEventTime: Int64?

        package init(topic: String, partition: Int32, nextOffset: Int64, lastEventTime: Int64?) {
            self.topic = topic
            self.partition = partition
            self.nextOffset = nextOffset
            self.lastEventTime = lastEventTime
        }
    }

    /// Records of a topic that had waited about so long for the commit since they were written.
    package struct Delay: Codable, Sendable, Hashable {
        package var topic: String
        package var milliseconds: Int64
        package var records: Int

        package init(topic: String, milliseconds: Int64, records: Int) {
            self.topic = topic
            self.milliseconds = milliseconds
            self.records = records
        }
    }

    package var epoch: Int64
    package var startedAt: Int64
    package var committedAt: Int64
    package var captureMilliseconds: Double
    package var storeMilliseconds: Double
    package var totalMilliseconds: Double
    /// By participant.
    package var prepareMilliseconds: [String: Double]
    package var commitMilliseconds: [String: Double]
    package var bytes: Int
    package var stateBytes: Int
    package var isSavepoint: Bool
    /// Whether its files are still there, so that a job can start from it.
    package var isKept: Bool
    /// Whether another process committed it: what its steps took and wrote is not known, and 0 here.
    package var isEarlier: Bool
    package var offsets: [Offset]
    package var delays: [Delay]

    package init(epoch: Int64, startedAt: Int64, totalMilliseconds: Double) {
        self.epoch = epoch
        self.startedAt = startedAt
        self.totalMilliseconds = totalMilliseconds
        committedAt = startedAt + Int64(totalMilliseconds)
        captureMilliseconds = 0
        storeMilliseconds = 0
        prepareMilliseconds = [:]
        commitMilliseconds = [:]
        bytes = 0
        stateBytes = 0
        isSavepoint = false
        isKept = true
        isEarlier = false
        offsets = []
        delays = []
    }
}

/// A system that takes part in commits.
package struct ParticipantState: Codable, Sendable, Hashable {
    /// For example `kafka` or `postgres/film`.
    package var id: String
    package var isDecider: Bool
    package var epoch: Int64
    package var commits: Int
    package var failures: Int
    /// Steps of commits that were tried again.
    package var retries = 0
    package var lastError: String?
    /// What it fails with now; nil where it answers.
    package var trouble: SystemTrouble?

    package init(id: String, isDecider: Bool, epoch: Int64 = 0, commits: Int = 0, failures: Int = 0) {
        self.id = id
        self.isDecider = isDecider
        self.epoch = epoch
        self.commits = commits
        self.failures = failures
    }
}

/// Records and rows put aside in this attempt.
package struct DeadLetterState: Codable, Sendable, Hashable {
    /// One of the last ones; its content stays where dead letters are kept.
    package struct Sample: Codable, Sendable, Hashable {
        package var `operator`: String
        package var reason: String
        package var message: String
        /// `topic-partition@offset`, which `millrace deadletters show` takes.
        package var place: String?
        package var failedAt: Int64?

        package init(operator name: String, reason: String, message: String, place: String?, failedAt: Int64?) {
            self.operator = name
            self.reason = reason
            self.message = message
            self.place = place
            self.failedAt = failedAt
        }
    }

    package var total: Int
    /// By operator name and reason.
    package var reasons: [String: [String: Int]]
    package var samples: [Sample]

    package init(total: Int, reasons: [String: [String: Int]], samples: [Sample]) {
        self.total = total
        self.reasons = reasons
        self.samples = samples
    }
}

/// What the process takes of its machine.
package struct ProcessState: Codable, Sendable, Hashable {
    package var id: Int32 = 0
    package var residentBytes = 0
    /// Without pages of files, which the kernel can take back.
    package var usedBytes = 0
    /// What `usedBytes` may come to; nil for no limit.
    package var memoryLimitBytes: Int?
    package var cpuSeconds = 0.0
    package var threads = 0
    package var openFiles = 0
    /// By name, the busiest first.
    package var threadGroups: [ThreadGroup] = []

    package init() {}
}

/// The threads of one name.
package struct ThreadGroup: Codable, Sendable, Hashable {
    /// As the system has it: 15 characters at most.
    package var name: String
    package var count: Int
    /// Since each of them began.
    package var cpuSeconds: Double

    package init(name: String, count: Int, cpuSeconds: Double) {
        self.name = name
        self.count = count
        self.cpuSeconds = cpuSeconds
    }
}
