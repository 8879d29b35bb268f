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

    /// A row, and whether it takes back the one of its key.
    struct Change {
        var row: Row
        var isDelete = false
    }

    /// The rows that `plan` puts out; of a stream of updates those of the table that it makes.
    func rows(of plan: LogicalPlan) throws -> [Row] {
        try Self.table(of: changes(of: plan), plan.changelog)
    }

    /// The rows that are left when `changes` have been applied in their order.
    static func table(of changes: [Change], _ changelog: Changelog) -> [Row] {
        guard case .upsert(let key?) = changelog else { return changes.map(\.row) }
        var rows: [Row: Row] = [:]
        for change in changes { rows[key.map { change.row[$0] }] = change.isDelete ? nil : change.row }
        return Array(rows.values)
    }

    func changes(of plan: LogicalPlan) throws -> [Change] {
        switch plan {
        case .scan(let scan): return try scanned(scan).map { Change(row: $0) }
        case .filter(let filter):
            let input = try changes(of: filter.input)
            let passes = try evaluate([filter.condition], of: input, filter.input.schema)
                .map { $0 == [.boolean(true)] }
            if filter.deletesOthers {
                return zip(input, passes).map { Change(row: $0.row, isDelete: $0.isDelete || !$1) }
            }
            return zip(input, passes).filter { $1 }.map(\.0)
        case .project(let project):
            let input = try changes(of: project.input)
            let rows = try evaluate(project.items.map(\.expression), of: input, project.input.schema)
            return zip(rows, input).map { Change(row: $0, isDelete: $1.isDelete) }
        case .join(let join): return try joined(join).map { Change(row: $0) }
        case .union(let inputs): return try inputs.flatMap { try changes(of: $0) }
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
        let right = try changes(of: join.right)
        var result: [Row] = []
        for row in left {
            let equal = right.filter { candidate in
                zip(join.leftKeys, join.rightKeys).allSatisfy { row[$0] != .null && row[$0] == candidate.row[$1] }
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
    private func matches(_ row: Row, _ equal: [Change], _ join: LogicalPlan.Join) -> [Row] {
        switch join.strategy {
        case .lookup: return equal.map(\.row)
        case .current: return equal.last.map { $0.isDelete ? [] : [$0.row] } ?? []
        case .versioned(let leftTime, let rightTime):
            guard case .timestamp(let asOf) = row[leftTime] else { return [] }
            var best: (time: Int64, version: Change)?
            for version in equal {
                guard case .timestamp(let time) = version.row[rightTime], time <= asOf, time >= best?.time ?? .min
                else { continue }
                best = (time, version)
            }
            return best.map { $0.version.isDelete ? [] : [$0.version.row] } ?? []
        }
    }

    /// Nulls where a delete makes an expression fail: only its key matters.
    private func evaluate(
        _ expressions: [ScalarExpression], of changes: [Change], _ schema: Schema
    ) throws -> [Row] {
        try changes.map { change in
            if !change.isDelete { return try evaluate(expressions, over: [change.row], schema)[0] }
            return expressions.map { (try? evaluate([$0], over: [change.row], schema)[0][0]) ?? .null }
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
