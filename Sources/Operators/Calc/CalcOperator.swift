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
    private let quarantine: RowQuarantine
    private var clock: ProcessingClock?
    private var operatorName = ""

    init(_ factory: CalcFactory) throws {
        filter = try factory.condition.map { try CompiledFilter($0) }
        failing = factory.failing
        projection = try factory.projections.map { try CompiledProjection($0) }
        output = factory.output
        timeZone = factory.timeZone
        quarantine = RowQuarantine(factory.errorPolicy)
    }

    package func open(_ context: OperatorContext) {
        clock = context.clock
        operatorName = context.operatorName
        quarantine.open(context)
    }

    package func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
        if batch.selectedCount == 0 { return }
        let context = EvaluationContext(now: clock?.now().microseconds ?? 0, timeZone: timeZone)
        quarantine.count(batch)
        if let result = try evaluate(batch, context, collector) { collector.emit(result) }
    }

    /// Nil where no row passes.
    private func evaluate(
        _ batch: RecordBatch, _ context: EvaluationContext, _ collector: any Collector
    ) throws(DataflowError) -> RecordBatch? {
        var rows = batch
        if let filter {
            let errors = quarantine.collector(for: batch)
            let passing = try wrapping { () throws(ExpressionError) in
                try filter.evaluate(batch, context, errors: errors)
            }
            let standing = try quarantine.settle(batch, collector)
            rows = failing == .deleted ? Self.deleting(standing, except: passing) : standing.selecting(passing)
            if rows.selectedCount == 0 { return nil }
        }
        guard let projection else { return rows.replacing(schema: output, columns: rows.columns) }
        let errors = quarantine.collector(for: rows)
        let columns = try wrapping { () throws(ExpressionError) in
            try projection.evaluate(rows, context, errors: errors)
        }
        let standing = try quarantine.settle(rows, collector)
        return standing.selectedCount == 0 ? nil : standing.replacing(schema: output, columns: columns)
    }

    private func wrapping<Result>(
        _ body: () throws(ExpressionError) -> Result
    ) throws(DataflowError) -> Result {
        do {
            return try body()
        } catch {
            throw OperatorsError.wrap(error, in: operatorName)
        }
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
            rowKinds: kinds, origins: batch.origins)
    }
}
