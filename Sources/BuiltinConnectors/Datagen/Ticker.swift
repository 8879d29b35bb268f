internal import Foundation
internal import Synchronization

/// Calls readers' wake-ups at intervals, from a thread of its own, until it is stopped.
final class Ticker: Sendable {
    private struct State {
        var wakeUps: [@Sendable () -> Void] = []
        var isRunning = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let stopped = NSCondition()

    /// - Parameter seconds: those of the first call count.
    func add(_ wakeUp: @escaping @Sendable () -> Void, every seconds: Double) {
        let starts = state.withLock { state in
            state.wakeUps.append(wakeUp)
            defer { state.isRunning = true }
            return !state.isRunning && !state.isStopped
        }
        guard starts else { return }
        let thread = Thread { self.run(every: seconds) }
        thread.name = "datagen"
        thread.start()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        stopped.lock()
        stopped.broadcast()
        stopped.unlock()
    }

    private func run(every seconds: Double) {
        while true {
            stopped.lock()
            let isStopped = state.withLock { $0.isStopped }
            if !isStopped { _ = stopped.wait(until: Date(timeIntervalSinceNow: seconds)) }
            stopped.unlock()
            let wakeUps: [@Sendable () -> Void]? = state.withLock { $0.isStopped ? nil : $0.wakeUps }
            guard let wakeUps else { return }
            for wakeUp in wakeUps { wakeUp() }
        }
    }
}
