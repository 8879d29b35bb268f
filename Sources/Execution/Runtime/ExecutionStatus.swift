package import Columnar
package import Dataflow

/// Where a split is.
package struct SplitStatus: Hashable, Sendable {
    package var id: SplitID
    /// The offset of the next record to read; as of at most the report interval ago.
    package var nextOffset: Int64
    /// One past the last record of the split; nil where unknown.
    package var endOffset: Int64?
    /// Nil before the first row, and without a watermark strategy.
    package var watermark: Timestamp?
    package var isIdle: Bool
    package var hasFinished: Bool

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
    /// By input: 0 left, 1 right.
    package var lateRows: [Int]
    package var deadLetters: Int
    package var skippedRows: Int
    /// As of the last checkpoint.
    package var stateEntries: Int
    package var stateBytes: Int
    /// The least of its subtasks' watermarks; nil before every subtask has one.
    package var watermark: Timestamp?
    /// Batches waiting before the vertex; 0 where it is called directly.
    package var queuedBatches: Int
    /// Of a source; empty otherwise.
    package var splits: [SplitStatus]
}

/// How a worker thread has spent its time so far, in nanoseconds.
package struct WorkerStatus: Sendable {
    package var busyNanoseconds: Int
    package var idleNanoseconds: Int
    /// Waiting for room in a queue or a sink.
    package var heldBackNanoseconds: Int
}

/// A job's numbers at one moment; cheap to make.
package struct ExecutionStatus: Sendable {
    /// In the order of the job graph.
    package var vertices: [VertexStatus]
    package var workers: [WorkerStatus]
}
