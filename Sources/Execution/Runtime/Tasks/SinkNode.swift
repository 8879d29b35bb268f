internal import Columnar
internal import Dataflow

/// One subtask of a sink vertex. Belongs to the worker.
final class SinkNode {
    let vertex: Int
    private let uid: String
    let metrics: SubtaskMetrics
    /// Where rows go that the sink rejects and does not keep itself.
    let outputs: Outputs
    private let writer: any SinkWriter
    /// Whether rows count as delivered by the checkpoint only once the target has acknowledged them here.
    private let flushesAtBarrier: Bool
    private let place: ErrorContext
    private let scope: TaskScope
    private var hasUnsentRows = false
    private var rowsSinceBarrier = 0

    init(
        vertex: Int, uid: String, _ writer: any SinkWriter, hasParticipant: Bool, _ place: ErrorContext,
        _ metrics: SubtaskMetrics, outputs: Outputs, scope: TaskScope
    ) {
        self.outputs = outputs
        self.vertex = vertex
        self.uid = uid
        self.writer = writer
        self.metrics = metrics
        self.place = place
        self.scope = scope
        flushesAtBarrier = !hasParticipant
    }

    var isReady: Bool { writer.isReady }

    func process(_ batch: RecordBatch) {
        let count = batch.selectedCount
        metrics.rowsIn.add(count)
        metrics.batchesIn.add(1)
        rowsSinceBarrier += count
        hasUnsentRows = true
        attempt { try writer.write(batch) }
        metrics.bytesOut.set(writer.writtenByteCount)
        if scope.isHealthy, let letters = writer.takeDeadLetters() {
            metrics.deadLetters.add(letters.selectedCount)
            metrics.rejections.add(letters)
            rowsSinceBarrier -= letters.selectedCount
            outputs.emitDeadLetters(letters)
        }
    }

    /// Sends on what is buffered.
    func nudge() {
        guard hasUnsentRows else { return }
        hasUnsentRows = false
        attempt { try writer.nudge() }
    }

    func barrier(_ barrier: CheckpointBarrier, _ capture: inout TaskCapture) {
        capture.sinkRows[uid, default: 0] += rowsSinceBarrier
        rowsSinceBarrier = 0
        attempt {
            try writer.endEpoch(barrier.epoch)
            if flushesAtBarrier { try writer.flush() }
        }
        if scope.isHealthy { outputs.barrier(barrier, &capture) }
    }

    func end() {
        attempt {
            try writer.nudge()
            if flushesAtBarrier { try writer.flush() }
        }
        if scope.isHealthy { outputs.end() }
    }

    func close() { writer.close() }

    private func attempt(_ body: () throws -> Void) {
        guard scope.isHealthy else { return }
        do { try body() } catch { scope.fail(error, place) }
    }
}
