internal import Columnar
internal import Dataflow
internal import Expressions

/// The part of an ON clause that is not an equality of keys.
final class ResidualCondition {
    private let filter: CompiledFilter
    private let timeZone: SessionTimeZone
    private let quarantine: RowQuarantine
    private var clock: ProcessingClock?
    private var operatorName = ""

    /// What the condition says of joined rows.
    struct Verdict {
        /// Those for which it is true.
        var passing: SelectionVector
        /// All but those for which it cannot be computed.
        var standing: RecordBatch
    }

    init(_ condition: ScalarExpression, _ spec: JoinSpec) throws {
        filter = try CompiledFilter(condition)
        timeZone = spec.timeZone
        quarantine = RowQuarantine(spec.errorPolicy)
    }

    func open(_ context: OperatorContext) {
        clock = context.clock
        operatorName = context.operatorName
        quarantine.open(context)
    }

    /// - Parameter left: the left rows, by the same row numbers, which stand for joined rows in dead letters.
    func judge(
        _ joined: RecordBatch, left: RecordBatch, _ collector: any Collector
    ) throws(DataflowError) -> Verdict {
        quarantine.count(joined)
        let errors = quarantine.collector(for: joined)
        let passing: SelectionVector
        do {
            passing = try filter.evaluate(
                joined, EvaluationContext(now: clock?.now().microseconds ?? 0, timeZone: timeZone), errors: errors)
        } catch {
            throw OperatorsError.wrap(error, in: operatorName)
        }
        return Verdict(passing: passing, standing: try quarantine.settle(joined, shown: left, collector))
    }
}
