package import ArgumentParser
internal import Columnar
internal import Expressions
internal import TestKit

/// Scalar expressions over batches of 2,048 rows.
package struct ExpressionsBenchmark: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "expressions", abstract: "Compiled projections and filters, CPU time of one thread per row.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Batches of one repetition.")
    var batches = 2000

    private static let schema = Schema([
        Field("a", .bigint), Field("b", .bigint), Field("i", .int), Field("x", .double), Field("y", .double),
        Field("m", .decimal(precision: 12, scale: 2)), Field("n", .decimal(precision: 12, scale: 2)),
        Field("s", .string), Field("ltz", .timestampLTZ(precision: 3)), Field("p", .boolean),
    ])

    package init() {}

    package func run() throws {
        var report = MeasurementReport(options: options)
        let dense = ExpressionsBatch.make(Self.schema, nullEvery: nil, selectEvery: nil)
        let nulls = ExpressionsBatch.make(Self.schema, nullEvery: 7, selectEvery: nil)
        let sparse = ExpressionsBatch.make(Self.schema, nullEvery: 7, selectEvery: 8)
        for (name, expression) in try Self.projections() {
            try measure("\(name), dense", expression, dense, &report)
            try measure("\(name), 1/7 null", expression, nulls, &report)
            try measure("\(name), 1/8 selected", expression, sparse, &report)
        }
        for (name, condition) in try Self.filters() {
            try measureFilter("\(name), dense", condition, dense, &report)
            try measureFilter("\(name), 1/7 null", condition, nulls, &report)
        }
        report.finish()
    }

    private static func column(_ name: String) -> ScalarExpression {
        .column(schema, schema.index(of: name) ?? 0)
    }

    private static func projections() throws -> [(String, ScalarExpression)] {
        let (a, b, x, y) = (column("a"), column("b"), column("x"), column("y"))
        let registry = FunctionRegistry.builtIn
        let five = ScalarExpression.literal(Literal(.intervalMicroseconds(5_000_000), .intervalMicroseconds))
        let quotient = try ScalarExpression.arithmetic(.divide, a, b)
        let isNonzero = try ScalarExpression.comparison(.notEqual, b, .literal(.int(0)))
        return [
            ("BIGINT +", try .arithmetic(.add, a, b)), ("BIGINT *", try .arithmetic(.multiply, a, b)),
            ("BIGINT /", quotient), ("DOUBLE +", try .arithmetic(.add, x, y)),
            ("DECIMAL(12,2) +", try .arithmetic(.add, column("m"), column("n"))),
            ("DECIMAL(12,2) *", try .arithmetic(.multiply, column("m"), column("n"))),
            ("DECIMAL(12,2) /", try .arithmetic(.divide, column("m"), column("n"))),
            ("BIGINT <", try .comparison(.less, a, b)),
            ("BIGINT < constant", try .comparison(.less, a, .literal(.int(7)))),
            ("DOUBLE <", try .comparison(.less, x, y)),
            ("STRING = constant", try .comparison(.equal, column("s"), .literal(.string("item-0000042")))),
            ("INT to BIGINT", try .casting(column("i"), to: .bigint)),
            ("BIGINT to STRING", try .casting(a, to: .string)),
            ("LTZ to STRING", try .casting(column("ltz"), to: .string)),
            ("ltz - INTERVAL", try .arithmetic(.subtract, column("ltz"), five)),
            ("EXTRACT(HOUR)", try registry.call("EXTRACT", [column("ltz")], unit: .hour)),
            ("EXTRACT(DAY)", try registry.call("EXTRACT", [column("ltz")], unit: .day)),
            ("DATE_FORMAT", try registry.call("DATE_FORMAT", [column("ltz"), .literal(.string("yyyy-MM-dd HH:mm"))])),
            ("CASE of columns", try .caseWhen([(try .comparison(.less, a, b), a)], otherwise: b)),
            ("CASE that guards", try .caseWhen([(isNonzero, quotient)], otherwise: nil)),
            ("COALESCE", try .coalescing([a, b])), ("UPPER", try registry.call("UPPER", [column("s")])),
            ("SUBSTRING", try registry.call("SUBSTRING", [column("s"), .literal(.int(2)), .literal(.int(5))])),
            ("CONCAT", try registry.call("CONCAT", [column("s"), .literal(.string("-")), column("s")])),
            ("ROUND(x, 2)", try registry.call("ROUND", [x, .literal(.int(2))])),
        ]
    }

    private static func filters() throws -> [(String, ScalarExpression)] {
        let (a, b, s) = (column("a"), column("b"), column("s"))
        let range = try ScalarExpression.between(a, .literal(.int(100)), .literal(.int(900)))
        let list = (0..<40).map { ScalarExpression.literal(.bigint($0 * 17)) }
        let texts = (0..<40).map { ScalarExpression.literal(.string("item-00000\($0)")) }
        return [
            ("filter a < b", try .comparison(.less, a, b)), ("filter BETWEEN", range),
            (
                "filter BETWEEN AND text",
                try .conjunction([range, .comparison(.equal, s, .literal(.string("item-0000042")))])
            ),
            ("filter IN 40 numbers", try .membership(a, list)), ("filter IN 40 texts", try .membership(s, texts)),
            ("filter LIKE 'item%'", try .like(s, .literal(.string("item%")))),
            ("filter LIKE '%42%'", try .like(s, .literal(.string("%42%")))),
            ("filter LIKE 'i%0_4%2'", try .like(s, .literal(.string("i%0_4%2")))),
        ]
    }

    private func measure(
        _ name: String, _ expression: ScalarExpression, _ batch: RecordBatch, _ report: inout MeasurementReport
    ) throws {
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

/// Rows for the expressions: numbers below 1000, texts of twelve bytes.
enum ExpressionsBatch {
    static func make(_ schema: Schema, nullEvery: Int?, selectEvery: Int?) -> RecordBatch {
        let count = RecordBatch.preferredRowCount
        var random = SeededRandom(seed: 1)
        let columns = schema.fields.map { field in
            let column = Column(type: field.type, capacity: count)
            column.setAllValid(count)
            for row in 0..<count {
                let value = Int64(random.next() % 999) + 1
                fill(column, row, value)
                if let nullEvery, random.next() % UInt64(nullEvery) == 0 { column.setNull(row) }
            }
            return column
        }
        let selection = selectEvery.map { step in
            SelectionVector((0..<count / step).map { Int32($0 * step) })
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: count, selection: selection)
    }

    private static func fill(_ column: Column, _ row: Int, _ value: Int64) {
        switch column.type.physical {
        case .bool: column.bools[row] = UInt8(value & 1)
        case .int32: column.int32s[row] = Int32(value)
        case .int64: column.int64s[row] = column.type.isTimestamp ? 1_700_000_000_000_000 + value * 1_000_000 : value
        case .int128: column.int128s[row] = Int128(value)
        case .double: column.doubles[row] = Double(value) / 8
        case .bytes:
            let digits = String(value)
            let text = Array(("item-" + String(repeating: "0", count: 7 - digits.count) + digits).utf8)
            if let slice = text.withUnsafeBytes({ column.arena?.append($0) }) { column.slices[row] = slice }
        }
    }
}
