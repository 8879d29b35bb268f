package import Columnar

/// A condition compiled to kernels.
///
/// Keeps temporary columns between batches: used by one thread at a time.
package final class CompiledFilter {
    private let programs: [Program]
    private let buffers: [RowBuffer]

    /// - Parameter condition: BOOLEAN.
    /// - Throws: `invalidArgument` where a constant argument (a pattern, a format) is malformed.
    package init(_ condition: ScalarExpression) throws(ExpressionError) {
        precondition(condition.type == .boolean, "filter on \(condition.type)")
        programs = [try Program([condition])]
        buffers = []
    }

    /// The selected rows of `batch` for which the condition is true; a row that failed is not among them.
    ///
    /// - Parameter errors: takes the rows that failed; without it the first failing row is thrown.
    package func evaluate(
        _ batch: RecordBatch, _ context: EvaluationContext, errors: RowErrors? = nil
    ) throws(ExpressionError) -> SelectionVector {
        let indices = UnsafeMutablePointer<Int32>.allocate(capacity: Swift.max(batch.rowCount, 1))
        do {
            try programs[0].run(batch, context, errors)
        } catch {
            indices.deallocate()
            throw error
        }
        let rows = Rows(batch)
        let count = Selecting.whereTrue(programs[0].result(0), rows, into: indices)
        return SelectionVector(adopting: indices, count: count)
    }
}
