internal import Columnar
package import Dataflow

/// The limits and sizes of a running job.
package struct ExecutionConfiguration: Sendable {
    /// Subtasks of a vertex that does not say otherwise, and worker threads.
    package var parallelism: Int
    /// Fixed when a job is created: part of its checkpoints.
    package var keyGroupCount = KeyGroup.defaultCount
    /// Batches that may wait between two subtasks before the sender is held back.
    package var queueCapacity = 16
    /// Rows asked for in one read of a split.
    package var batchRowCount = RecordBatch.preferredRowCount
    /// The longest time that a busy worker leaves rows in a sink writer's buffer.
    package var nudgeIntervalMilliseconds = 50
    /// How often a busy source publishes its positions for reports.
    package var reportIntervalMilliseconds = 100
    /// How long `stop` waits for a worker that is inside a call of a connector.
    package var stopTimeoutMilliseconds = 10_000

    package init(parallelism: Int) {
        precondition(parallelism > 0, "parallelism \(parallelism)")
        self.parallelism = parallelism
    }
}

/// The living parts that belong to the vertices of a job graph, by vertex number.
package struct ExecutionParts: Sendable {
    /// Not started; the execution starts and stops them.
    package var sources: [Int: any Source]
    /// Started; whoever started them stops them, after the execution.
    package var sinks: [Int: any Sink]
    /// Makes the table of a lookup join for one subtask of the operator of that name.
    package var makeLookup: @Sendable (LookupSpec, _ operatorName: String) throws -> any LookupTable

    package init(
        sources: [Int: any Source], sinks: [Int: any Sink],
        makeLookup: @escaping @Sendable (LookupSpec, _ operatorName: String) throws -> any LookupTable
    ) {
        self.sources = sources
        self.sinks = sinks
        self.makeLookup = makeLookup
    }
}

/// The sources of a job that are about to be read, by their vertices' uids.
package struct StartedSources: Sendable {
    /// Where each of their splits starts.
    package var splits: [String: [SplitState]]
    /// The ends of the logs as they were found; splits that are missing are not known.
    package var ends: [String: [SplitID: Int64]]

    package init(splits: [String: [SplitState]], ends: [String: [SplitID: Int64]] = [:]) {
        self.splits = splits
        self.ends = ends
    }
}

/// What a running job reports by itself, each at most once.
package enum ExecutionEvent: Sendable {
    /// Every source has ended and every row has reached its sink; the job still takes checkpoints until it is stopped.
    case finished
    /// The first error; every worker is stopping.
    case failed(ExecutionError)
}
