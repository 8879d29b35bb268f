internal import Dataflow

/// How a worker spent its time, in nanoseconds.
final class WorkerTimes: Sendable {
    let busy = Counter()
    /// Nothing to do.
    let idle = Counter()
    /// Something to do, and no room for it.
    let heldBack = Counter()
    /// Standing still for checkpoints.
    let pauses = PauseLog()
}
