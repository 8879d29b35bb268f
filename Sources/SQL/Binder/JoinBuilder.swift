internal import Columnar
internal import Expressions

/// Builds the plan of a join: columns for keys that are none yet, the join, what the condition asks beyond equal keys.
struct JoinBuilder {
    private var left: LogicalPlan
    private var right: LogicalPlan
    private let isOuter: Bool
    /// How many columns each side has for the query; keys are added behind them.
    private let leftCount: Int
    private let rightCount: Int
    private var leftKeys: [Int] = []
    private var rightKeys: [Int] = []
    private var leftAdditions: [LogicalPlan.Project.Item] = []
    private var rightAdditions: [LogicalPlan.Project.Item] = []

    init(left: LogicalPlan, right: LogicalPlan, isOuter: Bool) {
        self.left = left
        self.right = right
        self.isOuter = isOuter
        leftCount = left.columns.count
        rightCount = right.columns.count
    }

    /// Adds `left = right column`. False when the right column cannot be compared as the types ask without changing
    /// which rows are equal.
    mutating func add(_ key: JoinCondition.Equality, isLookup: Bool) -> Bool {
        let rightType = ExpressionType.value(right.columns[key.right].type)
        var leftKey = key.left
        var rightKey = key.right
        if rightType != key.type {
            guard Self.isWidening(rightType, key.type) else { return false }
            if isLookup {
                // The other system compares in its own type; a value that does not fit it has no match there.
                leftKey = .cast(leftKey, to: rightType, mode: .null)
            } else {
                rightAdditions.append(
                    .init(
                        path: ["$key\(rightAdditions.count)"],
                        expression: .cast(right.column(key.right), to: key.type, mode: .fail)))
                rightKey = rightCount + rightAdditions.count - 1
            }
        }
        if case .column(let reference) = leftKey {
            leftKeys.append(reference.index)
        } else {
            leftAdditions.append(.init(path: ["$key\(leftAdditions.count)"], expression: leftKey))
            leftKeys.append(leftCount + leftAdditions.count - 1)
        }
        rightKeys.append(rightKey)
        return true
    }

    func build(
        _ strategy: LogicalPlan.Join.Strategy, residual: [ScalarExpression], parallelism: Int?, places: WrittenPlaces
    ) -> LogicalPlan {
        let leftWidth = leftCount + leftAdditions.count
        let output = Array(0..<leftCount) + (0..<rightCount).map { leftWidth + $0 }
        let condition = residual.count > 1 ? ScalarExpression.and(residual) : residual.first
        let plan = LogicalPlan.join(
            .init(
                strategy: strategy, isOuter: isOuter, left: Self.extended(left, leftAdditions, places),
                right: Self.extended(right, rightAdditions, places), leftKeys: leftKeys, rightKeys: rightKeys,
                residual: isOuter ? condition?.remappingColumns { output[$0] } : nil, output: output,
                parallelism: parallelism, places: places))
        guard !isOuter, let condition else { return plan }
        return .filter(.init(input: plan, condition: condition, places: places))
    }

    private static func extended(
        _ plan: LogicalPlan, _ additions: [LogicalPlan.Project.Item], _ places: WrittenPlaces
    ) -> LogicalPlan {
        guard !additions.isEmpty else { return plan }
        let forwarded = plan.columns.enumerated().map { index, column in
            LogicalPlan.Project.Item(path: column.path, expression: column.reference(at: index))
        }
        return .project(.init(input: plan, items: forwarded + additions, places: places))
    }

    /// Whether different values stay different and equal ones equal.
    private static func isWidening(_ from: ExpressionType, _ to: ExpressionType) -> Bool {
        switch (from, to) {
        case (.int, .bigint), (.int, .double), (.date, .value(.timestamp)): true
        case (.value(.timestamp(let one)), .value(.timestamp(let other))),
            (.value(.timestampLTZ(let one)), .value(.timestampLTZ(let other))):
            one <= other
        default:
            if let one = from.decimalShape, to.isDecimal, let other = to.decimalShape {
                one.scale <= other.scale && one.precision - one.scale <= other.precision - other.scale
            } else {
                false
            }
        }
    }
}
