internal import Dataflow
internal import StateBackends

/// What one subtask of a task captured at a barrier.
struct TaskCapture: Sendable {
    var segments: [StateSegment] = []
    var descriptors: [String: [StateDescriptor]] = [:]
    var stateByteCount = 0
    /// Source uid and positions, where the task has a source.
    var source: (uid: String, splits: [SplitState])?
    /// Whether the source had ended; true for tasks without one.
    var hasEnded = true
    /// Rows that each sink was given since the barrier before, by sink uid.
    var sinkRows: [String: Int] = [:]
    /// When the records since the barrier before were written, by topic.
    var recordTimes: [String: RecordTimes] = [:]

    /// Saves the states of one operator's subtask.
    ///
    /// - Parameter keyGroups: those that the subtask owns.
    mutating func add(
        _ states: [any CheckpointedState], uid: String, keyGroups: Range<Int>, barrier: CheckpointBarrier,
        metrics: SubtaskMetrics
    ) {
        guard !states.isEmpty else { return }
        var (entryCount, byteCount) = (0, 0)
        for state in states {
            if let changes = state.takeChanges() { append(changes, .changes, state, uid, keyGroups) }
            if let full = barrier.fullKeyGroups?.clamped(to: keyGroups), !full.isEmpty {
                // About as much as its share of the memory; growing would copy what is written.
                let share = Double(full.count) / Double(keyGroups.count)
                let buffer = SnapshotBuffer(capacity: Int(Double(state.byteCount) * share * 1.1))
                state.writeFull(keyGroups: full, into: buffer)
                append(buffer, .full, state, uid, full)
            }
            entryCount += state.entryCount
            byteCount += state.byteCount
        }
        descriptors[uid] = states.map(\.descriptor)
        stateByteCount += byteCount
        metrics.stateEntries.set(entryCount)
        metrics.stateBytes.set(byteCount)
    }

    private mutating func append(
        _ buffer: SnapshotBuffer, _ kind: StateSegment.Kind, _ state: any CheckpointedState, _ uid: String,
        _ keyGroups: Range<Int>
    ) {
        segments.append(
            StateSegment(
                operatorUID: uid, stateName: state.descriptor.name, kind: kind, keyGroups: keyGroups, buffer: buffer))
    }
}
