internal import Columnar

/// What the subtasks of one task share: the first error stops them all. Belongs to the worker.
final class TaskScope {
    private(set) var failure: ExecutionError?
    /// Of the worker that the task belongs to; set when that starts.
    var watch: PauseWatch?

    var isHealthy: Bool { failure == nil }

    func fail(_ error: any Error, _ context: ErrorContext) {
        if failure == nil { failure = ExecutionError.subtask(error, context) }
    }
}
