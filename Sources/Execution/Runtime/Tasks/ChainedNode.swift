internal import Columnar
internal import Dataflow

/// One subtask of an operator or sink vertex. Nothing throws: the first error goes to the task's scope and makes the
/// rest do nothing.
enum ChainedNode {
    case `operator`(OperatorNode)
    case sink(SinkNode)

    var metrics: SubtaskMetrics {
        switch self {
        case .operator(let node): node.metrics
        case .sink(let node): node.metrics
        }
    }

    func process(_ batch: RecordBatch, _ inputNumber: Int) {
        switch self {
        case .operator(let node): node.process(batch, inputNumber)
        case .sink(let node): node.process(batch)
        }
    }

    func advance(to watermark: Timestamp) {
        switch self {
        case .operator(let node): node.advance(to: watermark)
        case .sink(let node):
            node.metrics.watermark.set(Int(watermark.microseconds))
            node.outputs.watermark(watermark)
        }
    }

    func status(_ status: WatermarkStatus) {
        switch self {
        case .operator(let node): node.outputs.status(status)
        case .sink(let node): node.outputs.status(status)
        }
    }

    func caughtUp(_ inputNumber: Int) {
        switch self {
        case .operator(let node): node.caughtUp(inputNumber)
        case .sink(let node): node.outputs.caughtUp()
        }
    }

    func barrier(_ barrier: CheckpointBarrier, _ capture: inout TaskCapture) {
        switch self {
        case .operator(let node): node.barrier(barrier, &capture)
        case .sink(let node): node.barrier(barrier, &capture)
        }
    }

    /// Every input has ended.
    func end() {
        switch self {
        case .operator(let node): node.end()
        case .sink(let node): node.end()
        }
    }
}
