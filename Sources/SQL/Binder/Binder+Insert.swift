internal import Columnar
internal import Dataflow
internal import Expressions

extension Binder {
    mutating func bindInsert(_ syntax: InsertSyntax) throws(BindingErrors) {
        var collection = ErrorCollection()
        let binder = self
        let target = collection.attempt { () throws(BindingErrors) in try binder.target(syntax) }
        let query = collection.attempt { () throws(BindingErrors) in try binder.bindReadableQuery(syntax.query) }
        try collection.check()
        guard let target, let query else { throw .alreadyReported }
        inserts.append(try insert(query, into: target, syntax))
    }

    private func bindReadableQuery(_ syntax: QuerySyntax) throws(BindingErrors) -> BoundQuery {
        let query = try bindQuery(syntax)
        if let range = query.plan.strayVersions {
            throw fail(
                .unsupported, "ROW_NUMBER() is only supported yet as the right side of a temporal join", range,
                hint: "JOIN the view FOR SYSTEM_TIME AS OF <left time column>, with ROW_NUMBER() = 1 in it")
        }
        return query
    }

    /// The table and the columns that are written, in the order in which the query gives them.
    private struct Target {
        var table: BoundTable
        var columns: [BoundTable.Column]
        var fields: [Int]
    }

    private func target(_ syntax: InsertSyntax) throws(BindingErrors) -> Target {
        guard case .table(var table, let definition) = try entry(syntax.table) else {
            throw fail(.unsupported, "'\(syntax.table)' is a view and cannot be written to", syntax.table.range)
        }
        let options = try tableOptions(syntax.hints)
        if !options.isEmpty { table = try TableBinder(binder: self, syntax: definition, hints: options).bind() }
        guard table.sink != nil else {
            let connector = table.definition.options["connector"] ?? ""
            throw fail(
                .invalidOption, "table '\(table.name)' cannot be written to: its connector is '\(connector)'",
                syntax.table.range)
        }
        let persisted = table.columns.filter(\.isPersisted)
        let columns = syntax.columns.isEmpty ? persisted : try chosen(syntax, persisted, table)
        var fields: [Int] = []
        for column in columns {
            guard case .field(let field) = column.definition, column.sinkObstacle == nil else {
                throw fail(.unsupported, Self.cannotWrite(column), syntax.table.range)
            }
            fields.append(field)
        }
        return Target(table: table, columns: columns, fields: fields)
    }

    private static func cannotWrite(_ column: BoundTable.Column) -> String {
        let reason = column.plan.obstacle ?? column.sinkObstacle ?? "it is computed"
        return "column '\(column.plan.path[0])' cannot be written: \(reason)"
    }

    /// The columns of an explicit list; the others get NULL.
    private func chosen(
        _ syntax: InsertSyntax, _ persisted: [BoundTable.Column], _ table: BoundTable
    ) throws(BindingErrors) -> [BoundTable.Column] {
        var collection = ErrorCollection()
        var columns: [BoundTable.Column] = []
        for name in syntax.columns {
            let leaves = persisted.filter { $0.plan.path[0] == name.text }
            guard let first = leaves.first else {
                collection.add(
                    source.error(
                        .unknownName, "table '\(table.name)' has no column '\(name.text)' to write to", at: name.range,
                        hint: NearestName.hint(for: name.text, among: persisted.map(\.plan.path[0]))))
                continue
            }
            if columns.contains(first) {
                collection.add(source.error(.duplicateName, "column '\(name.text)' is written twice", at: name.range))
            }
            columns += leaves
        }
        try collection.check()
        if let missing = persisted.first(where: { !columns.contains($0) && !$0.plan.isNullable }) {
            throw fail(
                .typeMismatch, "column '\(missing.plan.name)' of '\(table.name)' is NOT NULL and gets no value",
                syntax.columns[0].range.through(syntax.columns[syntax.columns.count - 1].range))
        }
        return columns
    }

    // MARK: Fitting the query to the table

