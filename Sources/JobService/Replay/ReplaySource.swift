internal import Columnar
internal import Dataflow
internal import Synchronization

/// What the sources of a replay have in common: who has reached the end of the range, and whether that may count as the end of the
/// input.
///
/// A split at its end counts as silent, not as finished, until all are there: then a barrier tells what was due by the watermarks from
/// what only the end brings out.
final class ReplayGate: Sendable {
    private struct State {
        var expectedCount = 0
        var arrived: Set<String> = []
        var isReleased = false
        var wakeUps: [@Sendable () -> Void] = []
        var whenAllAreThere: (@Sendable () -> Void)?

        mutating func takeIfComplete() -> (@Sendable () -> Void)? {
            guard arrived.count >= expectedCount, let call = whenAllAreThere else { return nil }
            whenAllAreThere = nil
            return call
        }
    }

    private let state = Mutex(State())

    /// - Parameter whenAllAreThere: called once, from any thread, also at once; must be quick.
    func begin(whenAllAreThere: @escaping @Sendable () -> Void) {
        let isThere = state.withLock { state in
            state.whenAllAreThere = whenAllAreThere
            return state.takeIfComplete()
        }
        isThere?()
    }

    func expect(_ count: Int) {
        state.withLock { $0.expectedCount += count }
    }

    func add(wakeUp: @escaping @Sendable () -> Void) {
        state.withLock { $0.wakeUps.append(wakeUp) }
    }

    /// - Returns: whether the split may say that it has finished.
    func arrive(_ split: SplitID, of table: String) -> Bool {
        let (isReleased, complete) = state.withLock { state in
            state.arrived.insert("\(table) \(split)")
            return (state.isReleased, state.takeIfComplete())
        }
        complete?()
        return isReleased
    }

    /// Lets the splits finish.
    func release() {
        let wakeUps = state.withLock { state in
            state.isReleased = true
            return state.wakeUps
        }
        for wakeUp in wakeUps { wakeUp() }
    }
}

/// A source that reads a range of the past.
final class ReplaySource: Source {
    private let source: any Source
    private let name: String
    /// Where the range ends.
    private let ends: [SplitState]
    private let gate: ReplayGate

    /// - Parameter name: unique in the job.
    init(_ source: any Source, name: String, ends: [SplitState], gate: ReplayGate) {
        self.source = source
        self.name = name
        self.ends = ends
        self.gate = gate
    }

    func start(restored: [SplitState]) throws -> [SplitState] {
        // Once to find where the splits start, once to read them with their ends.
        let found = try source.start(restored: restored)
        let states = try source.start(restored: try source.bounded(found, at: ends))
        gate.expect(states.count)
        return states
    }

    func bounded(_ states: [SplitState], at ends: [SplitState]) throws -> [SplitState] {
        try source.bounded(states, at: ends)
    }

    func makeReader(splits: [SplitState], wakeUp: @escaping @Sendable () -> Void) throws -> any SourceReader {
        gate.add(wakeUp: wakeUp)
        return Reader(try source.makeReader(splits: splits, wakeUp: wakeUp), name: name, gate: gate)
    }

    func endOffsets() -> [SplitID: Int64] { source.endOffsets() }

    func stop() { source.stop() }

    /// Belongs to one worker.
    private final class Reader: SourceReader {
        private let reader: any SourceReader
        private let name: String
        private let gate: ReplayGate

        init(_ reader: any SourceReader, name: String, gate: ReplayGate) {
            self.reader = reader
            self.name = name
            self.gate = gate
        }

        var splits: [SplitID] { reader.splits }

        func read(split: Int, maximumRowCount: Int) throws -> SourceRead {
            var read = try reader.read(split: split, maximumRowCount: maximumRowCount)
            guard read.status == .finished else { return read }
            if !gate.arrive(splits[split], of: name) { read.status = .atEnd }
            return read
        }

        func state(split: Int) -> SplitState { reader.state(split: split) }

        func isCaughtUp(split: Int) -> Bool { reader.isCaughtUp(split: split) }

        func lastKnownEmpty(split: Int, wanted: UInt64) -> UInt64? {
            reader.lastKnownEmpty(split: split, wanted: wanted)
        }

        func close() { reader.close() }
    }
}
