package import Columnar

/// Several expressions over one schema, compiled to kernels; common parts are evaluated once, bare columns are passed through.
///
/// Keeps temporary columns between batches: used by one thread at a time.
package final class CompiledProjection {
    package let types: [LogicalType]
    private let program: Program

    /// - Throws: `invalidArgument` where a constant argument (a pattern, a format) is malformed.
    package init(_ expressions: [ScalarExpression]) throws(ExpressionError) {
        types = expressions.map { $0.type.storage }
        program = try Program(expressions)
    }

    /// One column an expression, filled at the selected rows of `batch`; shared with `batch` where an expression is a bare column.
    ///
    /// - Parameter errors: takes the rows that failed, whose results are null; without it the first failing row is thrown.
    package func evaluate(
        _ batch: RecordBatch, _ context: EvaluationContext, errors: RowErrors? = nil
    ) throws(ExpressionError) -> [Column] {
        try program.run(batch, context, errors)
        return program.takeResults()
    }
}
