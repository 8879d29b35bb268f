internal import Expressions

/// Leaves out the columns that nobody reads.
struct ColumnPruning {
    /// A narrower plan, and where it has the columns that were asked for.
    private struct Pruned {
        var plan: LogicalPlan
        /// New positions by old ones.
        var positions: [Int: Int]

        func position(_ old: Int) -> Int {
            guard let new = positions[old] else {
                preconditionFailure("column \(old) was pruned, \(positions) are left")
            }
            return new
        }
    }

    let scanColumns: ScanColumns

    /// The same columns as `plan` in the same order.
    func prune(_ plan: LogicalPlan) -> LogicalPlan {
        let all = Array(plan.columns.indices)
        return exactly(prune(plan, Set(all)), all)
    }

    private func prune(_ plan: LogicalPlan, _ required: Set<Int>) -> Pruned {
        switch plan {
        case .scan(let scan): return prune(scan, required, to: scanColumns.columns(of: scan))
        case .filter(var filter):
            let input = prune(filter.input, plan.requiredInputColumns(for: required))
            filter.input = input.plan
            filter.condition = filter.condition.remappingColumns(input.position)
            return Pruned(plan: .filter(filter), positions: input.positions)
        case .project(let project): return prune(project, required)
        case .rowNumber, .latest:
            // Neither can be run, so that neither gets here.
            return Pruned(plan: plan, positions: Self.identity(plan.columns.indices))
        case .join(let join): return prune(join, required)
        case .union(let inputs):
            let kept = required.sorted()
            return Pruned(
                plan: .union(inputs.map { exactly(prune($0, required), kept) }), positions: Self.numbered(kept))
        }
    }

    private func prune(_ scan: LogicalPlan.Scan, _ required: Set<Int>, to columns: [Int]) -> Pruned {
        var narrow = scan
        narrow.columnIndices = columns
        let places = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) })
        let positions = scan.columnIndices.enumerated().compactMap { old, column in
            places[column].map { (old, $0) }
        }
        return Pruned(plan: .scan(narrow), positions: Dictionary(uniqueKeysWithValues: positions))
    }

    private func prune(_ project: LogicalPlan.Project, _ required: Set<Int>) -> Pruned {
        let input = prune(project.input, LogicalPlan.project(project).requiredInputColumns(for: required))
        let kept = required.sorted()
        let items = kept.map { index in
            LogicalPlan.Project.Item(
                path: project.items[index].path,
                expression: project.items[index].expression.remappingColumns(input.position))
        }
        return Pruned(
            plan: .project(.init(input: input.plan, items: items, places: project.places)),
            positions: Self.numbered(kept))
    }

    private func prune(_ join: LogicalPlan.Join, _ required: Set<Int>) -> Pruned {
        let sides = join.requiredColumns(for: required)
        let leftCount = join.left.columns.count
        let left: Pruned
        let right: Pruned
        if join.strategy == .lookup, case .scan(let scan) = join.right {
            left = prune(join.left, sides.left)
            right = prune(scan, sides.right, to: sides.right.map { scan.columnIndices[$0] }.sorted())
        } else {
            // What the join does not read must not travel to it.
            left = narrowed(join.left, sides.left)
            right = narrowed(join.right, sides.right)
        }
        var narrow = join
        narrow.left = left.plan
        narrow.right = right.plan
        narrow.leftKeys = join.leftKeys.map(left.position)
        narrow.rightKeys = join.rightKeys.map(right.position)
        if case .versioned(let leftTime, let rightTime) = join.strategy {
            narrow.strategy = .versioned(leftTime: left.position(leftTime), rightTime: right.position(rightTime))
        }
        let newLeftCount = left.plan.columns.count
        let kept = required.sorted()
        let candidate = { (old: Int) in
            old < leftCount ? left.position(old) : newLeftCount + right.position(old - leftCount)
        }
        narrow.output = kept.map { candidate(join.output[$0]) }
        narrow.residual = join.residual?.remappingColumns(candidate)
        return Pruned(plan: .join(narrow), positions: Self.numbered(kept))
    }

    private func narrowed(_ plan: LogicalPlan, _ required: Set<Int>) -> Pruned {
        let kept = required.sorted()
        return Pruned(plan: exactly(prune(plan, required), kept), positions: Self.numbered(kept))
    }

    /// `pruned` with just the columns `wanted`, in that order.
    private func exactly(_ pruned: Pruned, _ wanted: [Int]) -> LogicalPlan {
        let positions = wanted.map(pruned.position)
        let columns = pruned.plan.columns
        if positions == Array(columns.indices) { return pruned.plan }
        let items = positions.map { position in
            LogicalPlan.Project.Item(
                path: columns[position].path, expression: columns[position].reference(at: position))
        }
        return .project(.init(input: pruned.plan, items: items))
    }

    private static func numbered(_ kept: [Int]) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    }

    private static func identity(_ indices: Range<Int>) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: indices.map { ($0, $0) })
    }
}
