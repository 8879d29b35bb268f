extension LogicalPlan {
    /// The nodes that this one reads, in order.
    package var inputs: [LogicalPlan] {
        switch self {
        case .scan: []
        case .filter(let filter): [filter.input]
        case .project(let project): [project.input]
        case .rowNumber(let rowNumber): [rowNumber.input]
        case .latest(let latest): [latest.input]
        case .join(let join): [join.left, join.right]
        case .union(let inputs): inputs
        }
    }

    /// The same node with each input replaced.
    package func mappingInputs(_ transform: (LogicalPlan) -> LogicalPlan) -> LogicalPlan {
        switch self {
        case .scan: return self
        case .filter(var filter):
            filter.input = transform(filter.input)
            return .filter(filter)
        case .project(var project):
            project.input = transform(project.input)
            return .project(project)
        case .rowNumber(var rowNumber):
            rowNumber.input = transform(rowNumber.input)
            return .rowNumber(rowNumber)
        case .latest(var latest):
            latest.input = transform(latest.input)
            return .latest(latest)
        case .join(var join):
            join.left = transform(join.left)
            join.right = transform(join.right)
            return .join(join)
        case .union(let inputs): return .union(inputs.map(transform))
        }
    }
}
