internal import Dataflow
internal import Synchronization

/// How long a worker stood still for checkpoints: from a barrier's reaching it until it takes in rows again, added up over what the
/// barrier does to all its subtasks. Belongs to the worker.
final class PauseWatch {
    private let clock: ProcessingClock
    private let log: PauseLog
    private var openedAt: UInt64?
    private var total: UInt64 = 0
    private var hasEpoch = false

    init(clock: ProcessingClock, log: PauseLog) {
        self.clock = clock
        self.log = log
    }

    /// A new barrier has come: what was counted for the one before is whole.
    func beginEpoch() {
        work()
        if hasEpoch { log.add(Int(total)) }
        hasEpoch = true
        total = 0
        openedAt = clock.monotonicNanoseconds()
    }

    /// A subtask is about to capture its state.
    func open() {
        if openedAt == nil { openedAt = clock.monotonicNanoseconds() }
    }

    /// Rows are taken in, or there are none to take in.
    @inline(__always)
    func work() {
        if openedAt != nil { close() }
    }

    private func close() {
        guard let start = openedAt else { return }
        openedAt = nil
        total += clock.monotonicNanoseconds() - start
    }
}

/// The last pauses of one worker, in nanoseconds; read from any thread.
final class PauseLog: Sendable {
    static let capacity = 1024

    private struct State {
        var pauses: [Int] = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Oldest first, but for where the oldest are overwritten.
    var pauses: [Int] { state.withLock { $0.pauses } }

    func add(_ nanoseconds: Int) {
        state.withLock { state in
            if state.pauses.count < Self.capacity {
                state.pauses.append(nanoseconds)
            } else {
                state.pauses[state.next] = nanoseconds
                state.next = (state.next + 1) % Self.capacity
            }
        }
    }
}
