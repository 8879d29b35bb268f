internal import Columnar
internal import Dataflow
internal import Synchronization

/// What comes out to a table. From any thread.
final class CapturedTable: Sendable {
    /// A change of the table.
    struct Row: Hashable, Sendable {
        var isDelete: Bool
        /// By field of the target.
        var texts: [String]
    }

    let target: PipelineTables.Target
    private let state = Mutex<[Row]>([])

    init(_ target: PipelineTables.Target) {
        self.target = target
    }

    /// In the order of arrival.
    var rows: [Row] { state.withLock { $0 } }

    func append(_ rows: [Row]) { state.withLock { $0 += rows } }
}

/// Keeps the rows of one insert into a table in the place of its system.
final class CapturingSink: Sink {
    let participant: (any CommitParticipant)? = nil
    private let spec: SinkSpec
    private let table: CapturedTable

    init(_ spec: SinkSpec, _ table: CapturedTable) {
        self.spec = spec
        self.table = table
    }

    func start() throws {}

    func makeWriter(subtask: Int, wakeUp: @escaping @Sendable () -> Void) throws -> any SinkWriter {
        Writer(try RowTexts(spec.fields), table)
    }

    func stop() {}

    private final class Writer: SinkWriter {
        let isReady = true
        private let texts: RowTexts
        private let table: CapturedTable
        /// By field of the target: the column of the rows; nil for what this insert leaves to the table's default.
        private let columns: [Int?]

        init(_ texts: RowTexts, _ table: CapturedTable) {
            self.texts = texts
            self.table = table
            columns = table.target.fields.map { field in texts.fields.firstIndex { $0.name == field.name } }
        }

        func write(_ batch: RecordBatch) throws {
            var rows: [CapturedTable.Row] = []
            texts.forEach(batch) { kind, row in
                // What was there before an update says nothing to a table by key.
                if kind == .updateBefore { return }
                rows.append(
                    CapturedTable.Row(
                        isDelete: kind == .delete, texts: columns.map { $0.map { row[$0] } ?? RowTexts.null }))
            }
            table.append(rows)
        }

        func nudge() throws {}
        func endEpoch(_ epoch: Int64) throws {}
        func flush() throws {}
        func close() {}
    }
}
