package import Columnar
package import Dataflow

/// What a split is doing: the first place to look when nothing comes out of a job.
package enum SplitActivity: String, Hashable, Sendable, Codable {
    /// There may be more right now; where nothing moves, something behind the source has no room.
    case reading
    /// Read to its end, and not yet silent for long enough to be idle.
    case atEnd
    /// Nothing has come, and it is not known whether more is there: it holds the watermark.
    case waiting
    /// Too far ahead of the slowest split: the others have to catch up first.
    case ahead
    /// Not read until an operator has loaded its other input.
    case gated
    /// At its end and silent: it does not hold the watermark.
    case idle
    case finished
}

/// Where a split is.
package struct SplitStatus: Hashable, Sendable {
    package var id: SplitID
    /// The offset of the next record to read; as of at most the report interval ago.
    package var nextOffset: Int64
    /// One past the last record of the split; nil where unknown.
    package var endOffset: Int64?
    /// Nil before the first row, and without a watermark strategy.
    package var watermark: Timestamp?
    /// The greatest event time read; nil before the first row, and without a watermark strategy.
    package var maximumTime: Timestamp? = nil
    /// When something last came, by the wall clock; nil before that.
    package var lastRecordTime: Timestamp? = nil
    package var activity: SplitActivity
    /// Offsets that were gone before they could be read; see `SplitState.lostCount`.
    package var lostCount: Int64 = 0
    /// Records taken in this attempt, whatever became of them, and their bytes.
    package var recordCount = 0
    package var byteCount = 0

    package var isIdle: Bool { activity == .idle }
    package var hasFinished: Bool { activity == .finished }

    /// Records not read yet; nil where unknown.
    package var lag: Int64? { endOffset.map { max($0 - nextOffset, 0) } }
}

/// The numbers of one vertex, summed over its subtasks.
package struct VertexStatus: Sendable {
    package var uid: String
    package var name: String
    package var parallelism: Int
    package var rowsIn: Int
    package var rowsOut: Int
    package var batchesIn: Int
    package var batchesOut: Int
    /// Of records that a source has read.
    package var bytesIn = 0
    /// Of rows as a sink has encoded them.
    package var bytesOut = 0
    /// By input: 0 left, 1 right.
    package var lateRows: [Int]
    package var deadLetters: Int
    package var deadLetterReasons: [String: Int]
    /// The last ones of each subtask.
    package var deadLetterSamples: [RejectionLog.Sample]
    package var skippedRows: Int
    /// As of the last checkpoint.
    package var stateEntries: Int
    package var stateBytes: Int
    /// The least of its subtasks' watermarks; nil before every subtask has one.
    package var watermark: Timestamp?
    /// Batches waiting before the vertex; 0 where it is called directly.
    package var queuedBatches: Int
    /// For how long subtasks had input and no room for what would come of it, where the vertex is the first of its task.
    package var heldBackNanoseconds = 0
    /// Of a source; empty otherwise.
    package var splits: [SplitStatus]
}

/// How a worker thread has spent its time so far, in nanoseconds.
package struct WorkerStatus: Sendable {
    package var busyNanoseconds: Int
    package var idleNanoseconds: Int
    /// Waiting for room in a queue or a sink.
    package var heldBackNanoseconds: Int
    /// How long each of the last checkpoints kept the worker from taking in rows.
    package var checkpointPauseNanoseconds: [Int]
}

/// A job's numbers at one moment; cheap to make.
package struct ExecutionStatus: Sendable {
    /// In the order of the job graph.
    package var vertices: [VertexStatus]
    package var workers: [WorkerStatus]
}
