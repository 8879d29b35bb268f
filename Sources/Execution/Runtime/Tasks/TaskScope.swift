internal import Columnar

/// What the subtasks of one task share: the first error stops them all. Belongs to the worker.
final class TaskScope {
    private(set) var failure: ExecutionError?

    var isHealthy: Bool { failure == nil }

    func fail(_ error: any Error, _ context: ErrorContext) {
        if failure == nil { failure = ExecutionError.subtask(error, context) }
    }
}
