internal import Expressions

/// Which columns of each scanned table the whole job uses, so that one scan can serve every insert.
struct ScanColumns {
    private struct Key: Hashable {
        let table: BoundTable
        let hasWatermark: Bool
    }

    private var used: [Key: Set<Int>] = [:]

    /// Adds what `plan` uses.
    mutating func collect(_ plan: LogicalPlan) {
        collect(plan, required: Set(plan.columns.indices))
    }

    /// The columns that every scan like `scan` puts out, ascending.
    func columns(of scan: LogicalPlan.Scan) -> [Int] {
        let columns = used[Key(table: scan.table, hasWatermark: scan.hasWatermark), default: []].sorted()
        // Rows without columns could not be counted.
        let first = scan.table.columns.indices.first { scan.table.columns[$0].plan.obstacle == nil }
        return columns.isEmpty ? first.map { [$0] } ?? [] : columns
    }

    private mutating func collect(_ plan: LogicalPlan, required: Set<Int>) {
        switch plan {
        case .scan(let scan):
            var columns = Set(required.map { scan.columnIndices[$0] })
            if scan.hasWatermark, let watermark = scan.table.watermark { columns.insert(watermark.column) }
            used[Key(table: scan.table, hasWatermark: scan.hasWatermark), default: []].formUnion(columns)
        case .join(let join):
            let sides = join.requiredColumns(for: required)
            collect(join.left, required: sides.left)
            if join.strategy != .lookup { collect(join.right, required: sides.right) }
        default:
            for input in plan.inputs { collect(input, required: plan.requiredInputColumns(for: required)) }
        }
    }
}

extension LogicalPlan {
    /// What a node with one kind of input reads of it so that it can put out `required`.
    func requiredInputColumns(for required: Set<Int>) -> Set<Int> {
        switch self {
        case .scan, .join, .union: required
        case .filter(let filter): required.union(filter.condition.referencedColumns)
        case .project(let project):
            required.reduce(into: []) { $0.formUnion(project.items[$1].expression.referencedColumns) }
        case .rowNumber(let rowNumber):
            required.filter { $0 < rowNumber.input.columns.count }.union(rowNumber.keys).union([rowNumber.order])
        case .latest(let latest): required.union(latest.keys).union([latest.time])
        }
    }
}

extension LogicalPlan.Join {
    /// What the join reads of its sides so that it can put out `required`.
    func requiredColumns(for required: Set<Int>) -> (left: Set<Int>, right: Set<Int>) {
        let leftCount = left.columns.count
        let candidates = Set(required.map { output[$0] }).union(residual?.referencedColumns ?? [])
        var leftSide = Set(candidates.filter { $0 < leftCount }).union(leftKeys)
        var rightSide = Set(candidates.filter { $0 >= leftCount }.map { $0 - leftCount }).union(rightKeys)
        if case .versioned(let leftTime, let rightTime) = strategy {
            leftSide.insert(leftTime)
            rightSide.insert(rightTime)
        }
        return (leftSide, rightSide)
    }
}
