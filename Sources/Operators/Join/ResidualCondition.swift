internal import Columnar
internal import Dataflow
internal import Expressions

/// The part of an ON clause that is not an equality of keys.
final class ResidualCondition {
    private let filter: CompiledFilter
    private let timeZone: SessionTimeZone
    private var clock: ProcessingClock?
    private var operatorName = ""

    init(_ condition: ScalarExpression, _ spec: JoinSpec) throws {
        filter = try CompiledFilter(condition)
        timeZone = spec.timeZone
    }

    func open(_ context: OperatorContext) {
        clock = context.clock
        operatorName = context.operatorName
    }

    /// The selected rows for which the condition is true.
    func passingRows(_ joined: RecordBatch) throws(DataflowError) -> SelectionVector {
        do {
            return try filter.evaluate(
                joined, EvaluationContext(now: clock?.now().microseconds ?? 0, timeZone: timeZone))
        } catch {
            throw OperatorsError.wrap(error, in: operatorName)
        }
    }
}
