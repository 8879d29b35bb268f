internal import Columnar
internal import Dataflow
internal import Synchronization

/// One subtask of a source vertex, its computed columns and its watermark. Belongs to the worker.
final class SourceTask {
    /// What surrounds a source subtask; shared with other workers.
    struct Surroundings {
        var clock: ProcessingClock
        var reports: CheckpointRun
        var gates: GateBoard
        var alignment: SourceAlignment
        /// Nil where the source has no watermark strategy.
        var member: SourceAlignment.Member?
        var news: SourceNews
        var board: SplitBoard
    }

    let vertex: Int
    let scope: TaskScope
    let sinks: [SinkNode]
    private let uid: String
    private let reader: any SourceReader
    private let output: SourceOutput
    private let exchanges: [Exchange]
    private let surroundings: Surroundings
    private let batchRowCount: Int
    private var progress: SourceProgress
    private var hasStarted = false
    private var hasEnded = false
    private var hasReportedEnd = false
    private var isCaughtUp = false
    private var splitsNotCaughtUp: Set<Int>
    private var gateVersion = -1
    private var isHeld = false
    private var hasUnpublishedReads = true
    /// By split.
    private var taken: [(records: Int, bytes: Int)]
    /// By split, of the records since the last barrier.
    private var recordTimes: [RecordTimes]

    init(
        uid: String, _ reader: any SourceReader, _ output: SourceOutput, progress: SourceProgress,
        batchRowCount: Int, _ surroundings: Surroundings
    ) {
        precondition(
            reader.splits == progress.splits.map(\.id), "reader of \(uid) numbers its splits differently")
        vertex = output.vertex
        scope = output.scope
        self.uid = uid
        self.reader = reader
        self.output = output
        self.progress = progress
        self.batchRowCount = batchRowCount
        self.surroundings = surroundings
        splitsNotCaughtUp = Set(progress.splits.indices)
        taken = Array(repeating: (0, 0), count: progress.splits.count)
        recordTimes = Array(repeating: RecordTimes(), count: progress.splits.count)
        var exchanges: [Exchange] = []
        var sinks: [SinkNode] = []
        output.outputs.collect(&exchanges, &sinks)
        self.exchanges = exchanges
        self.sinks = sinks
        scope.heldBack = output.metrics.heldBack
        surroundings.member.map { surroundings.alignment.publish(progress.slowest, of: $0) }
    }

    /// When the subtask must look again although nothing has come; nil: not before it is woken.
    var nextDeadline: UInt64? { hasEnded || isHeld ? nil : progress.nextDeadline }

    /// Whether the subtask has handed on its last row; true once.
    func takeEnd() -> Bool {
        guard hasEnded && !hasReportedEnd else { return false }
        hasReportedEnd = true
        return true
    }

    /// Reads one split once, if there is one to read and room for what comes of it.
    func step(now: UInt64) -> StepResult {
        if !hasStarted { start() }
        if hasEnded { return .starved }
        if surroundings.news.take() { progress.markNews() }
        if reviewHold() { return .starved }
        progress.markDue(now: now)
        guard let split = nextSplit() else { return .starved }
        guard hasRoom else { return .heldBack }
        read(split)
        return scope.isHealthy ? .progressed : .starved
    }

    /// Puts a barrier between what has been read and what will be.
    func inject(_ barrier: CheckpointBarrier) {
        if !hasStarted { start() }
        _ = reviewHold()
        hasUnpublishedReads = true
        publish()
        var capture = TaskCapture()
        capture.source = (uid, progress.splits.indices.map(state))
        for (number, split) in progress.splits.enumerated() where !recordTimes[number].isEmpty {
            capture.recordTimes[split.id.topic, default: RecordTimes()].merge(recordTimes[number].take())
        }
        capture.hasEnded = hasEnded
        output.barrier(barrier, &capture)
        if scope.isHealthy { surroundings.reports.report(capture, epoch: barrier.epoch) }
    }

    /// Tells the reports where the splits are.
    func publish() {
        guard hasUnpublishedReads else { return }
        hasUnpublishedReads = false
        let minimum = surroundings.member == nil ? Int64.max : surroundings.alignment.minimum
        let clock = (wall: surroundings.clock.now().microseconds, monotonic: surroundings.clock.monotonicNanoseconds())
        surroundings.board.publish(
            progress.splits.indices.map { number in
                let split = progress.splits[number]
                let state = reader.state(split: number)
                return SplitStatus(
                    id: split.id, nextOffset: state.nextOffset, endOffset: nil,
                    watermark: split.generator.flatMap { $0.watermark == .min ? nil : $0.watermark },
                    maximumTime: split.generator?.maximumTime, lastRecordTime: split.lastRecordTime(clock),
                    activity: isHeld && !split.hasFinished ? .gated : progress.activity(number, minimum: minimum),
                    lostCount: state.lostCount ?? 0, recordCount: taken[number].records,
                    byteCount: taken[number].bytes)
            })
    }

