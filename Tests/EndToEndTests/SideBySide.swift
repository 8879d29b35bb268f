import Foundation
import Synchronization
import Testing

/// Runs the tests of a suite on threads that may wait: they start services and wait for them, and the cooperative pool has no
/// more threads than the machine has cores.
struct SideBySide: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(WaitingThreads.shared) { try await function() }
    }
}

extension Trait where Self == SideBySide {
    static var sideBySide: Self { SideBySide() }
}

/// A few threads that run jobs in the order in which they come.
private final class WaitingThreads: TaskExecutor {
    /// More would make services that are timed wait for one another.
    static let shared = WaitingThreads(count: 4)

    private let queue = OperationQueue()

    private init(count: Int) {
        queue.maxConcurrentOperationCount = count
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.addOperation { job.runSynchronously(on: executor) }
    }
}
