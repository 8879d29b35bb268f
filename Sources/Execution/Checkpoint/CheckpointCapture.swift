package import Dataflow
package import StateBackends

/// A piece of a state's snapshot, as its subtask handed it over.
package struct StateSegment: Sendable {
    /// How much of the state a segment holds.
    package enum Kind: String, Sendable, Codable {
        /// What changed since the checkpoint before.
        case changes
        /// Every entry of the key groups.
        case full
    }

    package var operatorUID: String
    package var stateName: String
    package var kind: Kind
    /// For `full`, the key groups that are whole in it; for `changes`, those that its subtask owned.
    package var keyGroups: Range<Int>
    package var buffer: SnapshotBuffer

    package init(
        operatorUID: String, stateName: String, kind: Kind, keyGroups: Range<Int>, buffer: SnapshotBuffer
    ) {
        self.operatorUID = operatorUID
        self.stateName = stateName
        self.kind = kind
        self.keyGroups = keyGroups
        self.buffer = buffer
    }
}

/// Everything that the subtasks captured at the barriers of one checkpoint.
package struct CheckpointCapture: Sendable {
    package var epoch: Int64
    /// Positions and watermarks by source uid.
    package var sources: [String: [SplitState]]
    package var segments: [StateSegment]
    /// Shapes of all states by operator uid, those without bytes included.
    package var descriptors: [String: [StateDescriptor]]
    /// Bytes held by all states, for deciding what to save in full next.
    package var stateByteCount: Int
    /// Whether every source had ended before the barrier: nothing will follow.
    package var isFinal: Bool
    /// Rows that each sink was given since the barrier before, by sink uid.
    package var sinkRows: [String: Int] = [:]
    /// When the records since the barrier before were written, by topic.
    package var recordTimes: [String: RecordTimes] = [:]

    package init(
        epoch: Int64, sources: [String: [SplitState]], segments: [StateSegment],
        descriptors: [String: [StateDescriptor]], stateByteCount: Int, isFinal: Bool
    ) {
        self.epoch = epoch
        self.sources = sources
        self.segments = segments
        self.descriptors = descriptors
        self.stateByteCount = stateByteCount
        self.isFinal = isFinal
    }
}

/// A segment to restore, with the key groups that are to be taken from it.
package struct RestoredSegment: Sendable {
    package var operatorUID: String
    package var stateName: String
    package var keyGroups: KeyGroupSet
    package var buffer: SnapshotBuffer
    /// The segment's bytes in the buffer, which may hold others too.
    package var range: Range<Int>
    /// The shape that the state had when it was saved, as the manifest says; nil where that is known to be the same.
    package var descriptor: StateDescriptor?

    package init(
        operatorUID: String, stateName: String, keyGroups: KeyGroupSet, buffer: SnapshotBuffer,
        range: Range<Int>? = nil, descriptor: StateDescriptor? = nil
    ) {
        self.operatorUID = operatorUID
        self.stateName = stateName
        self.keyGroups = keyGroups
        self.buffer = buffer
        self.range = range ?? 0..<buffer.count
        self.descriptor = descriptor
    }

    /// The segment's bytes; valid as long as the buffer lives (`withExtendedLifetime`).
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer.bytes[range]) }
}

/// What a job starts from.
package struct RestoredJob: Sendable {
    /// Positions and watermarks by source uid; empty for a new job.
    package var sources: [String: [SplitState]]
    /// In the order in which they are to be applied.
    package var segments: [RestoredSegment]
    /// What reads more of them, after `segments`, while they are applied; nil where there are no more.
    package var reader: SegmentReader?

    package init(
        sources: [String: [SplitState]] = [:], segments: [RestoredSegment] = [], reader: SegmentReader? = nil
    ) {
        self.sources = sources
        self.segments = segments
        self.reader = reader
    }
}
