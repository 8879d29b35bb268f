package import Columnar
package import Dataflow
internal import Expressions

/// A subtask of `CalcFactory`. Without state; a filter copies nothing, and bare columns are shared with the input.
package final class CalcOperator: Operator {
    private let filter: CompiledFilter?
    private let failing: CalcFactory.FailingRows
    private let projection: CompiledProjection?
    private let output: Schema
    private let timeZone: SessionTimeZone
    private var clock: ProcessingClock?
    private var operatorName = ""

    init(_ factory: CalcFactory) throws {
        filter = try factory.condition.map { try CompiledFilter($0) }
        failing = factory.failing
        projection = try factory.projections.map { try CompiledProjection($0) }
        output = factory.output
        timeZone = factory.timeZone
    }

    package func open(_ context: OperatorContext) {
        clock = context.clock
        operatorName = context.operatorName
    }

    package func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
        if batch.selectedCount == 0 { return }
        let context = EvaluationContext(now: clock?.now().microseconds ?? 0, timeZone: timeZone)
        do {
            if let result = try evaluate(batch, context) { collector.emit(result) }
        } catch {
            throw OperatorsError.wrap(error, in: operatorName)
        }
    }

    /// Nil where no row passes.
    private func evaluate(
        _ batch: RecordBatch, _ context: EvaluationContext
    ) throws(ExpressionError) -> RecordBatch? {
        var rows = batch
        if let filter {
            let passing = try Self.tolerant(batch) { (errors) throws(ExpressionError) in
                try filter.evaluate(batch, context, errors: errors)
            }
            rows = failing == .deleted ? Self.deleting(batch, except: passing) : batch.selecting(passing)
            if rows.selectedCount == 0 { return nil }
        }
        guard let projection else { return rows.replacing(schema: output, columns: rows.columns) }
        let columns = try Self.tolerant(rows) { (errors) throws(ExpressionError) in
            try projection.evaluate(rows, context, errors: errors)
        }
        return rows.replacing(schema: output, columns: columns)
    }

    /// What `body` computes for `batch`. Of a delete only the key matters: what cannot be computed for it does no harm.
    private static func tolerant<Result>(
        _ batch: RecordBatch, _ body: (RowErrors?) throws(ExpressionError) -> Result
    ) throws(ExpressionError) -> Result {
        guard let kinds = batch.rowKinds else { return try body(nil) }
        let errors = RowErrors()
        let result = try body(errors)
        if let failure = errors.failures.first(where: { kinds.values[$0.row] != RowKind.delete.rawValue }) {
            throw failure.error
        }
        return result
    }

    /// The rows of `batch`, those that are not `kept` as deletes.
    private static func deleting(_ batch: RecordBatch, except kept: SelectionVector) -> RecordBatch {
        let kinds = RowKindColumn(capacity: batch.rowCount)
        kinds.values.update(repeating: RowKind.delete.rawValue, count: batch.rowCount)
        for position in 0..<kept.count {
            let row = Int(kept.indices[position])
            kinds.values[row] = batch.rowKinds?.values[row] ?? RowKind.insert.rawValue
        }
        return RecordBatch(
            schema: batch.schema, columns: batch.columns, rowCount: batch.rowCount, selection: batch.selection,
            rowKinds: kinds)
    }
}
