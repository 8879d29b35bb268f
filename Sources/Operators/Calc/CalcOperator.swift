package import Columnar
package import Dataflow
internal import Expressions

/// A subtask of `CalcFactory`. Without state; a filter copies nothing, and bare columns are shared with the input.
package final class CalcOperator: Operator {
    private let filter: CompiledFilter?
    private let projection: CompiledProjection?
    private let output: Schema
    private let timeZone: SessionTimeZone
    private var clock: ProcessingClock?
    private var operatorName = ""

    init(_ factory: CalcFactory) throws {
        filter = try factory.condition.map { try CompiledFilter($0) }
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
            rows = batch.selecting(try filter.evaluate(batch, context))
            if rows.selectedCount == 0 { return nil }
        }
        guard let projection else { return rows.replacing(schema: output, columns: rows.columns) }
        return rows.replacing(schema: output, columns: try projection.evaluate(rows, context))
    }
}
