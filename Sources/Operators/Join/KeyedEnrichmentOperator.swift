package import Columnar
package import Dataflow
package import StateBackends

/// A subtask of `KeyedEnrichmentFactory`.
///
/// Left rows are not taken until the right side has been read to the end offsets that were found when the job first
/// started; after a restore that is known at once, from the restored positions. Then each left row takes the current
/// row of its key. Changelog rows with a null in their key are left out.
package final class KeyedEnrichmentOperator: Operator {
    private let join: JoinSpec
    private let output: JoinOutput
    private var table: KeyedTable?
    private var operatorName = ""
    private var isLoaded = false

    init(_ factory: KeyedEnrichmentFactory) throws {
        join = factory.join
        output = try JoinOutput(factory.join)
    }

    package var states: [any CheckpointedState] { table.map { [$0] } ?? [] }

    package func open(_ context: OperatorContext) {
        output.residual?.open(context)
        operatorName = context.operatorName
        table = KeyedTable(
            name: "rows", schema: join.right, keyColumns: join.rightKeys,
            placement: KeyGroupPlacement(owned: context.keyGroups, count: context.keyGroupCount))
    }

    package func accepts(input: Int) -> Bool { input == 1 || isLoaded }

    package func caughtUp(input: Int, collector: any Collector) {
        if input == 1 { isLoaded = true }
    }

    package func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
        guard let table else { throw DataflowError(.internal, "a keyed enrichment that has not been opened") }
        if input == 1 {
            do {
                return try table.put(batch)
            } catch {
                throw OperatorsError.wrap(error, in: operatorName)
            }
        }
        let matches = output.matches(for: batch)
        table.find(batch, keys: join.leftKeys, into: matches)
        let joined = try output.join(batch, matches, collector) { rows in table.columns(matches, for: rows) }
        if let joined { collector.emit(joined) }
    }
}
