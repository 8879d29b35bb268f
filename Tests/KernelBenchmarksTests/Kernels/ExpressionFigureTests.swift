import Columnar
import Expressions
import Testing

@testable import KernelBenchmarks

@Suite struct ExpressionFigureTests {
    @Test func everyFunctionOfTheRegistryHasAFigure() throws {
        let measured = Set(try FunctionFigures.all().map(\.function))
        let missing = FunctionRegistry.builtIn.names.filter { !measured.contains($0) }
        #expect(missing.isEmpty, "add them to FunctionFigures")
    }

    @Test func figuresHaveNamesOfTheirOwn() throws {
        let names =
            try FunctionFigures.all().map(\.name) + ExpressionFigures.projections().map(\.0)
            + ExpressionFigures.filters().map(\.0)
        #expect(Set(names).count == names.count)
    }

    /// A figure of rows that fail would measure the failing.
    @Test func everyFigureComputesEveryRow() throws {
        let batch = ExpressionsBatch.make(ExpressionFigures.schema, nullEvery: nil, selectEvery: nil)
        let figures = try FunctionFigures.all().map { ($0.name, $0.expression) } + ExpressionFigures.projections()
        for (name, expression) in figures {
            let errors = RowErrors()
            let result = try CompiledProjection([expression]).evaluate(batch, EvaluationContext(now: 0), errors: errors)
            #expect(errors.isEmpty, "\(name)")
            #expect(result[0].isAllValid(batch.rowCount) || ["NULLIF", "CASE that guards"].contains(name), "\(name)")
        }
    }
}
