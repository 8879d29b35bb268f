package import Columnar

/// A condition compiled to kernels.
///
/// Keeps temporary columns between batches: used by one thread at a time.
package final class CompiledFilter {
    private let program: Program

    /// - Parameter condition: BOOLEAN.
    /// - Throws: `invalidArgument` where a constant argument (a pattern, a format) is malformed.
    package init(_ condition: ScalarExpression) throws(ExpressionError) {
        precondition(condition.type == .boolean, "filter on \(condition.type)")
        program = try Program([condition])
    }

    /// The selected rows of `batch` for which the condition is true; a row that failed is not among them.
    ///
    /// - Parameter errors: takes the rows that failed; without it the first failing row is thrown.
    package func evaluate(
        _ batch: RecordBatch, _ context: EvaluationContext, errors: RowErrors? = nil
    ) throws(ExpressionError) -> SelectionVector {
        let failures = RowErrors()
        try program.run(batch, context, failures)
        if errors == nil, let failure = failures.first {
            program.finish()
            throw failure.error
        }
        let indices = UnsafeMutablePointer<Int32>.allocate(capacity: Swift.max(batch.rowCount, 1))
        var count = Selecting.whereTrue(program.result(0), Rows(batch), into: indices)
        program.finish()
        if let errors, !failures.isEmpty {
            // IS NULL, for example, is true of the null that a failure leaves.
            let failed = Set(failures.failures.map { Int32(truncatingIfNeeded: $0.row) })
            var kept = 0
            for position in 0..<count where !failed.contains(indices[position]) {
                indices[kept] = indices[position]
                kept += 1
            }
            count = kept
            for failure in failures.failures { errors.append(failure) }
        }
        return SelectionVector(adopting: indices, count: count)
    }
}
