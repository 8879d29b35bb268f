extension LogicalPlan: CustomStringConvertible {
    /// A line a node, inputs indented below it.
    package var description: String { lines.joined(separator: "\n") }

    private var lines: [String] {
        [summary] + inputs.flatMap { $0.lines.map { "  " + $0 } }
    }

    private var summary: String {
        switch self {
        case .scan(let scan):
            "Scan \(scan.table.name) (\(columns.map(\.name).joined(separator: ", ")))"
                + (scan.hasWatermark ? " with watermark" : "")
        case .filter(let filter): "\(filter.deletesOthers ? "DeletingFilter" : "Filter") \(filter.condition)"
        case .project(let project):
            "Project "
                + project.items.map { "\($0.expression) AS \($0.path.joined(separator: "."))" }.joined(separator: ", ")
        case .rowNumber: "RowNumber"
        case .latest(let latest):
            "Latest by \(latest.keys.map { latest.input.columns[$0].name }.joined(separator: ", "))"
        case .join(let join): join.summary
        case .union: "Union"
        }
    }
}

extension LogicalPlan.Join {
    fileprivate var summary: String {
        let leftColumns = left.columns
        let rightColumns = right.columns
        let pairs = zip(leftKeys, rightKeys).map { "\(leftColumns[$0].name) = \(rightColumns[$1].name)" }
        let kind =
            switch strategy {
            case .versioned(let leftTime, let rightTime):
                "VersionedJoin as of \(leftColumns[leftTime].name) of versions by \(rightColumns[rightTime].name)"
            case .current: "CurrentJoin"
            case .lookup: "LookupJoin"
            }
        return "\(isOuter ? "Left" : "")\(kind) on \(pairs.joined(separator: " AND ")) "
            + "(\(output.map { candidates[$0].name }.joined(separator: ", ")))"
    }
}
