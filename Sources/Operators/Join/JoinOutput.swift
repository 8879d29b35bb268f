internal import Columnar
internal import Dataflow
internal import Expressions
internal import StateBackends

/// Puts left rows and what was found for them together, for joins with at most one right row for a left one.
final class JoinOutput {
    let kind: JoinKind
    let schema: Schema
    let residual: ResidualCondition?
    private var matches = TableMatches(capacity: RecordBatch.preferredRowCount)

    init(_ spec: JoinSpec) throws {
        kind = spec.kind
        schema = spec.output
        residual = try spec.residual.map { try ResidualCondition($0, spec) }
    }

    /// Scratch for what is found for the rows of a batch.
    func matches(for batch: RecordBatch) -> TableMatches {
        if matches.capacity < batch.rowCount { matches = TableMatches(capacity: batch.rowCount) }
        return matches
    }

    /// The joined rows of a batch, nil where there are none.
    ///
    /// - Parameters:
    ///   - collector: takes the dead letters of rows for which the rest of ON cannot be computed.
    ///   - right: makes the right columns, filled at the selected rows of the batch that it is given.
    func join(
        _ left: RecordBatch, _ matches: TableMatches, _ collector: any Collector, right: (RecordBatch) -> [Column]
    ) throws(DataflowError) -> RecordBatch? {
        var rows = left
        if kind == .inner {
            rows = left.selecting(matchedRows(left, matches))
            if rows.selectedCount == 0 { return nil }
        }
        let rightColumns = right(rows)
        let joined = rows.replacing(schema: schema, columns: rows.columns + rightColumns)
        guard let residual else { return joined }
        let verdict = try residual.judge(joined, left: rows, collector)
        if kind == .inner { return verdict.passing.count == 0 ? nil : joined.selecting(verdict.passing) }
        setNull(rightColumns, rowsOf: rows, except: verdict.passing)
        return verdict.standing.selectedCount == 0 ? nil : verdict.standing
    }

    private func matchedRows(_ batch: RecordBatch, _ matches: TableMatches) -> SelectionVector {
        let indices = UnsafeMutablePointer<Int32>.allocate(capacity: Swift.max(1, batch.selectedCount))
        var count = 0
        batch.forEachRow { row in
            indices[count] = Int32(truncatingIfNeeded: row)
            count &+= matches.isMatched(row) ? 1 : 0
        }
        return SelectionVector(adopting: indices, count: count)
    }

    /// Both the batch's rows and `kept` ascend.
    private func setNull(_ columns: [Column], rowsOf batch: RecordBatch, except kept: SelectionVector) {
        if kept.count == batch.selectedCount { return }
        var next = 0
        batch.forEachRow { row in
            if next < kept.count && Int(kept.indices[next]) == row {
                next += 1
            } else {
                for column in columns { column.setNull(row) }
            }
        }
    }
}
