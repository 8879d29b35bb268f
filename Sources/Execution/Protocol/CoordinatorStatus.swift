package import Dataflow

/// What the coordinator is doing, for progress lines and pages.
package struct CoordinatorStatus: Sendable {
    /// What the job is doing.
    package enum Phase: String, Sendable {
        case starting, running, checkpointing, restarting, stopped
        /// Ended by `lastError`.
        case failed
    }

    /// What the coordinator's thread is occupied with; each may wait for a system.
    package struct Activity: Hashable, Sendable {
        /// One of the steps of recovery or of a checkpoint.
        package enum Step: String, Hashable, Sendable {
            /// Connectors are made and their targets checked.
            case connecting
            case fencing, readingCheckpoints, healing, restoring
            /// Barriers are on their way through the job.
            case capturing
            case storing, preparing, committing, acknowledging
        }

        package var step: Step
        /// The system that is waited for.
        package var participant: String?
        /// The checkpoint, where it is one's.
        package var epoch: Int64?
        /// Milliseconds since 1970.
        package var since: Int64
    }

    /// How far a job is, in short.
    package struct Progress: Hashable, Sendable {
        /// What it is doing.
        package enum Phase: Hashable, Sendable {
            /// Connects, or puts state back.
            case starting
            /// Between attempts, or over.
            case waiting
            case running
        }

        /// The last committed checkpoint; 0 before the first.
        package var epoch: Int64
        package var phase: Phase
    }

    /// A series of attempts without a commit.
    package struct Trouble: Hashable, Sendable {
        /// Milliseconds since 1970: when the first attempt failed.
        package var since: Int64
        package var attemptCount: Int
        /// Milliseconds since 1970: when the next attempt begins.
        package var nextAttemptAt: Int64
        package var error: String
    }

    /// A committed checkpoint.
    package struct CheckpointTimes: Hashable, Sendable {
        package var epoch: Int64
        /// The manifest's file name.
        package var name = ""
        /// Whether another process committed it: what its steps took and wrote is not known.
        package var isEarlier = false
        /// Milliseconds since 1970: when its barriers were sent.
        package var startedAt: Int64
        package var captureNanoseconds = 0
        package var storeNanoseconds = 0
        package var totalNanoseconds = 0
        /// By participant: preparing and committing.
        package var prepareNanoseconds: [String: Int] = [:]
        package var commitNanoseconds: [String: Int] = [:]
        /// What was written for it.
        package var byteCount = 0
        package var stateByteCount = 0
        package var isSavepoint = false
        package var splits: [SplitState] = []
        /// How long records had waited for the commit since they were written, by topic.
        package var delays: [String: [RecordTimes.Delay]] = [:]
    }

    /// A system that commits.
    package struct ParticipantStatus: Hashable, Sendable {
        package var id: String
        package var isDecider: Bool
        /// The last epoch that it committed in this process; 0 before the first.
        package var epoch: Int64 = 0
        package var commitCount = 0
        package var failureCount = 0
        package var lastError: String?
    }

    /// Committed checkpoints that are remembered.
    package static let historyCount = 256

    package var phase = Phase.starting
    package var lineage = ""
    /// The last committed checkpoint; 0 before the first.
    package var epoch: Int64 = 0
    package var checkpointCount = 0
    package var lastCheckpointMilliseconds = 0
    package var lastCheckpointByteCount = 0
    package var stateByteCount = 0
    package var restartCount = 0
    /// The error of the last restart, or of the end.
    package var lastError: String?
    package var execution: ExecutionStatus?
    /// Nil while rows are processed and nothing else is done.
    package var activity: Activity?
    /// Nil once something was committed.
    package var trouble: Trouble?
    package var isPaused = false
    /// Whether nothing is read for want of memory.
    package var isHeld = false
    package var isStopping = false
    /// Whether a record that makes the job fail is searched for.
    package var isSearching = false
    package var lastSavepoint: Int64?
    /// The manifests that are there to go back to.
    package var keptManifests: Set<String> = []
    /// Of the last `historyCount` checkpoints, oldest first: those of earlier processes that are kept, then those of this one.
    package var history: [CheckpointTimes] = []
    /// What each sink was given up to the last committed checkpoint; empty where that is not known.
    package var written: [WrittenRows] = []
    /// The decider first.
    package var participants: [ParticipantStatus] = []
    /// What is running, for numbers of now.
    var live: JobExecution?

    package init() {}

    var progress: Progress {
        switch activity?.step {
        case .connecting, .fencing, .readingCheckpoints, .healing, .restoring:
            return Progress(epoch: epoch, phase: .starting)
        default: break
        }
        switch phase {
        case .starting: return Progress(epoch: epoch, phase: .starting)
        case .restarting, .stopped, .failed: return Progress(epoch: epoch, phase: .waiting)
        case .running, .checkpointing: return Progress(epoch: epoch, phase: .running)
        }
    }

    /// Bytes that the operators' states hold now.
    package var heldByteCount: Int {
        execution?.vertices.reduce(0) { $0 + $1.stateBytes } ?? stateByteCount
    }
}
