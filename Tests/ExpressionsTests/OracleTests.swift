import Columnar
import Expressions
import TestKit
import Testing

/// Random expressions over random rows, against an interpreter that knows nothing of batches.
struct OracleTests {
    typealias Harness = ExpressionHarness

    /// Selected row numbers; nil for all.
    private func selection(_ rowCount: Int, _ random: inout SeededRandom) -> [Int32]? {
        let share = Int.random(in: 0..<5, using: &random)
        if share == 0 { return nil }
        return (0..<Int32(rowCount)).filter { _ in Int.random(in: 0..<(share * share * share), using: &random) == 0 }
    }

    private func outcome(_ expression: ScalarExpression, _ row: [ScalarValue]) -> Result<
        ScalarValue, ExpressionError.Code
    > {
        do throws(ExpressionError.Code) {
            return .success(try OracleInterpreter(row: row).value(expression))
        } catch {
            return .failure(error)
        }
    }

    private func isSame(_ left: ScalarValue, _ right: ScalarValue) -> Bool {
        if case .double(let one) = left, case .double(let other) = right {
            return one.isNaN && other.isNaN || one == other
        }
        return left == right
    }

    @Test(arguments: 0..<12)
    func kernelsAgreeWithTheInterpreter(_ part: Int) throws {
        let seed = UInt64.random(in: 0 ... .max) &+ UInt64(part)
        var source = RandomExpressions(seed: seed)
        for round in 0..<12 {
            let rowCount = [1, 63, 64, 65, 130][source.below(5)]
            let rows = (0..<rowCount).map { _ in source.row() }
            let columns = Harness.schema.fields.enumerated().map { index, field in
                Harness.column(field.type, rows.map { $0[index] })
            }
            let selected = selection(rowCount, &source.random)
            let batch = RecordBatch(
                schema: Harness.schema, columns: columns, rowCount: rowCount,
                selection: selected.map { SelectionVector($0) })
            var expressions: [ScalarExpression] = []
            for _ in 0..<1 + source.below(3) {
                let type = RandomExpressions.types[source.below(RandomExpressions.types.count)]
                expressions.append(try source.expression(type, depth: 4))
            }
            let folded = expressions.map { $0.folded() }
            for candidate in [expressions, folded] {
                let place = "seed \(seed), round \(round)"
                try compare(candidate, batch, rows, selected ?? (0..<Int32(rowCount)).map { $0 }, place)
            }
        }
    }

    private func compare(
        _ expressions: [ScalarExpression], _ batch: RecordBatch, _ rows: [[ScalarValue]], _ selected: [Int32],
        _ place: String
    ) throws {
        let projection = try CompiledProjection(expressions)
        let errors = RowErrors()
        // Twice, so that what an evaluation leaves in its temporary columns cannot help the next.
        _ = try projection.evaluate(batch, Harness.context, errors: RowErrors())
        let results = try projection.evaluate(batch, Harness.context, errors: errors)
        let failed = Set(errors.failures.map { Int32($0.row) })
        for row in selected {
            let expected = expressions.map { outcome($0, rows[Int(row)]) }
            let codes = expected.compactMap { if case .failure(let code) = $0 { code } else { nil } }
            #expect(failed.contains(row) == !codes.isEmpty, "\(place), row \(row): \(expressions) of \(rows[Int(row)])")
            for (index, outcome) in expected.enumerated() {
                guard case .success(let value) = outcome else { continue }
                let result = results[index].value(Int(row), expressions[index].type)
                #expect(
                    isSame(result, value),
                    "\(place), row \(row): \(expressions[index]) of \(rows[Int(row)]) gives \(result), not \(value)")
            }
        }
        #expect(failed.isSubset(of: Set(selected)), "\(place): rows fail that are not selected")
        for case let condition in expressions where condition.type == .boolean {
            let filter = try CompiledFilter(condition)
            let taken = try filter.evaluate(batch, Harness.context, errors: RowErrors())
            let expected = selected.filter {
                if case .success(.boolean(true)) = outcome(condition, rows[Int($0)]) { true } else { false }
            }
            #expect(
                Array(UnsafeBufferPointer(start: taken.indices, count: taken.count)) == expected,
                "\(place): \(condition)")
        }
    }
}
