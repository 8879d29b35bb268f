internal import Synchronization

/// What a connector's wake-up sets from any thread: splits that had nothing may have something.
final class SourceNews: Sendable {
    private let hasNews = Atomic(false)
    private let signal: WorkerSignal

    init(signal: WorkerSignal) {
        self.signal = signal
    }

    func announce() {
        hasNews.store(true, ordering: .sequentiallyConsistent)
        signal.wake()
    }

    /// Whether there was news since the last call.
    func take() -> Bool {
        guard hasNews.load(ordering: .sequentiallyConsistent) else { return false }
        hasNews.store(false, ordering: .sequentiallyConsistent)
        return true
    }
}
