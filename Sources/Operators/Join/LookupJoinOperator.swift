package import Columnar
package import Dataflow

/// A subtask of `LookupJoinFactory`. Without state: the table keeps its own cache.
package final class LookupJoinOperator: Operator {
    private let spec: LookupJoinFactory
    private let output: Schema
    private let residual: ResidualCondition?
    private var table: (any LookupTable)?

    /// A joined row, by row numbers; no right row where `right` is negative.
    private struct Pair {
        var left: Int32
        var right: Int32
    }

    init(_ factory: LookupJoinFactory) throws {
        spec = factory
        output = factory.join.output
        residual = try factory.join.residual.map { try ResidualCondition($0, factory.join) }
    }

    package func open(_ context: OperatorContext) throws {
        residual?.open(context)
        table = try context.makeLookup(spec.lookup)
    }

    package func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
        guard let table else { throw DataflowError(.internal, "a lookup join that has not been opened") }
        if batch.selectedCount == 0 { return }
        let found = try table.lookup(batch, keys: spec.join.leftKeys)
        precondition(
            found.rows.rowCount == found.leftRows.count, "\(found.rows.rowCount) rows of \(found.leftRows.count)")
        var pairs = found.leftRows.enumerated().map { Pair(left: $1, right: Int32($0)) }
        if let residual { pairs = try passing(pairs, batch, found.rows, residual) }
        if spec.join.kind == .left { pairs = withUnmatched(pairs, batch) }
        for chunk in chunks(pairs) { collector.emit(joined(chunk, batch, found.rows)) }
    }

    package func finish(collector: any Collector) {
        table?.close()
        table = nil
    }

    private func passing(
        _ pairs: [Pair], _ left: RecordBatch, _ right: RecordBatch, _ residual: ResidualCondition
    ) throws -> [Pair] {
        var kept: [Pair] = []
        for chunk in chunks(pairs) {
            let rows = try residual.passingRows(joined(chunk, left, right))
            for position in 0..<rows.count {
                kept.append(chunk[chunk.startIndex + Int(rows.indices[position])])
            }
        }
        return kept
    }

    /// The pairs, and one without a right row for every left row that has none; in the order of the left rows.
    private func withUnmatched(_ pairs: [Pair], _ left: RecordBatch) -> [Pair] {
        var all: [Pair] = []
        all.reserveCapacity(Swift.max(pairs.count, left.selectedCount))
        var next = 0
        left.forEachRow { row in
            let start = next
            while next < pairs.count && Int(pairs[next].left) == row {
                all.append(pairs[next])
                next += 1
            }
            if next == start { all.append(Pair(left: Int32(row), right: -1)) }
        }
        return all
    }

    private func chunks(_ pairs: [Pair]) -> [ArraySlice<Pair>] {
        stride(from: 0, to: pairs.count, by: RecordBatch.maximumRowCount).map {
            pairs[$0..<Swift.min(pairs.count, $0 + RecordBatch.maximumRowCount)]
        }
    }

    private func joined(_ pairs: ArraySlice<Pair>, _ left: RecordBatch, _ right: RecordBatch) -> RecordBatch {
        let leftRows = pairs.map(\.left)
        let rightRows = pairs.map(\.right)
        let columns =
            left.columns.map { ColumnGather.gather($0, leftRows) }
            + right.columns.map { ColumnGather.gather($0, rightRows) }
        var kinds: RowKindColumn?
        if let leftKinds = left.rowKinds {
            let gathered = RowKindColumn(capacity: leftRows.count)
            for (position, row) in leftRows.enumerated() { gathered.values[position] = leftKinds.values[Int(row)] }
            kinds = gathered
        }
        return RecordBatch(schema: output, columns: columns, rowCount: pairs.count, rowKinds: kinds)
    }
}
