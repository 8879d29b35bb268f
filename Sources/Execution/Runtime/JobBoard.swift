internal import Columnar
internal import Dataflow

/// The numbers that the workers keep and `JobExecution.status` reads.
final class JobBoard: Sendable {
    /// By vertex and subtask.
    let metrics: [[SubtaskMetrics]]
    let queued: [[Counter]]
    let splits: [[SplitBoard]]
    /// By worker.
    let times: [WorkerTimes]
    private let graph: ExecutionGraph

    init(_ graph: ExecutionGraph, workerCount: Int) {
        self.graph = graph
        metrics = graph.parallelism.map { count in (0..<count).map { _ in SubtaskMetrics() } }
        queued = graph.parallelism.map { count in (0..<count).map { _ in Counter() } }
        splits = graph.parallelism.map { count in (0..<count).map { _ in SplitBoard() } }
        times = (0..<workerCount).map { _ in WorkerTimes() }
    }

    func status(endOffsets: (Int) -> [SplitID: Int64]) -> ExecutionStatus {
        let vertices = graph.job.vertices.indices.map { vertex(at: $0, endOffsets($0)) }
        let workers = times.map {
            WorkerStatus(
                busyNanoseconds: $0.busy.value, idleNanoseconds: $0.idle.value,
                heldBackNanoseconds: $0.heldBack.value,
                checkpointPauseNanoseconds: $0.pauses.pauses)
        }
        return ExecutionStatus(vertices: vertices, workers: workers)
    }

    private func vertex(at number: Int, _ endOffsets: [SplitID: Int64]) -> VertexStatus {
        let description = graph.job.vertices[number]
        let metrics = metrics[number]
        let least = metrics.map(\.watermark.value).min() ?? .min
        return VertexStatus(
            uid: description.uid, name: description.name, parallelism: metrics.count,
            rowsIn: metrics.reduce(0) { $0 + $1.rowsIn.value }, rowsOut: metrics.reduce(0) { $0 + $1.rowsOut.value },
            batchesIn: metrics.reduce(0) { $0 + $1.batchesIn.value },
            batchesOut: metrics.reduce(0) { $0 + $1.batchesOut.value },
            bytesIn: metrics.reduce(0) { $0 + $1.bytesIn.value },
            bytesOut: metrics.reduce(0) { $0 + $1.bytesOut.value },
            lateRows: [0, 1].map { input in metrics.reduce(0) { $0 + $1.lateRows[input].value } },
            deadLetters: metrics.reduce(0) { $0 + $1.deadLetters.value },
            deadLetterReasons: metrics.reduce(into: [:]) { $0.merge($1.rejections.counts, uniquingKeysWith: +) },
            deadLetterSamples: metrics.flatMap(\.rejections.samples),
            skippedRows: metrics.reduce(0) { $0 + $1.skippedRows.value },
            stateEntries: metrics.reduce(0) { $0 + $1.stateEntries.value },
            stateBytes: metrics.reduce(0) { $0 + $1.stateBytes.value },
            watermark: least == .min ? nil : Timestamp(microseconds: Int64(least)),
            queuedBatches: queued[number].reduce(0) { $0 + $1.value },
            heldBackNanoseconds: metrics.reduce(0) { $0 + $1.heldBack.value },
            splits: splits[number].flatMap(\.current).map { split in
                var split = split
                split.endOffset = endOffsets[split.id]
                return split
            }.sorted { $0.id < $1.id })
    }
}
