import Columnar
import Expressions
import Testing

/// Builds batches from constants and evaluates expressions over them.
struct ExpressionHarness {
    static let schema = Schema([
        Field("i", .int), Field("j", .int), Field("a", .bigint), Field("b", .bigint), Field("x", .double),
        Field("y", .double), Field("p", .boolean), Field("q", .boolean), Field("s", .string), Field("t", .string),
        Field("m", .decimal(precision: 10, scale: 2)), Field("n", .decimal(precision: 25, scale: 4)),
        Field("d", .date), Field("ts", .timestamp(precision: 3)), Field("ltz", .timestampLTZ(precision: 3)),
    ])

    static func column(_ name: String) -> ScalarExpression {
        guard let index = schema.index(of: name) else { preconditionFailure("no column \(name)") }
        return .column(schema, index)
    }

    static func literal(_ value: ScalarValue) -> ScalarExpression {
        switch value {
        case .null: .literal(.null)
        case .boolean: .literal(Literal(value, .boolean))
        case .int: .literal(Literal(value, .int))
        case .bigint: .literal(Literal(value, .bigint))
        case .double: .literal(Literal(value, .double))
        case .decimal(let unscaled): .literal(.decimal(unscaled: unscaled, scale: 0))
        case .string: .literal(Literal(value, .string))
        case .bytes: .literal(Literal(value, .bytes))
        case .date: .literal(Literal(value, .date))
        case .timestamp: .literal(Literal(value, .timestamp(3)))
        case .intervalMonths: .literal(Literal(value, .intervalMonths))
        case .intervalMicroseconds: .literal(Literal(value, .intervalMicroseconds))
        }
    }

    /// A column with these values, null where there is none.
    static func column(_ type: LogicalType, _ values: [ScalarValue], capacity: Int? = nil) -> Column {
        let column = Column(type: type, capacity: capacity ?? values.count)
        for (row, value) in values.enumerated() where value != .null {
            column.setValid(row)
            switch value {
            case .null: break
            case .boolean(let value): column.bools[row] = value ? 1 : 0
            case .int(let value), .date(let value): column.int32s[row] = value
            case .bigint(let value), .timestamp(let value), .intervalMonths(let value),
                .intervalMicroseconds(let value):
                column.int64s[row] = value
            case .double(let value): column.doubles[row] = value
            case .decimal(let value):
                if type.physical == .int64 { column.int64s[row] = Int64(value) } else { column.int128s[row] = value }
            case .string(let value):
                if let slice = Array(value.utf8).withUnsafeBytes({ column.arena?.append($0) }) {
                    column.slices[row] = slice
                }
            case .bytes(let value):
                if let slice = value.withUnsafeBytes({ column.arena?.append($0) }) { column.slices[row] = slice }
            }
        }
        return column
    }

    /// A batch with the given columns of `schema`, all others null.
    static func batch(_ columns: [String: [ScalarValue]]) -> RecordBatch {
        let rowCount = columns.values.map { $0.count }.max() ?? 1
        let filled = schema.fields.map { field in
            column(field.type, columns[field.name] ?? [], capacity: rowCount)
        }
        return RecordBatch(schema: schema, columns: filled, rowCount: rowCount)
    }

    static let context = EvaluationContext(now: 1_700_000_000_123_456)

    static func evaluate(
        _ expression: ScalarExpression, _ columns: [String: [ScalarValue]] = [:],
        context: EvaluationContext = context
    ) throws -> [ScalarValue] {
        let batch = batch(columns)
        let result = try CompiledProjection([expression]).evaluate(batch, context)[0]
        return (0..<batch.rowCount).map { result.value($0, expression.type) }
    }

    /// The value of an expression without columns.
    static func constant(
        _ expression: ScalarExpression, context: EvaluationContext = context
    ) throws -> ScalarValue {
        try evaluate(expression, context: context)[0]
    }

    /// Calls a function with constants.
    static func call(
        _ name: String, _ arguments: ScalarValue..., unit: TimeUnit? = nil,
        context: EvaluationContext = context
    ) throws -> ScalarValue {
        let operands = arguments.map { literal($0) }
        return try constant(try FunctionRegistry.builtIn.call(name, operands, unit: unit), context: context)
    }
}
