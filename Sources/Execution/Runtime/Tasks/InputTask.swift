internal import Columnar
internal import Dataflow

/// One subtask of a task that reads from channels. Belongs to the worker.
final class InputTask {
    /// What surrounds a task; shared with other workers.
    struct Surroundings {
        var reports: CheckpointRun
        var gates: GateBoard
        /// Called when an input has been opened everywhere: sources may have waited for that.
        var onGateOpen: () -> Void
        /// Batches waiting, for reports.
        var queued: Counter
    }

    let head: ChainedNode
    let scope: TaskScope
    let channels: [InputChannel]
    let sinks: [SinkNode]
    private let exchanges: [Exchange]
    private let reports: CheckpointRun
    private let gates: GateBoard
    private let onGateOpen: () -> Void
    private let queued: Counter
    private var combiner: WatermarkCombiner
    private var aligner: BarrierAligner
    /// By channel.
    private var isCaughtUp: [Bool]
    /// By input number: whether the operator takes batches of it.
    private var accepts: [Bool]
    private var cursor = 0
    private var hasEnded = false
    private var hasReportedEnd = false

    init(
        head: ChainedNode, channels: [InputChannel], scope: TaskScope, _ surroundings: Surroundings
    ) {
        self.head = head
        self.channels = channels
        self.scope = scope
        reports = surroundings.reports
        gates = surroundings.gates
        onGateOpen = surroundings.onGateOpen
        queued = surroundings.queued
        var exchanges: [Exchange] = []
        var sinks: [SinkNode] = []
        switch head {
        case .operator(let node): node.outputs.collect(&exchanges, &sinks)
        case .sink(let node):
            sinks.append(node)
            node.outputs.collect(&exchanges, &sinks)
        }
        self.exchanges = exchanges
        self.sinks = sinks
        scope.heldBack = head.metrics.heldBack
        combiner = WatermarkCombiner(channelCount: channels.count)
        aligner = BarrierAligner(channelCount: channels.count)
        isCaughtUp = Array(repeating: false, count: channels.count)
        accepts = Array(repeating: true, count: (channels.map(\.inputNumber).max() ?? 0) + 1)
    }

    /// The inputs that the operator refuses at present; asked once, before the first step, and sets the gates.
    func closedInputs() -> [Int] {
        guard case .operator(let node) = head else { return [] }
        for inputNumber in accepts.indices { accepts[inputNumber] = node.operator.accepts(input: inputNumber) }
        for channel in channels { channel.setGated(!accepts[channel.inputNumber]) }
        return accepts.indices.filter { !accepts[$0] }
    }

    /// Whether the task has handed on its last row; true once.
    func takeEnd() -> Bool {
        guard hasEnded && !hasReportedEnd else { return false }
        hasReportedEnd = true
        return true
    }

    /// Tells the reports how many batches wait here.
    func publish() {
        queued.set(channels.reduce(0) { $0 + $1.batchCount })
    }

    /// Takes one element, if there is one that may be taken and room for what comes of it.
    func step() -> StepResult {
        let hasRoom = hasRoom
        var result = StepResult.starved
        for offset in 0..<channels.count {
            let number = cursor + offset < channels.count ? cursor + offset : cursor + offset - channels.count
            if aligner.isBlocked(number) { continue }
            let channel = channels[number]
            guard let element = channel.first() else { continue }
            if element.isBatch && !accepts[channel.inputNumber] { continue }
            // A barrier brings no rows, and it may be what a sink waits for.
            if !hasRoom && !element.isBarrier {
                result = .heldBack
                continue
            }
            cursor = number + 1 == channels.count ? 0 : number + 1
            _ = channel.pop()
            take(element, from: number)
            return .progressed
        }
        return result
    }

    private var hasRoom: Bool {
        for exchange in exchanges where !exchange.hasRoom { return false }
        for sink in sinks where !sink.isReady { return false }
        return true
    }

    private func take(_ element: StreamElement, from number: Int) {
        let inputNumber = channels[number].inputNumber
        switch element {
        case .batch(let batch):
            scope.watch?.work()
            head.process(batch, inputNumber)
            reviewGates()
        case .watermark(let watermark): hand(combiner.update(number, watermark: watermark))
        case .status(let status): hand(combiner.update(number, status: status))
        case .caughtUp: caughtUp(number)
        case .barrier(let barrier): receive(barrier, from: number)
        case .endOfInput: end(number)
        }
    }

    private func hand(_ change: WatermarkCombiner.Change) {
        if change.status == .active { head.status(.active) }
        if let watermark = change.watermark { head.advance(to: watermark) }
        if change.status == .idle { head.status(.idle) }
    }

    private func caughtUp(_ number: Int) {
        isCaughtUp[number] = true
        let inputNumber = channels[number].inputNumber
        for other in channels.indices where channels[other].inputNumber == inputNumber && !isCaughtUp[other] { return }
        head.caughtUp(inputNumber)
        reviewGates()
    }

    private func receive(_ barrier: CheckpointBarrier, from number: Int) {
        guard aligner.receive(barrier, from: number) == .aligned else { return }
        scope.watch?.open()
        var capture = TaskCapture()
        head.barrier(barrier, &capture)
        if scope.isHealthy { reports.report(capture, epoch: barrier.epoch) }
    }

    private func end(_ number: Int) {
        if !isCaughtUp[number] { caughtUp(number) }
        let change = combiner.end(number)
        guard combiner.haveAllEnded else { return hand(change) }
        if change.status == .active { head.status(.active) }
        head.end()
        hasEnded = scope.isHealthy
    }

    /// The answer of `accepts` may have changed.
    private func reviewGates() {
        guard accepts.count > 1, case .operator(let node) = head else { return }
        for inputNumber in accepts.indices {
            let isOpen = node.operator.accepts(input: inputNumber)
            guard isOpen != accepts[inputNumber] else { continue }
            accepts[inputNumber] = isOpen
            for channel in channels where channel.inputNumber == inputNumber { channel.setGated(!isOpen) }
            if isOpen && gates.open(.init(vertex: node.vertex, input: inputNumber)) { onGateOpen() }
        }
    }
}
