internal import Columnar
internal import Dataflow
internal import Dispatch
internal import Execution
internal import HTTPService
internal import Synchronization

/// A running job as snapshots, with rates over the last few seconds.
final class JobMonitor: Sendable {
    private struct Sample {
        var takenAt: UInt64
        var operators: [OperatorState]
        var workers: [WorkerState]
    }

    /// Rates are over as many samples, one a second.
    private static let sampleCount = 5

    private let job: JobRun
    private let memoryLimit: Int?
    private let startedAt = ProcessingClock.system.now().microseconds / 1000
    private let samples = Mutex<[Sample]>([])
    private let isReaderAwaited = Atomic(false)
    private let wasRead = DispatchSemaphore(value: 0)
    /// When somebody last looked at everything, by the monotonic clock; 0 before that.
    private let lastWatched = Atomic<UInt64>(0)
    private let sawFailure = DispatchSemaphore(value: 0)
    /// Who has looked within that time looks again.
    private static let watchingNanoseconds: UInt64 = 6_000_000_000

    init(_ job: JobRun, memoryLimit: Int?) {
        self.job = job
        self.memoryLimit = memoryLimit
    }

    /// Remembers the numbers of now; called once a second.
    func sample() {
        let snapshot = raw()
        let sample = Sample(
            takenAt: ProcessingClock.system.monotonicNanoseconds(), operators: snapshot.operators,
            workers: snapshot.workers)
        samples.withLock { samples in
            if samples.count >= Self.sampleCount { samples.removeFirst() }
            samples.append(sample)
        }
    }

    /// Somebody has asked over HTTP for the end, and will want to know what came of it.
    func awaitReader() { isReaderAwaited.store(true, ordering: .relaxed) }

    func didTell(_ job: JobState) {
        if job.phase == "stopped" { wasRead.signal() }
    }

    /// Waits, where somebody is awaited, until the end has been read.
    func waitForReader(milliseconds: Int) {
        guard isReaderAwaited.load(ordering: .relaxed) else { return }
        _ = wasRead.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    func didTellStatus(_ job: JobState) {
        lastWatched.store(ProcessingClock.system.monotonicNanoseconds(), ordering: .relaxed)
        if job.phase == "failed" { sawFailure.signal() }
    }

    /// Waits, where somebody has been watching until now, until the failure has been seen.
    func waitForWatcher(milliseconds: Int) {
        let last = lastWatched.load(ordering: .relaxed)
        guard last > 0, ProcessingClock.system.monotonicNanoseconds() &- last < Self.watchingNanoseconds else { return }
        _ = sawFailure.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    func snapshot() -> JobSnapshot {
        var snapshot = raw()
        snapshot.process = ProcessState.current()
        snapshot.process.memoryLimitBytes = memoryLimit
        guard let oldest = samples.withLock({ $0.first }) else { return snapshot }
        let now = ProcessingClock.system.monotonicNanoseconds()
        let seconds = Double(now &- oldest.takenAt) / 1e9
        guard seconds > 0.1 else { return snapshot }
        for (index, former) in zip(snapshot.operators.indices, oldest.operators) {
            let current = snapshot.operators[index]
            // Counts begin anew with every attempt.
            guard current.rowsIn >= former.rowsIn, current.rowsOut >= former.rowsOut else { continue }
            snapshot.operators[index].rowsInRate = Double(current.rowsIn - former.rowsIn) / seconds
            snapshot.operators[index].rowsOutRate = Double(current.rowsOut - former.rowsOut) / seconds
            let heldBack = current.heldBackSeconds - former.heldBackSeconds
            snapshot.operators[index].heldBackShare = min(
                max(heldBack / seconds / Double(max(current.parallelism, 1)), 0), 1)
        }
        for (index, former) in zip(snapshot.workers.indices, oldest.workers) {
            let current = snapshot.workers[index]
            guard current.busySeconds >= former.busySeconds, current.heldBackSeconds >= former.heldBackSeconds else {
                continue
            }
            snapshot.workers[index].busyShare = min((current.busySeconds - former.busySeconds) / seconds, 1)
            snapshot.workers[index].heldBackShare = min((current.heldBackSeconds - former.heldBackSeconds) / seconds, 1)
        }
        return snapshot
    }

    private func raw() -> JobSnapshot {
        JobSnapshot(
            job.status, of: job, startedAt: startedAt, now: ProcessingClock.system.now().microseconds / 1000)
    }
}
