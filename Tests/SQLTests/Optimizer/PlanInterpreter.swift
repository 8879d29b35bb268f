import Columnar
import Dataflow
import Expressions

@testable import SQL

/// Computes a logical plan over tables in memory, each node for itself and by definition: the oracle that optimized
/// plans are held against.
struct PlanInterpreter {
    typealias Row = [ScalarValue]

    /// By table: rows of the definition's fields. INT, BIGINT, BOOLEAN, STRING and TIMESTAMP only.
    let tables: [String: [Row]]

    func rows(of plan: LogicalPlan) throws -> [Row] {
        switch plan {
        case .scan(let scan): return try scanned(scan)
        case .filter(let filter):
            let input = try rows(of: filter.input)
            let kept = try evaluate([filter.condition], over: input, filter.input.schema)
            return zip(input, kept).filter { $1 == [.boolean(true)] }.map(\.0)
        case .project(let project):
            let input = try rows(of: project.input)
            return try evaluate(project.items.map(\.expression), over: input, project.input.schema)
        case .join(let join): return try joined(join)
        case .union(let inputs): return try inputs.flatMap { try rows(of: $0) }
        case .rowNumber, .latest: preconditionFailure("\(plan) cannot be run")
        }
    }

    private func scanned(_ scan: LogicalPlan.Scan) throws -> [Row] {
        let definition = scan.table.definition
        let rows = tables[scan.table.name, default: []]
        let schema = Schema(definition.fields.map(\.field))
        let expressions = scan.columnIndices.map { column -> ScalarExpression in
            switch scan.table.columns[column].definition {
            case .field(let field): .column(schema, field)
            case .computed(let expression): expression
            case .none: .literal(.null(of: .string))
            }
        }
        return try evaluate(expressions, over: rows, schema)
    }

    private func joined(_ join: LogicalPlan.Join) throws -> [Row] {
        let left = try rows(of: join.left)
        let right = try rows(of: join.right)
        var result: [Row] = []
        for row in left {
            let equal = right.filter { candidate in
                zip(join.leftKeys, join.rightKeys).allSatisfy { row[$0] != .null && row[$0] == candidate[$1] }
            }
            var pairs = matches(row, equal, join).map { row + $0 }
            if let residual = join.residual {
                let schema = Schema(join.candidates.map(\.field))
                let passes = try evaluate([residual], over: pairs, schema)
                pairs = zip(pairs, passes).filter { $1 == [.boolean(true)] }.map(\.0)
            }
            if pairs.isEmpty, join.isOuter {
                pairs = [row + Array(repeating: ScalarValue.null, count: join.right.columns.count)]
            }
            result += pairs.map { pair in join.output.map { pair[$0] } }
        }
        return result
    }

    /// Of the right rows with the left row's key, in their log's order, those that it is joined with.
    private func matches(_ row: Row, _ equal: [Row], _ join: LogicalPlan.Join) -> [Row] {
        switch join.strategy {
        case .lookup: return equal
        case .current: return equal.last.map { [$0] } ?? []
        case .versioned(let leftTime, let rightTime):
            guard case .timestamp(let asOf) = row[leftTime] else { return [] }
            var best: (time: Int64, row: Row)?
            for version in equal {
                guard case .timestamp(let time) = version[rightTime], time <= asOf, time >= best?.time ?? .min else {
                    continue
                }
                best = (time, version)
            }
            return best.map { [$0.row] } ?? []
        }
    }

    private func evaluate(_ expressions: [ScalarExpression], over rows: [Row], _ schema: Schema) throws -> [Row] {
        var result: [Row] = []
        for start in stride(from: 0, to: rows.count, by: RecordBatch.preferredRowCount) {
            let part = rows[start..<min(rows.count, start + RecordBatch.preferredRowCount)]
            let batch = Self.batch(Array(part), schema)
            let columns = try CompiledProjection(expressions).evaluate(batch, EvaluationContext(now: 0))
            for row in part.indices.map({ $0 - start }) {
                result.append(zip(columns, expressions).map { $0.value(row, $1.type) })
            }
        }
        return result
    }

    /// `rows` of `schema` in columns.
    static func batch(_ rows: [Row], _ schema: Schema) -> RecordBatch {
        let columns = schema.fields.indices.map { index in
            let column = Column(type: schema[index].type, capacity: max(1, rows.count))
            for (row, values) in rows.enumerated() { set(column, row, values[index]) }
            return column
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: rows.count)
    }

    private static func set(_ column: Column, _ row: Int, _ value: ScalarValue) {
        switch value {
        case .null: return
        case .bigint(let value), .timestamp(let value): unsafe column.int64s[row] = value
        case .int(let value): unsafe column.int32s[row] = value
        case .boolean(let value): unsafe column.bools[row] = value ? 1 : 0
        case .string(let text):
            guard let arena = column.arena else { preconditionFailure("\(column.type) holds no text") }
            var bytes = Array(text.utf8)
            let slice = unsafe bytes.withUnsafeMutableBytes { unsafe arena.append(UnsafeRawBufferPointer($0)) }
            unsafe column.slices[row] = slice
        default: preconditionFailure("\(value) is no value of the oracle's tables")
        }
        column.setValid(row)
    }
}
