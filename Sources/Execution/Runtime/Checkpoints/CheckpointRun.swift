internal import Dataflow
internal import Synchronization

/// The checkpoint under way: hands its barrier to the sources and gathers what the tasks capture.
final class CheckpointRun: Sendable {
    typealias Completion = @Sendable (Result<CheckpointCapture, any Error>) -> Void

    fileprivate struct Pending {
        var barrier: CheckpointBarrier
        var capture: CheckpointCapture
        var missingCount: Int
        var completion: Completion
    }

    private struct State {
        var pending: Pending?
        var lastEpoch = Int64.min
        /// Once set, no checkpoint comes about any more.
        var closed: ExecutionError?
    }

    private let state = Mutex(State())
    /// Raised when a barrier is ready to be put in; sources compare it with what they have seen.
    private let generation = Atomic(0)
    private let taskCount: Int

    /// - Parameter taskCount: the number of reports that make a checkpoint whole.
    init(taskCount: Int) {
        self.taskCount = taskCount
    }

    /// Registers a checkpoint; `release` lets its barrier go.
    ///
    /// - Returns: false where it was refused, and `completion` called with the reason.
    func begin(_ barrier: CheckpointBarrier, _ completion: @escaping Completion) -> Bool {
        let refusal: ExecutionError? = state.withLock { state in
            if let closed = state.closed { return closed }
            if let pending = state.pending {
                return ExecutionError(
                    .checkpointAborted,
                    "checkpoint \(barrier.epoch) was asked for while \(pending.barrier.epoch) is under way")
            }
            if barrier.epoch <= state.lastEpoch {
                return ExecutionError(
                    .checkpointAborted, "checkpoint \(barrier.epoch) was asked for after \(state.lastEpoch)")
            }
            let capture = CheckpointCapture(
                epoch: barrier.epoch, sources: [:], segments: [], descriptors: [:], stateByteCount: 0, isFinal: true)
            state.pending = Pending(
                barrier: barrier, capture: capture, missingCount: taskCount, completion: completion)
            state.lastEpoch = barrier.epoch
            return nil
        }
        if let refusal { completion(.failure(refusal)) }
        return refusal == nil
    }

    /// Lets the barrier go to the sources; the workers are to be woken then.
    func release() {
        generation.add(1, ordering: .sequentiallyConsistent)
    }

    /// The barrier to put in, where there is one that the caller has not seen.
    func barrier(since seen: inout Int) -> CheckpointBarrier? {
        let current = generation.load(ordering: .acquiring)
        guard current != seen else { return nil }
        seen = current
        return state.withLock { $0.pending?.barrier }
    }

    func report(_ capture: TaskCapture, epoch: Int64) {
        let whole: Pending? = state.withLock { state in
            guard state.pending?.barrier.epoch == epoch else { return nil }
            state.pending?.add(capture)
            guard let pending = state.pending, pending.missingCount == 0 else { return nil }
            state.pending = nil
            return pending
        }
        if let whole { whole.completion(.success(whole.capture)) }
    }

    /// Ends the checkpoint under way and all later ones with `error`.
    func close(_ error: ExecutionError) {
        let pending = state.withLock { state in
            state.closed = state.closed ?? error
            let pending = state.pending
            state.pending = nil
            return pending
        }
        pending?.completion(.failure(error))
    }
}

extension CheckpointRun.Pending {
    fileprivate mutating func add(_ task: TaskCapture) {
        missingCount -= 1
        capture.segments.append(contentsOf: task.segments)
        capture.descriptors.merge(task.descriptors) { first, _ in first }
        capture.stateByteCount += task.stateByteCount
        capture.sinkRows.merge(task.sinkRows, uniquingKeysWith: +)
        for (topic, times) in task.recordTimes { capture.recordTimes[topic, default: RecordTimes()].merge(times) }
        capture.isFinal = capture.isFinal && task.hasEnded
        if let source = task.source { capture.sources[source.uid, default: []].append(contentsOf: source.splits) }
    }
}
