package import Columnar
package import StateBackends

/// Where an operator or source puts its output; belongs to the worker thread.
package protocol Collector: AnyObject {
    /// Hands a batch of the vertex's output schema on. Never blocks. Batches without rows are dropped.
    func emit(_ batch: RecordBatch)

    /// Hands rows of `DeadLetter.schema` to the job's dead letters, committed with the same checkpoint as the rest.
    func emitDeadLetters(_ batch: RecordBatch)
}

/// What a subtask is told about its place.
package struct OperatorContext {
    package var job: JobIdentity
    package var operatorName: String
    /// From 0 on, below `parallelism`.
    package var subtask: Int
    package var parallelism: Int
    /// Key groups of the whole job, not of the subtask.
    package var keyGroupCount: Int
    package var clock: ProcessingClock
    package var metrics: SubtaskMetrics
    /// What all subtasks of the vertex together may reject.
    package var budget: DeadLetterBudget
    /// Makes the table of a lookup join; for this subtask alone.
    package var makeLookup: (LookupSpec) throws -> any LookupTable

    package init(
        job: JobIdentity, operatorName: String, subtask: Int, parallelism: Int, keyGroupCount: Int,
        clock: ProcessingClock, metrics: SubtaskMetrics, budget: DeadLetterBudget? = nil,
        makeLookup: @escaping (LookupSpec) throws -> any LookupTable
    ) {
        self.job = job
        self.operatorName = operatorName
        self.subtask = subtask
        self.parallelism = parallelism
        self.keyGroupCount = keyGroupCount
        self.clock = clock
        self.metrics = metrics
        self.budget = budget ?? DeadLetterBudget(clock: clock)
        self.makeLookup = makeLookup
    }

    /// The key groups this subtask owns.
    package var keyGroups: Range<Int> {
        KeyGroup.range(subtask: subtask, parallelism: parallelism, count: keyGroupCount)
    }
}

/// One subtask of an operator vertex. All calls come from one worker thread, one at a time.
///
/// Order of calls: `open`, restores of `states`, then `process`, `advance`, `caughtUp` in the order in which things arrive; snapshots
/// of `states` between them; `finish` when every input has ended (after a last `advance` to `Timestamp.max`).
package protocol Operator: AnyObject {
    /// What checkpoints save; fixed after `open`.
    var states: [any CheckpointedState] { get }

    func open(_ context: OperatorContext) throws

    /// Whether batches of this input may be processed now; false leaves them in their queue, which is the back-pressure. The answer may
    /// change only in `process` and `caughtUp`, and only to true: a barrier may be among the batches once they flow. Asked of
    /// operators with several inputs only.
    func accepts(input: Int) -> Bool

    func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws

    /// The minimum of the inputs' watermarks has risen to `watermark`: no row with a time <= `watermark` is expected any more. The
    /// runtime hands the watermark on after this call.
    func advance(to watermark: Timestamp, collector: any Collector) throws

    /// The input has been read to the end offsets that were found when the job first started.
    func caughtUp(input: Int, collector: any Collector) throws

    func finish(collector: any Collector) throws
}

extension Operator {
    package var states: [any CheckpointedState] { [] }
    package func open(_ context: OperatorContext) throws {}
    package func accepts(input: Int) -> Bool { true }
    package func advance(to watermark: Timestamp, collector: any Collector) throws {}
    package func caughtUp(input: Int, collector: any Collector) throws {}
    package func finish(collector: any Collector) throws {}
}

/// Makes the subtasks of an operator vertex; a value of the job graph.
package protocol OperatorFactory: Sendable {
    func makeOperator() throws -> any Operator

    /// One line for `explain`, for example `TemporalJoin LEFT on user_id, movie_id, as of left.ts`.
    var summary: String { get }

    /// Further lines for `explain`: keys, state, retention, expressions.
    var details: [String] { get }

    /// What becomes of rows whose expressions fail.
    var errorPolicy: RowErrorPolicy { get }
}

extension OperatorFactory {
    package var errorPolicy: RowErrorPolicy { RowErrorPolicy() }
}
