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
        var rejected = Set<Int32>()
        if let residual {
            let all = pairs
            pairs = []
            for chunk in chunks(all) {
                let (passing, failing) = try judge(chunk, batch, found.rows, residual, collector)
                pairs += passing
                rejected.formUnion(failing)
            }
        }
        if spec.join.kind == .left { pairs = withUnmatched(pairs, batch, without: rejected) }
        for chunk in chunks(pairs) { collector.emit(joined(chunk, batch, found.rows)) }
    }

    package func finish(collector: any Collector) {
        table?.close()
        table = nil
    }

    /// The pairs for which the condition is true, and the left rows for which it cannot be computed.
    private func judge(
        _ chunk: ArraySlice<Pair>, _ left: RecordBatch, _ right: RecordBatch, _ residual: ResidualCondition,
        _ collector: any Collector
    ) throws -> (passing: [Pair], rejected: Set<Int32>) {
        let joined = joined(chunk, left, right)
        let verdict = try residual.judge(joined, left: leftRows(chunk, left), collector)
        let passing = (0..<verdict.passing.count).map {
            chunk[chunk.startIndex + Int(verdict.passing.indices[$0])]
        }
        guard verdict.standing.selectedCount < joined.selectedCount else { return (passing, []) }
        var standing = Set<Int>()
        verdict.standing.forEachRow { standing.insert($0) }
        let rejected = (0..<chunk.count).filter { !standing.contains($0) }.map { chunk[chunk.startIndex + $0].left }
        return (passing, Set(rejected))
    }

    /// The pairs, and one without a right row for every left row that has none and was not rejected; in the order of the
    /// left rows.
    private func withUnmatched(_ pairs: [Pair], _ left: RecordBatch, without rejected: Set<Int32>) -> [Pair] {
        var all: [Pair] = []
        all.reserveCapacity(Swift.max(pairs.count, left.selectedCount))
        var next = 0
        left.forEachRow { row in
            let start = next
            while next < pairs.count && Int(pairs[next].left) == row {
                all.append(pairs[next])
                next += 1
            }
            if next == start && !rejected.contains(Int32(row)) { all.append(Pair(left: Int32(row), right: -1)) }
        }
        return all
    }

    private func chunks(_ pairs: [Pair]) -> [ArraySlice<Pair>] {
        stride(from: 0, to: pairs.count, by: RecordBatch.maximumRowCount).map {
            pairs[$0..<Swift.min(pairs.count, $0 + RecordBatch.maximumRowCount)]
        }
    }

    /// The left rows of pairs, in their order.
    private func leftRows(_ pairs: ArraySlice<Pair>, _ left: RecordBatch) -> RecordBatch {
        let rows = pairs.map(\.left)
        let origins = left.origins.map { origins in
            RecordBatch(
                schema: origins.schema, columns: origins.columns.map { ColumnGather.gather($0, rows) },
                rowCount: rows.count)
        }
        var kinds: RowKindColumn?
        if let leftKinds = left.rowKinds {
            let gathered = RowKindColumn(capacity: rows.count)
            for (position, row) in rows.enumerated() { gathered.values[position] = leftKinds.values[Int(row)] }
            kinds = gathered
        }
        return RecordBatch(
            schema: left.schema, columns: left.columns.map { ColumnGather.gather($0, rows) }, rowCount: rows.count,
            rowKinds: kinds, origins: origins)
    }

    private func joined(_ pairs: ArraySlice<Pair>, _ left: RecordBatch, _ right: RecordBatch) -> RecordBatch {
        let rightRows = pairs.map(\.right)
        let rows = leftRows(pairs, left)
        return rows.replacing(
            schema: output, columns: rows.columns + right.columns.map { ColumnGather.gather($0, rightRows) })
    }
}
