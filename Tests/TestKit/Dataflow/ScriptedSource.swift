internal import Columnar
package import Dataflow

/// A source in memory: tests append rows to its splits while a job reads them.
package final class ScriptedSource: Source {
    /// What a split says when it has nothing more.
    package enum Ending: Sendable {
        case atEnd
        case waiting
        case finished
    }

    private struct Split {
        var rows: [ScriptedRow] = []
        var ending: Ending
        /// End offset for `isCaughtUp`; nil: the number of rows when the source starts.
        var caughtUpAt: Int64?
        var readCount = 0
        var error: DataflowError?
    }

    private struct State {
        var splits: [Split]
        var wakeUps: [@Sendable () -> Void] = []
        var isStopped = false
        var closedReaderCount = 0
        var callCount = 0
    }

    private let topic: String
    private let state: Observed<State>

    package init(topic: String = "scripted", splitCount: Int, ending: Ending = .atEnd) {
        self.topic = topic
        state = Observed(State(splits: Array(repeating: Split(ending: ending), count: splitCount)))
    }

    package func id(_ split: Int) -> SplitID { SplitID(topic: topic, partition: Int32(split)) }

    package func append(_ rows: [ScriptedRow], to split: Int = 0) {
        state.update { $0.splits[split].rows.append(contentsOf: rows) }
        wake()
    }

    /// What the split says after its last row from now on.
    package func setEnding(_ ending: Ending, of split: Int) {
        state.update { $0.splits[split].ending = ending }
        wake()
    }

    /// The end offset up to which a split is to be read before it counts as caught up; otherwise what is there at the
    /// start.
    package func setFirstEnd(_ offset: Int, of split: Int) {
        state.update { $0.splits[split].caughtUpAt = Int64(offset) }
    }

    /// The next read throws.
    package func fail(_ error: DataflowError, split: Int = 0) {
        state.update { $0.splits[split].error = error }
        wake()
    }

    /// Calls the readers' wake-ups, as a connector may at any time.
    package func wake() {
        for wakeUp in state.read({ $0.wakeUps }) { wakeUp() }
    }

    /// Rows that have been taken out of a split.
    package func readCount(_ split: Int) -> Int { state.read { $0.splits[split].readCount } }

    package func waitForReads(_ split: Int, _ count: Int, seconds: Double = 60) -> Bool {
        state.wait(seconds: seconds) { $0.splits[split].readCount >= count }
    }

    package var isStopped: Bool { state.read { $0.isStopped } }

    package var closedReaderCount: Int { state.read { $0.closedReaderCount } }

    /// Calls of `read` so far.
    package var callCount: Int { state.read { $0.callCount } }

    package func waitForCalls(_ count: Int, seconds: Double = 60) -> Bool {
        state.wait(seconds: seconds) { $0.callCount >= count }
    }

    package func start(restored: [SplitState]) throws -> [SplitState] {
        state.update { state in
            state.splits.indices.map { split in
                if state.splits[split].caughtUpAt == nil {
                    state.splits[split].caughtUpAt = Int64(state.splits[split].rows.count)
                }
                return restored.first { $0.id == id(split) } ?? SplitState(id: id(split), nextOffset: 0)
            }
        }
    }

    package func makeReader(
        splits: [SplitState], wakeUp: @escaping @Sendable () -> Void
    ) throws -> any SourceReader {
        state.update { $0.wakeUps.append(wakeUp) }
        return Reader(self, splits)
    }

    package func endOffsets() -> [SplitID: Int64] {
        state.read { state in
            Dictionary(
                uniqueKeysWithValues: state.splits.indices.map { (id($0), Int64(state.splits[$0].rows.count)) })
        }
    }

    package func stop() {
        state.update { $0.isStopped = true }
    }

    private final class Reader: SourceReader {
        let splits: [SplitID]
        private let source: ScriptedSource
        private var positions: [Int]

        init(_ source: ScriptedSource, _ states: [SplitState]) {
            self.source = source
            splits = states.map(\.id)
            positions = states.map { Int($0.nextOffset) }
        }

        func read(split: Int, maximumRowCount: Int) throws -> SourceRead {
            let number = Int(splits[split].partition)
            let position = positions[split]
            let (rows, status): ([ScriptedRow], SourceRead.Status) = try source.state.update { state in
                state.callCount += 1
                if let error = state.splits[number].error { throw error }
                let all = state.splits[number].rows
                let rows = Array(all[position..<min(position + maximumRowCount, all.count)])
                state.splits[number].readCount = position + rows.count
                if position + rows.count < all.count { return (rows, .more) }
                switch state.splits[number].ending {
                case .atEnd: return (rows, .atEnd)
                case .waiting: return (rows, .waiting)
                case .finished: return (rows, .finished)
                }
            }
            positions[split] += rows.count
            return SourceRead(batch: rows.isEmpty ? nil : ScriptedRow.batch(rows), status: status)
        }

        func state(split: Int) -> SplitState {
            SplitState(id: splits[split], nextOffset: Int64(positions[split]))
        }

        func isCaughtUp(split: Int) -> Bool {
            let number = Int(splits[split].partition)
            return source.state.read { Int64(positions[split]) >= $0.splits[number].caughtUpAt ?? 0 }
        }

        func close() {
            source.state.update { $0.closedReaderCount += 1 }
        }
    }
}
