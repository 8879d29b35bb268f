internal import Columnar
internal import Expressions

/// `function OVER (PARTITION BY ... ORDER BY ...)` in a select list.
struct WindowCall {
    let function: ExpressionSyntax
    let partitionBy: [ExpressionSyntax]
    let orderBy: [ExpressionSyntax.SortKey]
    let range: SourceRange
}

/// The form by which Flink's users make a versioned table of an append-only one:
/// `SELECT ... FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY key ORDER BY ts DESC) AS n FROM t) WHERE n = 1`.
extension Binder {
    /// Adds the number as a column of `relation`'s plan and returns it.
    func addRowNumber(_ call: WindowCall, to relation: inout Relation) throws(BindingErrors) -> ScalarExpression {
        guard case .call(let name, let arguments) = call.function.kind, name.text.uppercased() == "ROW_NUMBER",
            arguments.isEmpty
        else {
            throw fail(.unsupported, "only ROW_NUMBER() is supported yet as a window function", call.function.range)
        }
        if case .rowNumber = relation.plan {
            throw fail(.unsupported, "more than one window function in a query is not supported yet", call.range)
        }
        guard relation.plan.changelog == .appendOnly else {
            throw fail(.unsupported, "ROW_NUMBER() over a stream of updates is not supported yet", call.range)
        }
        if call.partitionBy.isEmpty {
            throw fail(.unsupported, "ROW_NUMBER() without PARTITION BY is not supported yet", call.range)
        }
        var collection = ErrorCollection()
        let keys = call.partitionBy.compactMap { key in
            collection.attempt { () throws(BindingErrors) in try column(key, relation.scope, "PARTITION BY") }
        }
        let order = collection.attempt { () throws(BindingErrors) in try versionTime(call, relation) }
        try collection.check()
        guard let order else { throw .alreadyReported }
        let plan = LogicalPlan.rowNumber(
            .init(input: relation.plan, keys: keys, order: order, range: call.range))
        relation.plan = plan
        return plan.column(plan.columns.count - 1)
    }

    private func versionTime(_ call: WindowCall, _ relation: Relation) throws(BindingErrors) -> Int {
        guard call.orderBy.count == 1, let key = call.orderBy.first else {
            throw fail(.unsupported, "ROW_NUMBER() needs ORDER BY one event-time column DESC", call.range)
        }
        let order = try column(key.expression, relation.scope, "ORDER BY")
        guard key.isDescending else {
            throw fail(
                .unsupported, "the first row of a key (ORDER BY ... ASC) is not supported yet", key.expression.range,
                hint: "write DESC for the latest row")
        }
        guard relation.plan.columns[order].role == .eventTime else {
            throw fail(
                .invalidJoin, "ROW_NUMBER() must be ordered by an event-time column", key.expression.range,
                hint: "declare WATERMARK FOR it in its table")
        }
        return order
    }

    private func column(
        _ syntax: ExpressionSyntax, _ scope: Scope, _ clause: String
    ) throws(BindingErrors) -> Int {
        guard case .path(let path) = syntax.kind else {
            throw fail(
                .unsupported, "\(clause) of an expression is not supported yet", syntax.range,
                hint: "compute it as a column of a subquery or view")
        }
        return try scope.resolve(path, source)
    }

    /// `plan` with only the latest row of each key, when `conjunct` is `row number = 1`.
    func takingLatest(_ conjunct: ScalarExpression, _ plan: LogicalPlan) -> LogicalPlan? {
        guard case .call(let call) = conjunct, call.arguments.count == 2 else { return nil }
        let (left, right) = (call.arguments[0].folded(), call.arguments[1].folded())
        let (number, limit, function) =
            left.isConstant ? (right, left, call.function.mirrored) : (left, right, call.function)
        guard case .column(let reference) = number, plan.columns[reference.index].role == .rowNumber,
            let value = limit.literal?.value
        else { return nil }
        switch (function, value) {
        case (.equal, .bigint(1)), (.equal, .int(1)), (.lessOrEqual, .bigint(1)), (.lessOrEqual, .int(1)),
            (.less, .bigint(2)), (.less, .int(2)):
            return plan.replacingRowNumber()
        default: return nil
        }
    }
}

extension LogicalPlan {
    /// The plan with its ROW_NUMBER() fixed to 1; nil when there is none within reach.
    fileprivate func replacingRowNumber() -> LogicalPlan? {
        switch self {
        case .rowNumber(let rowNumber):
            let latest = LogicalPlan.latest(
                .init(input: rowNumber.input, keys: rowNumber.keys, time: rowNumber.order, range: rowNumber.range))
            var items = latest.columns.enumerated().map { index, column in
                Project.Item(path: column.path, expression: column.reference(at: index))
            }
            items.append(.init(path: ["ROW_NUMBER"], expression: .literal(.bigint(1))))
            return .project(.init(input: latest, items: items))
        case .project(var project):
            guard let input = project.input.replacingRowNumber() else { return nil }
            project.input = input
            return .project(project)
        default: return nil
        }
    }

    /// Where a ROW_NUMBER() or its latest row is used that only a temporal join could use.
    var strayVersions: SourceRange? {
        switch self {
        case .scan: nil
        case .filter(let filter): filter.input.strayVersions
        case .project(let project): project.input.strayVersions
        case .rowNumber(let rowNumber): rowNumber.range
        case .latest(let latest): latest.range
        case .join(let join): join.left.strayVersions ?? join.right.strayVersions
        case .union(let inputs): inputs.lazy.compactMap(\.strayVersions).first
        }
    }
}

extension ScalarFunction {
    /// The comparison with its operands changed over.
    fileprivate var mirrored: ScalarFunction {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}
