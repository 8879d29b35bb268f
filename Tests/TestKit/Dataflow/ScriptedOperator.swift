package import Columnar
package import Dataflow
package import StateBackends

/// Makes operators from a closure that is called once per subtask.
package struct ScriptedFactory: OperatorFactory {
    private let make: @Sendable () throws -> any Operator
    package let summary: String
    package var details: [String] { [] }

    package init(_ summary: String = "scripted", _ make: @escaping @Sendable () throws -> any Operator) {
        self.summary = summary
        self.make = make
    }

    package func makeOperator() throws -> any Operator { try make() }
}

/// Hands every row on, in the order of arrival, from all inputs; notes what it was told.
package final class PassThroughOperator: Operator {
    /// What an operator was told, in order.
    package enum Entry: Hashable, Sendable {
        case rows(input: Int, [ScriptedRow])
        case watermark(Timestamp)
        case caughtUp(input: Int)
        case finish
    }

    private let notes: Observed<[Entry]>?
    /// Inputs that are refused until another input has been caught up.
    private var gates: [Int: Int]

    /// - Parameter gates: an input number, and the input for which it waits.
    package init(notes: Observed<[Entry]>? = nil, gates: [Int: Int] = [:]) {
        self.notes = notes
        self.gates = gates
    }

    package func accepts(input: Int) -> Bool { gates[input] == nil }

    package func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
        note(.rows(input: input, notes == nil ? [] : ScriptedRow.rows(batch)))
        collector.emit(batch)
    }

    package func advance(to watermark: Timestamp, collector: any Collector) throws { note(.watermark(watermark)) }

    package func caughtUp(input: Int, collector: any Collector) throws {
        gates = gates.filter { $0.value != input }
        note(.caughtUp(input: input))
    }

    package func finish(collector: any Collector) throws { note(.finish) }

    private func note(_ entry: Entry) { notes?.update { $0.append(entry) } }
}

/// Adds the values of each key up in state and hands on, for each row, the key with its sum so far.
package final class SummingOperator: Operator {
    private let sums = SummingState()
    private var context: OperatorContext?

    package init() {}

    package var states: [any CheckpointedState] { [sums] }

    package func open(_ context: OperatorContext) throws {
        self.context = context
        sums.keyGroupCount = context.keyGroupCount
    }

    package func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
        let rows = ScriptedRow.rows(batch).map { row in
            ScriptedRow(key: row.key, value: sums.add(row.value, to: row.key), time: row.time)
        }
        collector.emit(ScriptedRow.batch(rows))
    }
}

/// A sum per key; a snapshot is a list of (key, sum).
package final class SummingState: CheckpointedState {
    package private(set) var sums: [Int64: Int64] = [:]
    private var changed: Set<Int64> = []
    package var keyGroupCount = KeyGroup.defaultCount

    package let descriptor = StateDescriptor(
        name: "sums", layout: "test-sums/1", keyFields: [Field("key", .bigint)], valueFields: [Field("sum", .bigint)])

    package init() {}

    package var entryCount: Int { sums.count }
    package var byteCount: Int { sums.count * 16 }

    package func add(_ value: Int64, to key: Int64) -> Int64 {
        sums[key, default: 0] += value
        changed.insert(key)
        return sums[key] ?? 0
    }

    package func takeChanges() -> SnapshotBuffer? {
        if changed.isEmpty { return nil }
        let buffer = SnapshotBuffer()
        for key in changed { write(key, buffer) }
        changed.removeAll()
        return buffer
    }

    package func writeFull(keyGroups: Range<Int>, into buffer: SnapshotBuffer) {
        for key in sums.keys where keyGroups.contains(keyGroup(key)) { write(key, buffer) }
    }

    package func restore(_ bytes: UnsafeRawBufferPointer, keyGroups: KeyGroupSet) throws(StateError) {
        guard bytes.count % 16 == 0 else { throw StateError(.corrupted, "\(bytes.count) bytes") }
        for (key, sum) in SummingState.entries(bytes) where keyGroups.contains(keyGroup(key)) { sums[key] = sum }
    }

    /// The entries of a snapshot, in order.
    package static func entries(_ bytes: UnsafeRawBufferPointer) -> [(key: Int64, sum: Int64)] {
        stride(from: 0, to: bytes.count, by: 16).map { offset in
            (
                Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)),
                Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: Int64.self))
            )
        }
    }

    private func write(_ key: Int64, _ buffer: SnapshotBuffer) {
        buffer.append(key)
        buffer.append(sums[key] ?? 0)
    }

    private func keyGroup(_ key: Int64) -> Int {
        let batch = ScriptedRow.batch([ScriptedRow(key: key, value: 0, time: nil)])
        var hash: UInt64 = 0
        KeyHash.hash(batch, keys: [0], into: &hash)
        return KeyGroup.index(ofHash: hash, count: keyGroupCount)
    }
}
