internal import Columnar
internal import Dataflow
internal import Expressions

/// Rows that stand in the query: a generated table of row numbers, and for each number its row.
extension Binder {
    /// The connector that makes the row numbers, and the column that has them.
    private static let generator = "datagen"
    private static let numberColumn = "row"

    func bindValues(_ rows: [[ExpressionSyntax]], _ range: SourceRange) throws(BindingErrors) -> BoundQuery {
        let plan = try numbered(rows: rows.count, range)
        let expressions = ExpressionBinder(source: source, scope: .empty)
        var collection = ErrorCollection()
        let bound = rows.compactMap { row in
            collection.attempt { () throws(BindingErrors) in try expressions.bindAll(row) }
        }
        for row in rows where row.count != rows[0].count {
            collection.add(
                source.error(
                    .typeMismatch, "the rows have \(rows[0].count) and \(row.count) values",
                    at: row[0].range.through(row[row.count - 1].range)))
        }
        try collection.check()
        var items: [LogicalPlan.Project.Item] = []
        for index in rows[0].indices {
            let item = collection.attempt { () throws(BindingErrors) in
                try value(bound.map { $0[index] }, of: plan, at: rows[rows.count - 1][index].range)
            }
            if let item { items.append(.init(path: ["EXPR$\(index)"], expression: item)) }
        }
        try collection.check()
        let project = LogicalPlan.Project(input: plan, items: items, places: WrittenPlaces([range]))
        return BoundQuery(plan: .project(project), places: rows[0].map(\.range))
    }

    /// The value of a column by the number of its row.
    private func value(
        _ values: [ScalarExpression], of plan: LogicalPlan, at range: SourceRange
    ) throws(BindingErrors) -> ScalarExpression {
        if values.count == 1 { return values[0] }
        guard let type = ExpressionType.common(values.map(\.type)) else {
            let types = values.map(\.type.description).joined(separator: ", ")
            throw fail(.typeMismatch, "the values of this column have no common type: \(types)", range)
        }
        if type == .null { return .literal(.null) }
        let expressions = ExpressionBinder(source: source, scope: .empty)
        return try expressions.build(range) { () throws(ExpressionError) in
            var branches: [(condition: ScalarExpression, result: ScalarExpression)] = []
            for (number, value) in values.enumerated().dropLast() {
                let isRow = try ScalarExpression.comparison(
                    .equal, plan.column(0), .literal(.bigint(Int64(number + 1))))
                branches.append((isRow, value))
            }
            return try .caseWhen(branches, otherwise: values[values.count - 1])
        }
    }

    /// Row numbers from 1, and then the end.
    func numbered(rows count: Int, _ range: SourceRange) throws(BindingErrors) -> LogicalPlan {
        guard catalog.connectors[Self.generator] != nil else {
            throw fail(.unsupported, "a query without a table needs the connector '\(Self.generator)'", range)
        }
        let column = Self.numberColumn
        let definition = TableDefinition(
            name: "VALUES",
            fields: [.init(name: column, type: .bigint, isNullable: false, origin: .payload(path: [column]))],
            primaryKey: [],
            options: [
                "connector": Self.generator, "rows-per-second": "1000000", "fields.\(column).kind": "sequence",
                "fields.\(column).start": "1", "fields.\(column).end": String(count),
            ])
        var options = PlannerOptions()
        options.scanParallelism = 1
        let number = PlanColumn(path: [column], type: .bigint, isNullable: false)
        let table = BoundTable(
            definition: definition, columns: [.init(plan: number, definition: .field(0), isPersisted: true)],
            watermark: nil, primaryKey: [], options: options, scan: .appendOnly, sink: nil, canLookup: false,
            handsOnDeadLetters: false)
        return .scan(.init(table: table, columnIndices: [0], hasWatermark: false))
    }
}
