internal import Columnar
package import Dataflow

/// A sink that keeps what it is given, and that tests can make refuse.
package final class CollectingSink: Sink {
    /// What one writer was told, in order.
    package enum Entry: Hashable, Sendable {
        case row(ScriptedRow)
        case endEpoch(Int64)
    }

    package struct State: Sendable {
        /// By subtask.
        package var entries: [[Entry]] = []
        package var rowCount = 0
        package var isReady = true
        /// How often a writer was asked while it was not ready.
        package var refusalCount = 0
        package var nudgeCount = 0
        package var flushCount = 0
        package var closedWriterCount = 0
        fileprivate var wakeUps: [@Sendable () -> Void] = []
        fileprivate var error: DataflowError?
    }

    package let state = Observed(State())
    package let participant: (any CommitParticipant)? = nil
    private let keepsRows: Bool

    /// - Parameter keepsRows: false only counts them.
    package init(keepsRows: Bool = true) {
        self.keepsRows = keepsRows
    }

    /// All rows of all subtasks.
    package var rows: [ScriptedRow] { rows(beforeEpoch: nil) }

    /// The rows that came before the end of `epoch`; all where it is nil.
    package func rows(beforeEpoch epoch: Int64?) -> [ScriptedRow] {
        state.read { state in
            state.entries.flatMap { entries -> [ScriptedRow] in
                var rows: [ScriptedRow] = []
                for entry in entries {
                    switch entry {
                    case .row(let row): rows.append(row)
                    case .endEpoch(let ended): if ended == epoch { return rows }
                    }
                }
                return rows
            }
        }
    }

    package func setReady(_ isReady: Bool) {
        let wakeUps = state.update { state in
            state.isReady = isReady
            return state.wakeUps
        }
        for wakeUp in wakeUps { wakeUp() }
    }

    /// The next write throws.
    package func fail(_ error: DataflowError) {
        state.update { $0.error = error }
    }

    package func waitForRows(_ count: Int, seconds: Double = 60) -> Bool {
        state.wait(seconds: seconds) { $0.rowCount >= count }
    }

    package func start() throws {}

    package func makeWriter(subtask: Int, wakeUp: @escaping @Sendable () -> Void) throws -> any SinkWriter {
        state.update { state in
            while state.entries.count <= subtask { state.entries.append([]) }
            state.wakeUps.append(wakeUp)
        }
        return Writer(self, subtask)
    }

    package func stop() {}

    private final class Writer: SinkWriter {
        private let sink: CollectingSink
        private let subtask: Int

        init(_ sink: CollectingSink, _ subtask: Int) {
            self.sink = sink
            self.subtask = subtask
        }

        var isReady: Bool {
            if sink.state.read({ $0.isReady }) { return true }
            sink.state.update { $0.refusalCount += 1 }
            return false
        }

        func write(_ batch: RecordBatch) throws {
            try sink.state.update { state in
                if let error = state.error { throw error }
                state.rowCount += batch.selectedCount
                if sink.keepsRows {
                    state.entries[subtask].append(contentsOf: ScriptedRow.rows(batch).map { .row($0) })
                }
            }
        }

        func nudge() throws { sink.state.update { $0.nudgeCount += 1 } }

        func endEpoch(_ epoch: Int64) throws { sink.state.update { $0.entries[subtask].append(.endEpoch(epoch)) } }

        func flush() throws { sink.state.update { $0.flushCount += 1 } }

        func close() { sink.state.update { $0.closedWriterCount += 1 } }
    }
}
