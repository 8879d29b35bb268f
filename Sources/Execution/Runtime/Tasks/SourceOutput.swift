internal import Columnar
internal import Dataflow

/// What lies behind a source's reader: its computed columns, then the event time, then the job. Belongs to the worker.
final class SourceOutput: Collector {
    let vertex: Int
    let outputs: Outputs
    let metrics: SubtaskMetrics
    let scope: TaskScope
    let place: ErrorContext
    private let uid: String
    private let transform: (any Operator)?
    private let timeColumn: Int?
    private let keyGroups: Range<Int>
    private var greatestTime: Timestamp?
    private var timeLimit = Timestamp.max

    init(
        vertex: Int, uid: String, transform: (any Operator)?, timeColumn: Int?, _ context: OperatorContext,
        outputs: Outputs, scope: TaskScope
    ) {
        self.vertex = vertex
        self.uid = uid
        self.transform = transform
        self.timeColumn = timeColumn
        self.outputs = outputs
        self.scope = scope
        metrics = context.metrics
        keyGroups = context.keyGroups
        place = ErrorContext(
            job: context.job.name, operatorName: context.operatorName, subtask: context.subtask)
    }

    /// Hands rows of the physical schema on.
    ///
    /// - Parameter limit: event times after it say nothing of where the stream stands; nil for no limit.
    /// - Returns: the greatest event time among the rows that came out, up to the limit; nil where there is none.
    func deliver(_ batch: RecordBatch, notAfter limit: Timestamp?) -> Timestamp? {
        metrics.rowsIn.add(batch.selectedCount)
        metrics.batchesIn.add(1)
        greatestTime = nil
        timeLimit = limit ?? .max
        if let transform {
            attempt { try transform.process(batch, input: 0, collector: self) }
        } else {
            emit(batch)
        }
        return greatestTime
    }

    func emit(_ batch: RecordBatch) {
        let count = batch.selectedCount
        guard count > 0 && scope.isHealthy else { return }
        metrics.rowsOut.add(count)
        metrics.batchesOut.add(1)
        if let timeColumn,
            let time = WatermarkGenerator.maximumTime(of: batch, column: timeColumn, notAfter: timeLimit)
        {
            greatestTime = max(greatestTime ?? time, time)
        }
        outputs.emit(batch)
    }

    func emitDeadLetters(_ batch: RecordBatch) {
        let count = batch.selectedCount
        guard count > 0 && scope.isHealthy else { return }
        metrics.deadLetters.add(count)
        metrics.rejections.add(batch)
        outputs.emitDeadLetters(batch)
    }

    func barrier(_ barrier: CheckpointBarrier, _ capture: inout TaskCapture) {
        guard scope.isHealthy else { return }
        if let transform {
            capture.add(transform.states, uid: uid, keyGroups: keyGroups, barrier: barrier, metrics: metrics)
        }
        outputs.barrier(barrier, &capture)
    }

    func end() {
        metrics.watermark.set(Int(Timestamp.max.microseconds))
        if let transform { attempt { try transform.finish(collector: self) } }
        if scope.isHealthy { outputs.end() }
    }

    private func attempt(_ body: () throws -> Void) {
        guard scope.isHealthy else { return }
        do { try body() } catch { scope.fail(error, place) }
    }
}