    private func insert(
        _ query: BoundQuery, into target: Target, _ syntax: InsertSyntax
    ) throws(BindingErrors) -> BoundInsert {
        let given = query.plan.columns
        try checkShape(given, target, syntax)
        try checkTypes(query, target)
        try checkChangelog(query, target, syntax)
        let types = target.columns.map { ExpressionType.value($0.plan.type) }
        let plan = try cast(query, to: types, names: target.columns.map(\.plan.path))
        let end = syntax.columns.last?.range ?? syntax.table.range
        return BoundInsert(
            plan: plan, table: target.table, fields: target.fields,
            places: WrittenPlaces([syntax.table.range.through(end)]))
    }

    private func checkShape(
        _ given: [PlanColumn], _ target: Target, _ syntax: InsertSyntax
    ) throws(BindingErrors) {
        let name = target.table.name
        let shapes = (
            ColumnShape.shapes(given.map(\.path)), ColumnShape.shapes(target.columns.map(\.plan.path))
        )
        if shapes.0 == shapes.1 { return }
        let count = shapes.0.count
        let message =
            count == shapes.1.count
            ? "the ROW columns of the query and of table '\(name)' are made up differently"
            : "the query gives \(count) column\(count == 1 ? "" : "s"), table '\(name)' takes \(shapes.1.count)"
        throw fail(
            .typeMismatch, message, syntax.query.range,
            hint: "query: \(Self.list(given)); table: \(Self.list(target.columns.map(\.plan)))")
    }

    private static func list(_ columns: [PlanColumn]) -> String {
        "(\(columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")))"
    }

    private func checkTypes(_ query: BoundQuery, _ target: Target) throws(BindingErrors) {
        var collection = ErrorCollection()
        for (index, column) in target.columns.enumerated() {
            let given = query.plan.expressionType(of: index)
            guard !given.isAssignable(to: .value(column.plan.type)) else { continue }
            collection.add(
                source.error(
                    .typeMismatch,
                    "column '\(column.plan.name)' of '\(target.table.name)' is \(column.plan.type), "
                        + "the query gives \(given)",
                    at: query.places[index], hint: "CAST(... AS \(column.plan.type))"))
        }
        try collection.check()
    }

    private func checkChangelog(
        _ query: BoundQuery, _ target: Target, _ syntax: InsertSyntax
    ) throws(BindingErrors) {
        guard case .upsert(let key) = query.plan.changelog else { return }
        let table = target.table
        guard table.sink == .upsert else {
            throw fail(
                .changelog,
                "the query is a stream of updates and deletes, and table '\(table.name)' takes only inserts",
                syntax.table.range,
                hint: "write it to a table with a primary key: connector 'upsert-kafka' or 'postgres'")
        }
        guard !table.primaryKey.isEmpty else {
            throw fail(
                .changelog,
                "the query is a stream of updates, and table '\(table.name)' has no primary key to apply them by",
                syntax.table.range, hint: "declare PRIMARY KEY (...) NOT ENFORCED")
        }
        let sinkKey = Set(
            table.primaryKey.compactMap { column in
                target.columns.firstIndex(of: table.columns[column])
            })
        guard let key, Set(key) == sinkKey else {
            let columns = query.plan.columns
            let keyText = key.map { $0.map { columns[$0].name }.joined(separator: ", ") } ?? "not among its columns"
            throw fail(
                .changelog,
                "the updates of the query are by another key (\(keyText)) than the primary key of '\(table.name)' "
                    + "(\(table.definition.primaryKey.joined(separator: ", ")))",
                syntax.query.range)
        }
    }
}

extension LogicalPlan {
    /// The type of a column; NULL without a type where the query says so.
    func expressionType(of index: Int) -> ExpressionType {
        if case .project(let project) = self { return project.items[index].expression.type }
        return .value(columns[index].type)
    }
}

extension ExpressionType {
    /// Whether a sink takes it for `target` without a CAST (Flink's rule for implicit casts).
    fileprivate func isAssignable(to target: ExpressionType) -> Bool {
        if self == target || self == .null { return true }
        guard case .value(let source) = self, case .value(let target) = target else { return false }
        switch (source, target) {
        case (.int, .bigint): return true
        case (_, .decimal), (_, .double): return source.isNumeric
        default: return source.isTimestamp && target.isTimestamp
        }
    }
}
