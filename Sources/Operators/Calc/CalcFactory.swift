package import Columnar
package import Dataflow
package import Expressions

/// Filters and computes columns: WHERE and SELECT of one input.
package struct CalcFactory: OperatorFactory {
    /// What becomes of rows for which the condition is not true.
    package enum FailingRows: Hashable, Sendable {
        case leftOut
        /// They go on as deletes of their key: a row of an upsert changelog that no longer passes takes back the one
        /// that did.
        case deleted
    }

    /// Rows for which it is not true are left out, or what `failing` says; nil keeps all.
    package var condition: ScalarExpression?
    package var failing: FailingRows
    /// One a column of `output`, over the input's columns; nil hands the input's columns on.
    package var projections: [ScalarExpression]?
    package var output: Schema
    package var timeZone: SessionTimeZone
    package var errorPolicy: RowErrorPolicy

    package init(
        condition: ScalarExpression?, failing: FailingRows = .leftOut, projections: [ScalarExpression]?,
        output: Schema, timeZone: SessionTimeZone = .utc, errorPolicy: RowErrorPolicy = RowErrorPolicy()
    ) {
        precondition(projections == nil || projections?.count == output.count, "columns of \(output)")
        self.condition = condition
        self.failing = failing
        self.projections = projections
        self.output = output
        self.timeZone = timeZone
        self.errorPolicy = errorPolicy
    }

    package func makeOperator() throws -> any Operator {
        try CalcOperator(self)
    }

    package var summary: String {
        switch (condition, projections) {
        case (.some, .some): "Calc: filter and project"
        case (.some, nil): "Calc: filter"
        default: "Calc: project"
        }
    }

    package var details: [String] {
        var lines: [String] = []
        if let condition {
            lines.append("where \(condition)\(failing == .deleted ? "; other rows delete theirs" : "")")
        }
        if let projections {
            for (field, projection) in zip(output.fields, projections) {
                lines.append("\(field.name) = \(projection)")
            }
        }
        return lines
    }
}