    func close() { reader.close() }

    private var hasRoom: Bool {
        for exchange in exchanges where !exchange.hasRoom { return false }
        for sink in sinks where !sink.isReady { return false }
        return true
    }

    private func start() {
        hasStarted = true
        hand(progress.start())
        reviewCaughtUp()
        endIfFinished()
    }

    private func nextSplit() -> Int? {
        guard let member = surroundings.member else {
            var awaited = Int64.max
            return progress.next(minimum: .max, awaited: &awaited)
        }
        while true {
            var awaited = Int64.max
            if let split = progress.next(minimum: surroundings.alignment.minimum, awaited: &awaited) { return split }
            if awaited == .max || surroundings.alignment.wait(member, until: awaited) { return nil }
        }
    }

    private func read(_ split: Int) {
        scope.watch?.work()
        do {
            let read = try reader.read(split: split, maximumRowCount: batchRowCount)
            deliver(read, of: split)
        } catch {
            scope.fail(error, output.place)
        }
    }

    private func deliver(_ read: SourceRead, of split: Int) {
        hasUnpublishedReads = true
        let count = read.batch?.selectedCount ?? 0
        if let batch = read.batch, count > 0 {
            hand(progress.willDeliver(split))
            let limit = progress.timeLimit(wallClock: surroundings.clock.now)
            if let time = output.deliver(batch, notAfter: limit) { progress.observe(split, time) }
        }
        if read.skippedCount > 0 { output.metrics.skippedRows.add(read.skippedCount) }
        if let deadLetters = read.deadLetters { output.emitDeadLetters(deadLetters) }
        let rejected = (read.deadLetters?.selectedCount ?? 0) + read.skippedCount
        let records = read.recordCount ?? count + rejected
        taken[split].records += records
        if let time = read.recordTime, records > 0 { recordTimes[split].add(time, count: records) }
        taken[split].bytes += read.byteCount
        output.metrics.bytesIn.add(read.byteCount)
        let foundSomething = count > 0 || read.deadLetters != nil || read.skippedCount > 0
        let change = progress.didRead(
            split, foundSomething: foundSomething, status: read.status,
            now: surroundings.clock.monotonicNanoseconds(),
            lastKnownEmpty: { reader.lastKnownEmpty(split: split, wanted: $0) })
        if !progress.hasFinished { hand(change) }
        surroundings.member.map { surroundings.alignment.publish(progress.slowest, of: $0) }
        if !isCaughtUp { reviewCaughtUp() }
        endIfFinished()
    }

    private func hand(_ change: WatermarkCombiner.Change) {
        guard scope.isHealthy else { return }
        if let watermark = change.watermark { output.metrics.watermark.set(Int(watermark.microseconds)) }
        output.outputs.hand(change)
    }

    private func reviewCaughtUp() {
        for split in splitsNotCaughtUp where reader.isCaughtUp(split: split) { splitsNotCaughtUp.remove(split) }
        guard splitsNotCaughtUp.isEmpty && !isCaughtUp && scope.isHealthy else { return }
        isCaughtUp = true
        output.outputs.caughtUp()
    }

    private func endIfFinished() {
        guard progress.hasFinished && !hasEnded && scope.isHealthy else { return }
        if !isCaughtUp { output.outputs.caughtUp() }
        isCaughtUp = true
        if progress.status == .idle { output.outputs.status(.active) }
        output.end()
        hasEnded = scope.isHealthy
    }

    /// Whether the source must not be read because what it feeds is not accepted yet. Such a source holds no other one
    /// back.
    private func reviewHold() -> Bool {
        let version = surroundings.gates.version.load(ordering: .sequentiallyConsistent)
        guard version != gateVersion else { return isHeld }
        gateVersion = version
        hasUnpublishedReads = true
        isHeld = surroundings.gates.isHeld(source: vertex)
        surroundings.member.map { surroundings.alignment.publish(isHeld ? .max : progress.slowest, of: $0) }
        return isHeld
    }

    private func state(_ number: Int) -> SplitState {
        var state = reader.state(split: number)
        if let generator = progress.splits[number].generator {
            state.watermark = generator.watermark == .min ? nil : generator.watermark.microseconds
            state.maximumTime = generator.maximumTime?.microseconds
        }
        return state
    }
}
