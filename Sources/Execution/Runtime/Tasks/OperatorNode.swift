internal import Columnar
internal import Dataflow

/// One subtask of an operator vertex and what lies behind it; its operator's collector. Belongs to the worker.
final class OperatorNode: Collector {
    let vertex: Int
    let uid: String
    let `operator`: any Operator
    let outputs: Outputs
    let metrics: SubtaskMetrics
    private let keyGroups: Range<Int>
    private let place: ErrorContext
    private let scope: TaskScope
    /// Input numbers that have not been read to their first end offsets yet.
    private var notCaughtUp: Set<Int>

    init(
        vertex: Int, _ description: (uid: String, inputNumbers: [Int]), _ operator: any Operator,
        _ context: OperatorContext, outputs: Outputs, scope: TaskScope
    ) {
        self.vertex = vertex
        uid = description.uid
        self.operator = `operator`
        self.outputs = outputs
        self.scope = scope
        metrics = context.metrics
        keyGroups = context.keyGroups
        place = ErrorContext(
            job: context.job.name, operatorName: context.operatorName, subtask: context.subtask)
        notCaughtUp = Set(description.inputNumbers)
    }

    func emit(_ batch: RecordBatch) {
        let count = batch.selectedCount
        guard count > 0 && scope.isHealthy else { return }
        metrics.rowsOut.add(count)
        metrics.batchesOut.add(1)
        outputs.emit(batch)
    }

    func emitDeadLetters(_ batch: RecordBatch) {
        let count = batch.selectedCount
        guard count > 0 && scope.isHealthy else { return }
        metrics.deadLetters.add(count)
        metrics.rejections.add(batch)
        outputs.emitDeadLetters(batch)
    }

    func process(_ batch: RecordBatch, _ inputNumber: Int) {
        metrics.rowsIn.add(batch.selectedCount)
        metrics.batchesIn.add(1)
        attempt { try `operator`.process(batch, input: inputNumber, collector: self) }
    }

    func advance(to watermark: Timestamp) {
        metrics.watermark.set(Int(watermark.microseconds))
        attempt { try `operator`.advance(to: watermark, collector: self) }
        if scope.isHealthy { outputs.watermark(watermark) }
    }

    func caughtUp(_ inputNumber: Int) {
        guard notCaughtUp.remove(inputNumber) != nil else { return }
        attempt { try `operator`.caughtUp(input: inputNumber, collector: self) }
        if scope.isHealthy && notCaughtUp.isEmpty { outputs.caughtUp() }
    }

    func barrier(_ barrier: CheckpointBarrier, _ capture: inout TaskCapture) {
        guard scope.isHealthy else { return }
        capture.add(`operator`.states, uid: uid, keyGroups: keyGroups, barrier: barrier, metrics: metrics)
        outputs.barrier(barrier, &capture)
    }

    /// Every input has ended. The end itself stands for the last watermark: receivers must not take that for an active
    /// channel's.
    func end() {
        for inputNumber in notCaughtUp.sorted() { caughtUp(inputNumber) }
        metrics.watermark.set(Int(Timestamp.max.microseconds))
        attempt { try `operator`.advance(to: .max, collector: self) }
        attempt { try `operator`.finish(collector: self) }
        if scope.isHealthy { outputs.end() }
    }

    private func attempt(_ body: () throws -> Void) {
        guard scope.isHealthy else { return }
        do { try body() } catch { scope.fail(error, place) }
    }
}
