internal import Columnar
internal import Dataflow

/// What the subtasks of one task share: the first error stops them all. Belongs to the worker.
final class TaskScope {
    private(set) var failure: ExecutionError?
    /// Of the worker that the task belongs to; set when that starts.
    var watch: PauseWatch?
    /// Of the task's first vertex.
    var heldBack: Counter?
    /// Since when the task has had input and no room behind, by the monotonic clock.
    private var heldSince: UInt64?

    var isHealthy: Bool { failure == nil }

    /// Counts the time between a step that was held back and the next one that was not.
    func note(_ result: StepResult, now: UInt64) {
        if let since = heldSince { heldBack?.add(Int(now &- since)) }
        heldSince = result == .heldBack ? now : nil
    }

    func fail(_ error: any Error, _ context: ErrorContext) {
        if failure == nil { failure = ExecutionError.subtask(error, context) }
    }
}
