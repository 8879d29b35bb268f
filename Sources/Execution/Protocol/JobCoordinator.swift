package import Dataflow
internal import Synchronization

/// Drives one job: performs what `CommitProtocol` decides, one action at a time, on the thread that calls `run`.
///
/// Processing goes on in `JobExecution`'s threads meanwhile; rows of the next epoch wait in the sinks while one is committed.
package final class JobCoordinator: Sendable {
    /// Limits and intervals.
    package struct Configuration: Sendable {
        package var checkpointIntervalMilliseconds = 1000
        package var retainedCheckpointCount = 10
        /// Restarts without a commit in between before the job fails.
        package var maximumRestartCount = 1_000_000
        package var firstBackOffMilliseconds = 200
        package var maximumBackOffMilliseconds = 10_000
        /// What a restart waits longer, and up to as much again, after another instance has taken over.
        package var fencedBackOffMilliseconds = 1500
        /// Offsets are committed anew after that long without input, so that they do not expire.
        package var idleCommitMilliseconds = 6 * 3_600_000
        package var keyGroupCount = 128
        /// Bytes that the process may take; nil for no limit.
        package var memoryLimit: Int?

        package init() {}
    }

    /// What one attempt runs on; made anew for each, so that no connection outlives its attempt.
    package struct Attempt: Sendable {
        package var job: JobIdentity
        package var execution: JobExecution
        /// Started; stopped with the attempt.
        package var sinks: [any Sink]
        /// Each once.
        package var participants: [any CommitParticipant]

        package init(
            job: JobIdentity, execution: JobExecution, sinks: [any Sink], participants: [any CommitParticipant]
        ) {
            self.job = job
            self.execution = execution
            self.sinks = sinks
            self.participants = participants
        }
    }

    /// How a job ended.
    package enum Outcome: Sendable {
        case finished
        case stopped
    }

    enum Message: Sendable {
        case executionFailed(attempt: Int, any Error)
        case inputEnded(attempt: Int)
        case membership(attempt: Int, MembershipNews)
        case captured(attempt: Int, Result<CheckpointCapture, any Error>)
        case stopRequested
        /// The last checkpoint is kept.
        case stopWithSavepointRequested
        case checkpointRequested
        case savepointRequested
        case pauseRequested(Bool)
        case failureRequested(any Error & Sendable)
    }

    let configuration: Configuration
    let jobName: String
    let startingPoint: CommitProtocol.StartingPoint
    let repository: CheckpointRepository
    let clock: ProcessingClock
    let log: @Sendable (LogEvent) -> Void
    /// Makes the parts of an attempt; its events go to the closure.
    let makeAttempt: @Sendable (_ events: @escaping @Sendable (ExecutionEvent) -> Void) throws -> Attempt
    let makeIdentifier: @Sendable () -> String
    let messages = EventQueue<Message>()
    let reports: Mutex<CoordinatorStatus>

    package init(
        jobName: String, configuration: Configuration, startingPoint: CommitProtocol.StartingPoint,
        repository: CheckpointRepository, clock: ProcessingClock, log: @escaping @Sendable (LogEvent) -> Void,
        makeIdentifier: @escaping @Sendable () -> String,
        makeAttempt: @escaping @Sendable (_ events: @escaping @Sendable (ExecutionEvent) -> Void) throws -> Attempt
    ) {
        self.jobName = jobName
        self.configuration = configuration
        self.startingPoint = startingPoint
        self.repository = repository
        self.clock = clock
        self.log = log
        self.makeIdentifier = makeIdentifier
        self.makeAttempt = makeAttempt
        reports = Mutex(CoordinatorStatus())
    }

    /// Asks for a last checkpoint and an orderly end; from any thread, any number of times.
    package func requestStop() { messages.put(.stopRequested) }

    /// As `requestStop`; the last checkpoint is kept until somebody deletes it.
    package func requestStopWithSavepoint() { messages.put(.stopWithSavepointRequested) }

    /// Asks for a checkpoint now.
    package func requestCheckpoint() { messages.put(.checkpointRequested) }

    /// Asks for a checkpoint now that is kept until somebody deletes it; `CoordinatorStatus.lastSavepoint` tells when it is there.
    package func requestSavepoint() { messages.put(.savepointRequested) }

    /// Leaves the sources alone, over restarts too, until told otherwise. Checkpoints go on.
    package func requestPause(_ isPaused: Bool) { messages.put(.pauseRequested(isPaused)) }

    /// Leaves the sources alone from this moment on, also while a commit waits, over restarts too, until told otherwise: what is short is
    /// not a matter of the coordinator's turn.
    package func hold(_ isHeld: Bool) { changePause { $0.isHeld = isHeld } }

    /// Ends the job with this error, without a last checkpoint and without a restart.
    package func requestFailure(_ error: any Error & Sendable) { messages.put(.failureRequested(error)) }

    /// Sees to it that what runs is paused where an operator or a lack of memory wants it.
    func changePause(_ change: (inout CoordinatorStatus) -> Void) {
        reports.withLock { report in
            change(&report)
            if report.isPaused || report.isHeld { report.live?.pause() } else { report.live?.resume() }
        }
    }

    /// How far the job is; costs little.
    package var progress: CoordinatorStatus.Progress { reports.withLock { $0.progress } }

    /// What the job is doing; its numbers are those of now also while the coordinator waits for a system.
    package var status: CoordinatorStatus {
        var (status, execution) = reports.withLock { ($0, $0.live) }
        if let execution { status.execution = execution.status() }
        status.live = nil
        return status
    }

    /// Runs the job until it ends. Blocks: call it on a thread of its own.
    ///
    /// - Throws: `Refusal`; the error that made the job fail.
    package func run() throws -> Outcome {
        var run = CoordinatorRun(self)
        do {
            return try run.loop()
        } catch {
            reports.withLock { report in
                report.phase = .failed
                report.lastError = "\(error)"
                report.activity = nil
                report.trouble = nil
                report.live = nil
            }
            throw error
        }
    }
}
