internal import Foundation
internal import Synchronization

/// Work on a thread of its own, beside a test that blocks: the pool of tasks may have no thread left for it.
final class BesideThread: Sendable {
    private let outcome = Mutex<(any Error)?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () throws -> Void) {
        Thread.detachNewThread { [self] in
            do { try body() } catch { outcome.withLock { $0 = error } }
            ended.signal()
        }
    }

    /// Waits for the end of the work; once.
    func join() throws {
        ended.wait()
        if let error = outcome.withLock({ $0 }) { throw error }
    }
}
