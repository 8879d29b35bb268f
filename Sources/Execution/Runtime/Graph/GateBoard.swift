internal import Synchronization

/// The gates that are still closed, seen by all workers.
final class GateBoard: Sendable {
    private struct State {
        /// Subtasks of each gate that still refuse the input.
        var closed: [GatePlan.Gate: Int] = [:]
        var held: [Int: Set<GatePlan.Gate>] = [:]
        var elastic: Set<GatePlan.Gate> = []
        var onElasticOpen: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    /// Raised whenever a gate opens: sources look again then.
    let version = Atomic(0)

    /// Before the workers start.
    ///
    /// - Parameter closed: the number of subtasks that refuse the input, by gate.
    func install(_ plan: GatePlan, closed: [GatePlan.Gate: Int]) {
        state.withLock { state in
            state.closed = closed
            state.held = plan.heldSources
            state.elastic = plan.elasticGates
        }
    }

    func isHeld(source vertex: Int) -> Bool {
        state.withLock { !($0.held[vertex] ?? []).isEmpty }
    }

    func isElastic(_ gate: GatePlan.Gate) -> Bool {
        state.withLock { $0.elastic.contains(gate) }
    }

    /// A subtask accepts the input from now on.
    ///
    /// - Returns: whether the gate is open everywhere, so that all workers are to be woken.
    func open(_ gate: GatePlan.Gate) -> Bool {
        let (isOpen, action): (Bool, (@Sendable () -> Void)?) = state.withLock { state in
            guard let count = state.closed[gate] else { return (false, nil) }
            state.closed[gate] = count > 1 ? count - 1 : nil
            guard count == 1 else { return (false, nil) }
            for source in state.held.keys { state.held[source]?.remove(gate) }
            guard state.elastic.remove(gate) != nil && state.elastic.isEmpty else { return (true, nil) }
            let action = state.onElasticOpen
            state.onElasticOpen = nil
            return (true, action)
        }
        if isOpen { version.add(1, ordering: .sequentiallyConsistent) }
        action?()
        return isOpen
    }

    /// Calls `action` when no gate holds checkpoints back: now, or on the worker that opens the last one. Replaces an
    /// earlier action.
    func whenCheckpointsMayPass(_ action: @escaping @Sendable () -> Void) {
        let isOpen = state.withLock { state in
            if state.elastic.isEmpty { return true }
            state.onElasticOpen = action
            return false
        }
        if isOpen { action() }
    }
}
