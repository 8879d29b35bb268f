internal import Synchronization

/// What all workers of a job share: orders to them, and how they end.
final class JobControl: Sendable {
    private struct State {
        var failure: ExecutionError?
        var runningTaskCount: Int
        var runningWorkerCount = 0
        var hasReportedEnd = false
    }

    let signals: [WorkerSignal]
    let reports: CheckpointRun
    private let stopping = Atomic(false)
    private let paused = Atomic(false)
    private let state: Mutex<State>
    /// Woken when the last worker has ended.
    private let ended = WorkerSignal()
    private let events: @Sendable (ExecutionEvent) -> Void

    init(
        signals: [WorkerSignal], taskCount: Int, reports: CheckpointRun,
        events: @escaping @Sendable (ExecutionEvent) -> Void
    ) {
        self.signals = signals
        self.reports = reports
        self.events = events
        state = Mutex(State(runningTaskCount: taskCount))
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }
    var isPaused: Bool { paused.load(ordering: .acquiring) }

    func wakeAll() {
        for signal in signals { signal.wake() }
    }

    func setPaused(_ value: Bool) {
        paused.store(value, ordering: .sequentiallyConsistent)
        wakeAll()
    }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        wakeAll()
    }

    /// A worker has met an error; the first one counts.
    func fail(_ error: ExecutionError) {
        let isFirst = state.withLock { state in
            if state.failure != nil || stopping.load(ordering: .acquiring) { return false }
            state.failure = error
            return true
        }
        stop()
        guard isFirst else { return }
        reports.close(error)
        events(.failed(error))
    }

    /// A task has handed on its last row.
    func taskEnded() {
        let isLast = state.withLock { state in
            state.runningTaskCount -= 1
            guard state.runningTaskCount == 0 && !state.hasReportedEnd else { return false }
            state.hasReportedEnd = true
            return true
        }
        if isLast { events(.finished) }
    }

    func workerStarted() {
        state.withLock { $0.runningWorkerCount += 1 }
    }

    func workerEnded() {
        let isLast = state.withLock { state in
            state.runningWorkerCount -= 1
            return state.runningWorkerCount == 0
        }
        if isLast { ended.wake() }
    }

    /// Waits for the workers to end; one thread at a time.
    ///
    /// - Returns: false when the time was not enough.
    func waitForWorkers(milliseconds: Int) -> Bool {
        let limit = UInt64(milliseconds) * 1_000_000
        ended.beginRound()
        if state.withLock({ $0.runningWorkerCount == 0 }) { return true }
        ended.wait(nanoseconds: limit)
        return state.withLock { $0.runningWorkerCount == 0 }
    }
}
