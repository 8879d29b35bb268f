package import ArgumentParser
internal import Columnar
internal import Expressions

/// Scalar expressions over batches of 2,048 rows.
package struct ExpressionsBenchmark: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "expressions", abstract: "Compiled projections and filters, CPU time of one thread per row.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Batches of one repetition.")
    var batches = 2000

    package init() {}

    package func run() throws {
        var report = MeasurementReport(options: options)
        let schema = ExpressionFigures.schema
        let dense = ExpressionsBatch.make(schema, nullEvery: nil, selectEvery: nil)
        let nulls = ExpressionsBatch.make(schema, nullEvery: 7, selectEvery: nil)
        let sparse = ExpressionsBatch.make(schema, nullEvery: 7, selectEvery: 8)
        for (name, expression) in try ExpressionFigures.projections() {
            try measure("\(name), dense", expression, dense, &report)
            try measure("\(name), 1/7 null", expression, nulls, &report)
            try measure("\(name), 1/8 selected", expression, sparse, &report)
        }
        for figure in try FunctionFigures.all() {
            try measure("\(figure.name), 1/7 null", figure.expression, nulls, &report, batches: max(1, batches / 10))
        }
        for (name, condition) in try ExpressionFigures.filters() {
            try measureFilter("\(name), dense", condition, dense, &report)
            try measureFilter("\(name), 1/7 null", condition, nulls, &report)
        }
        report.finish()
    }

    private func measure(
        _ name: String, _ expression: ScalarExpression, _ batch: RecordBatch, _ report: inout MeasurementReport,
        batches wanted: Int? = nil
    ) throws {
        let batches = wanted ?? self.batches
        let projection = try CompiledProjection([expression])
        let context = EvaluationContext(now: 0)
        try report.measure(name, operations: batches * batch.selectedCount, unit: "ns/row") {
            for _ in 0..<batches { _ = try projection.evaluate(batch, context, errors: nil) }
        }
    }

    private func measureFilter(
        _ name: String, _ condition: ScalarExpression, _ batch: RecordBatch, _ report: inout MeasurementReport
    ) throws {
        let filter = try CompiledFilter(condition)
        let context = EvaluationContext(now: 0)
        try report.measure(name, operations: batches * batch.selectedCount, unit: "ns/row") {
            for _ in 0..<batches { _ = try filter.evaluate(batch, context, errors: nil) }
        }
    }
}
