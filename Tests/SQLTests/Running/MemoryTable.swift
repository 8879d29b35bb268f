import Columnar
import Dataflow
import Expressions
import TestKit

/// A table of rows in memory as a source: bounded, in splits, read in batches of uneven size.
final class MemorySource: Source {
    private let spec: SourceSpec
    /// By split: rows of the spec's fields.
    private let splits: [[PlanInterpreter.Row]]
    /// How many rows of each split are given out before it only waits; nil: all.
    private let hold: Int?

    /// - Parameter rows: of the table's fields; row `i` is in split `i % splitCount`.
    init(_ spec: SourceSpec, _ rows: [PlanInterpreter.Row], splitCount: Int, hold: Int?) {
        self.spec = spec
        self.hold = hold
        let positions = spec.fields.compactMap { field in spec.table.fields.firstIndex { $0.name == field.name } }
        splits = (0..<splitCount).map { split in
            stride(from: split, to: rows.count, by: splitCount).map { row in positions.map { rows[row][$0] } }
        }
    }

    private func id(_ split: Int) -> SplitID { SplitID(topic: spec.table.name, partition: Int32(split)) }

    func start(restored: [SplitState]) throws -> [SplitState] {
        splits.indices.map { split in
            restored.first { $0.id == id(split) } ?? SplitState(id: id(split), nextOffset: 0)
        }
    }

    func makeReader(splits: [SplitState], wakeUp: @escaping @Sendable () -> Void) throws -> any SourceReader {
        Reader(self, splits)
    }

    func endOffsets() -> [SplitID: Int64] { [:] }
    func stop() {}

    private final class Reader: SourceReader {
        private let source: MemorySource
        private var states: [SplitState]

        init(_ source: MemorySource, _ states: [SplitState]) {
            self.source = source
            self.states = states
        }

        var splits: [SplitID] { states.map(\.id) }

        private func rows(_ split: Int) -> [PlanInterpreter.Row] { source.splits[Int(states[split].id.partition)] }

        func read(split: Int, maximumRowCount: Int) throws -> SourceRead {
            let rows = rows(split)
            let start = Int(states[split].nextOffset)
            let limit = min(rows.count, source.hold ?? .max)
            guard start < limit else { return SourceRead(status: limit < rows.count ? .waiting : .finished) }
            let end = min(limit, start + 1 + start * 7 % 5, start + maximumRowCount)
            states[split].nextOffset = Int64(end)
            let batch = PlanInterpreter.batch(Array(rows[start..<end]), source.spec.schema)
            return SourceRead(batch: batch, status: .more)
        }

        func state(split: Int) -> SplitState { states[split] }
        func isCaughtUp(split: Int) -> Bool { Int(states[split].nextOffset) >= rows(split).count }
        func close() {}
    }
}

/// Keeps what a job writes, and what of it belongs to a checkpoint.
final class MemorySink: Sink {
    private enum Entry {
        case change(PlanInterpreter.Change)
        case end(epoch: Int64)
    }

    let participant: (any CommitParticipant)? = nil
    /// By subtask.
    private let entries = Observed<[[Entry]]>([])

    /// What was written before the end of `epoch`, all where it is nil; in order for each subtask.
    func changes(beforeEpoch epoch: Int64? = nil) -> [PlanInterpreter.Change] {
        entries.read { subtasks in
            subtasks.flatMap { entries -> [PlanInterpreter.Change] in
                var changes: [PlanInterpreter.Change] = []
                for entry in entries {
                    switch entry {
                    case .change(let change): changes.append(change)
                    case .end(let ended): if ended == epoch { return changes }
                    }
                }
                return changes
            }
        }
    }

    func start() throws {}

    func makeWriter(subtask: Int, wakeUp: @escaping @Sendable () -> Void) throws -> any SinkWriter {
        entries.update { entries in
            while entries.count <= subtask { entries.append([]) }
        }
        return Writer(self, subtask)
    }

    func stop() {}

    private final class Writer: SinkWriter {
        private let sink: MemorySink
        private let subtask: Int

        init(_ sink: MemorySink, _ subtask: Int) {
            self.sink = sink
            self.subtask = subtask
        }

        var isReady: Bool { true }

        func write(_ batch: RecordBatch) throws {
            var changes: [Entry] = []
            batch.forEachRow { row in
                let values = zip(batch.columns, batch.schema.fields).map { $0.value(row, .value($1.type)) }
                let isDelete = unsafe batch.rowKinds?.values[row] == RowKind.delete.rawValue
                changes.append(.change(.init(row: values, isDelete: isDelete)))
            }
            sink.entries.update { $0[subtask] += changes }
        }

        func nudge() throws {}
        func endEpoch(_ epoch: Int64) throws { sink.entries.update { $0[subtask].append(.end(epoch: epoch)) } }
        func flush() throws {}
        func close() {}
    }
}

/// A table of rows in memory that is asked by key.
final class MemoryLookup: LookupTable {
    private let spec: LookupSpec
    /// Rows of the spec's fields.
    private let rows: [PlanInterpreter.Row]
    private let keys: [Int]

    init(_ spec: LookupSpec, _ rows: [PlanInterpreter.Row]) {
        self.spec = spec
        let positions = spec.fields.compactMap { field in spec.table.fields.firstIndex { $0.name == field.name } }
        self.rows = rows.map { row in positions.map { row[$0] } }
        keys = spec.keys.compactMap { key in spec.fields.firstIndex { $0.name == key } }
    }

    func lookup(_ batch: RecordBatch, keys leftKeys: [Int]) throws -> LookupMatches {
        var found: [PlanInterpreter.Row] = []
        var leftRows: [Int32] = []
        batch.forEachRow { left in
            let wanted = leftKeys.map { batch.columns[$0].value(left, .value(batch.schema[$0].type)) }
            guard !wanted.contains(.null) else { return }
            for row in rows where keys.map({ row[$0] }) == wanted {
                found.append(row)
                leftRows.append(Int32(left))
            }
        }
        return LookupMatches(rows: PlanInterpreter.batch(found, spec.schema), leftRows: leftRows)
    }

    func close() {}
}
