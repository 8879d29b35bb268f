internal import Dataflow
internal import Dispatch
internal import Execution
internal import Foundation
internal import Logging
internal import Synchronization

/// Keeps a job below its memory limit by what `MemoryGuard` says: looks ten times a second, and fifty times while state is put back, which
/// goes fast, or half of the limit is used.
final class MemoryKeeper: Sendable {
    private static let period = DispatchTimeInterval.milliseconds(20)
    /// Of so many looks all but one are left out while a running job is far from its limit.
    private static let restfulCount = 5
    /// A job that does not end within this time after it was told to is ended.
    private static let endNanoseconds: UInt64 = 5_000_000_000

    private struct State {
        var guarding: MemoryGuard
        var stoppedAt: UInt64?
        var count = 0
        var used = 0
    }

    private let job: JobRun
    private let logger: Logger
    private let limit: Int
    private let state: Mutex<State>

    init(_ job: JobRun, limit: Int, logger: Logger) {
        self.job = job
        self.logger = logger
        self.limit = limit
        state = Mutex(State(guarding: MemoryGuard(limit: limit)))
    }

    /// Looks after the memory until it is cancelled.
    func start() -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "memory limit"))
        timer.schedule(deadline: .now() + Self.period, repeating: Self.period)
        timer.setEventHandler { [self] in look() }
        timer.resume()
        return timer
    }

    private func look() {
        let progress = job.progress
        let isDue = state.withLock { state in
            state.count += 1
            return progress.phase == .starting || state.used >= limit / 2 || state.count % Self.restfulCount == 0
        }
        guard isDue else { return }
        let used = UsedMemory.byteCount
        let now = ProcessingClock.system.monotonicNanoseconds()
        let (step, stoppedAt) = state.withLock { state in
            state.used = used
            if let stoppedAt = state.stoppedAt { return (MemoryGuard.Step.nothing, stoppedAt as UInt64?) }
            let step = state.guarding.step(
                used: used, epoch: progress.epoch, MemoryGuard.Phase(progress.phase), now: now)
            if step == .stop { state.stoppedAt = now }
            return (step, nil)
        }
        switch step {
        case .nothing:
            if let stoppedAt, used >= limit || now &- stoppedAt > Self.endNanoseconds { end(used) }
        case .hold:
            job.requestHold(true)
            job.requestCheckpoint()
            logger.warning("Memory is near its limit: nothing is read until it is less", metadata: figures(used))
        case .relieve:
            job.requestCheckpoint()
            FreedMemory.giveBack()
        case .release:
            job.requestHold(false)
            logger.notice("Memory is below its limit again: reading goes on", metadata: figures(used))
        case .stop:
            logger.error("The job needs more memory than it may have", metadata: figures(used))
            job.requestFailure(error(used))
            if used >= limit { end(used) }
        }
    }

    private func error(_ used: Int) -> JobServiceError {
        let status = job.status
        return JobServiceError(
            .memoryLimit,
            "the job needs more memory than its limit of \(CheckpointReport.byteCount(limit)): "
                + "\(CheckpointReport.byteCount(used)) are in use, "
                + "\(CheckpointReport.byteCount(status.heldByteCount)) of them by state; "
                + "nothing since checkpoint \(status.epoch) is lost: raise MILLRACE_MEMORY_LIMIT (and the container's limit) and "
                + "start again, or let the state be smaller (table.exec.temporal-join.retention, fewer columns, more jobs)"
        )
    }

    private func figures(_ used: Int) -> Logger.Metadata {
        ["used_bytes": "\(used)", "limit_bytes": "\(limit)", "state_bytes": "\(job.status.heldByteCount)"]
    }

    /// The next bytes would be the kernel's to refuse.
    private func end(_ used: Int) -> Never {
        let error = error(used)
        try? FileHandle.standardError.write(contentsOf: Data("error: \(error)\n".utf8))
        exit(error.status.rawValue)
    }
}

extension MemoryGuard.Phase {
    fileprivate init(_ phase: CoordinatorStatus.Progress.Phase) {
        self =
            switch phase {
            case .starting: .starting
            case .waiting: .waiting
            case .running: .running
            }
    }
}
