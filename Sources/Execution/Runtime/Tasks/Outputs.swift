internal import Columnar

/// Where a subtask's output goes: direct calls and exchanges, rows and dead letters. Belongs to the worker.
final class Outputs {
    enum Target {
        case chained(ChainedNode, inputNumber: Int)
        case exchange(Exchange)
    }

    private let main: [Target]
    private let deadLetters: [Target]

    init(main: [Target], deadLetters: [Target]) {
        self.main = main
        self.deadLetters = deadLetters
    }

    func emit(_ batch: RecordBatch) { send(batch, main) }

    func emitDeadLetters(_ batch: RecordBatch) { send(batch, deadLetters) }

    /// Hands a change on in the right order.
    func hand(_ change: WatermarkCombiner.Change) {
        if change.status == .active { status(.active) }
        if let watermark = change.watermark { self.watermark(watermark) }
        if change.status == .idle { status(.idle) }
    }

    func watermark(_ watermark: Timestamp) {
        forAll(.watermark(watermark)) { node, _ in node.advance(to: watermark) }
    }

    func status(_ status: WatermarkStatus) {
        forAll(.status(status)) { node, _ in node.status(status) }
    }

    func caughtUp() {
        forAll(.caughtUp) { node, inputNumber in node.caughtUp(inputNumber) }
    }

    func barrier(_ barrier: CheckpointBarrier, _ capture: inout TaskCapture) {
        for target in main + deadLetters {
            switch target {
            case .chained(let node, _): node.barrier(barrier, &capture)
            case .exchange(let exchange): exchange.pushToAll(.barrier(barrier))
            }
        }
    }

    func end() {
        forAll(.endOfInput) { node, _ in node.end() }
    }

    /// All exchanges and sinks that are reached from here by direct calls.
    func collect(_ exchanges: inout [Exchange], _ sinks: inout [SinkNode]) {
        for target in main + deadLetters {
            switch target {
            case .exchange(let exchange): exchanges.append(exchange)
            case .chained(.sink(let sink), _):
                sinks.append(sink)
                sink.outputs.collect(&exchanges, &sinks)
            case .chained(.operator(let node), _): node.outputs.collect(&exchanges, &sinks)
            }
        }
    }

    private func send(_ batch: RecordBatch, _ targets: [Target]) {
        for target in targets {
            switch target {
            case .chained(let node, let inputNumber): node.process(batch, inputNumber)
            case .exchange(let exchange): exchange.emit(batch)
            }
        }
    }

    private func forAll(_ element: StreamElement, _ call: (ChainedNode, Int) -> Void) {
        for target in main {
            switch target {
            case .chained(let node, let inputNumber): call(node, inputNumber)
            case .exchange(let exchange): exchange.pushToAll(element)
            }
        }
        for target in deadLetters {
            switch target {
            case .chained(let node, let inputNumber): call(node, inputNumber)
            case .exchange(let exchange): exchange.pushToAll(element)
            }
        }
    }
}
