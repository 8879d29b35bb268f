internal import Columnar
internal import Dataflow
internal import Expressions

/// A query with everything resolved.
struct BoundQuery {
    var plan: LogicalPlan
    /// Where each column of the plan is written, for messages about its type.
    var places: [SourceRange]
}

extension Binder {
    func bindQuery(_ query: QuerySyntax) throws(BindingErrors) -> BoundQuery {
        switch query.kind {
        case .select(let select): return try bindSelect(select)
        case .unionAll(let parts): return try bindUnion(parts)
        case .with(let tables, let query):
            var scoped = self
            for table in tables {
                guard !tables.contains(where: { $0.name.text == table.name.text && $0.name != table.name }) else {
                    throw fail(.duplicateName, "'\(table.name.text)' is named twice", table.name.range)
                }
                let bound = try scoped.bindQuery(table.query)
                scoped.entries[table.name.text] = .view(try renaming(bound.plan, table.columns, of: table.name))
            }
            return try scoped.bindQuery(query)
        case .values(let rows): return try bindValues(rows, query.range)
        }
    }

    // MARK: SELECT

    private func bindSelect(_ select: SelectSyntax) throws(BindingErrors) -> BoundQuery {
        let parallelism = try joinParallelism(select)
        var relation =
            if let from = select.from { try bindFrom(from, parallelism: parallelism) } else {
                Relation(plan: try numbered(rows: 1, select.range), scope: .empty)
            }
        var collection = ErrorCollection()
        if let filter = select.filter {
            let filtered = collection.attempt { () throws(BindingErrors) in try applyFilter(filter, to: relation) }
            relation = filtered ?? relation
        }
        var items: [SelectItem] = []
        for (position, item) in select.items.enumerated() {
            let bound = collection.attempt { () throws(BindingErrors) in
                try bindItem(item, at: position, in: &relation)
            }
            items.append(row: bound ?? [], at: position)
        }
        try collection.check()
        let plan = LogicalPlan.project(
            .init(input: relation.plan, items: items.map(\.item), places: WrittenPlaces(items.map(\.place))))
        return BoundQuery(plan: plan, places: items.map(\.place))
    }

    /// One item of a select list as the columns it stands for: several for a star or a ROW.
    private func bindItem(
        _ item: SelectSyntax.Item, at position: Int, in relation: inout Relation
    ) throws(BindingErrors) -> [SelectItem] {
        switch item {
        case .star(let table, let range): return try bindStar(table, range, relation)
        case .expression(let expression, let alias):
            let name = alias?.text ?? expression.impliedName ?? "EXPR$\(position)"
            if case .over(let function, let partitionBy, let orderBy) = expression.kind {
                let number = try addRowNumber(
                    WindowCall(function: function, partitionBy: partitionBy, orderBy: orderBy, range: expression.range),
                    to: &relation)
                return [SelectItem(item: .init(path: [name], expression: number), place: expression.range)]
            }
            return try RowExpansion(source: source, scope: relation.scope).expand(expression, as: [name])
        }
    }

    private func bindStar(
        _ table: NameSyntax?, _ range: SourceRange, _ relation: Relation
    ) throws(BindingErrors) -> [SelectItem] {
        var items: [SelectItem] = []
        var collection = ErrorCollection()
        var isFound = table == nil
        for (index, owner) in relation.scope.tables.enumerated() where table == nil || owner.name == table?.text {
            isFound = true
            let offset = relation.scope.offset(ofTable: index)
            for (position, column) in owner.columns.enumerated() {
                if let obstacle = column.obstacle {
                    collection.add(
                        source.error(
                            .unsupported, "'*' takes column '\(column.name)', which cannot be read: \(obstacle)",
                            at: range, hint: "name the columns that are needed"))
                } else {
                    let reference = column.reference(at: offset + position)
                    items.append(
                        SelectItem(item: .init(path: column.path, expression: reference), place: range))
                }
                try collection.check()
            }
        }
        if !isFound, let table {
            throw fail(
                .unknownName, "unknown table '\(table.text)'", table.range,
                hint: NearestName.hint(for: table.text, among: relation.scope.tables.compactMap(\.name)))
        }
        return items
    }

    // MARK: WHERE

    private func applyFilter(
        _ filter: ExpressionSyntax, to relation: Relation
    ) throws(BindingErrors) -> Relation {
        var relation = relation
        let condition = try ExpressionBinder(source: source, scope: relation.scope).bindCondition(filter)
        var rest: [ScalarExpression] = []
        for conjunct in condition.conjuncts {
            if let latest = takingLatest(conjunct, relation.plan) {
                relation.plan = latest
            } else {
                rest.append(conjunct)
            }
        }
        if rest.isEmpty { return relation }
        try refuseRanks(rest, relation, filter.range)
        let rows = rest.count == 1 ? rest[0] : ScalarExpression.and(rest)
        var deletesOthers = false
        if case .upsert(let key) = relation.plan.changelog {
            guard let key else {
                throw fail(
                    .unsupported, "a filter on a stream of updates without its key is not supported yet", filter.range)
            }
            // All rows of a key pass, or none: what fails has nothing to take back.
            deletesOthers = !rows.referencedColumns.isSubset(of: key)
        }
        relation.plan = .filter(
            .init(
                input: relation.plan, condition: rows, deletesOthers: deletesOthers,
                places: WrittenPlaces([filter.range])))
        return relation
    }

    private func refuseRanks(
        _ conjuncts: [ScalarExpression], _ relation: Relation, _ range: SourceRange
    ) throws(BindingErrors) {
        let columns = relation.plan.columns
        guard conjuncts.contains(where: { $0.referencedColumns.contains { columns[$0].role == .rowNumber } }) else {
            return
        }
        throw fail(
            .unsupported, "of ROW_NUMBER() only the first row of each key is supported yet", range,
            hint: "write ... = 1, joined to other conditions by AND")
    }

    // MARK: UNION ALL

    private func bindUnion(_ parts: [QuerySyntax]) throws(BindingErrors) -> BoundQuery {
        var collection = ErrorCollection()
        let bound = parts.compactMap { part in
            collection.attempt { () throws(BindingErrors) in try bindQuery(part) }
        }
        try collection.check()
        let first = bound[0].plan.columns
        for (part, query) in zip(parts, bound) {
            if query.plan.columns.count != first.count {
                collection.add(
                    source.error(
                        .typeMismatch,
                        "the parts of the UNION ALL have \(first.count) and \(query.plan.columns.count) columns",
                        at: part.range))
            } else if query.plan.changelog != .appendOnly {
                collection.add(
                    source.error(
                        .unsupported, "UNION ALL of a stream of updates is not supported yet", at: part.range))
            }
        }
        try collection.check()
        let types = first.indices.map { index in
            ExpressionType.common(bound.map { $0.plan.expressionType(of: index) })
        }
        for (index, type) in types.enumerated() where type?.logical == nil {
            let names = bound.map { $0.plan.expressionType(of: index).description }.joined(separator: ", ")
            collection.add(
                source.error(
                    .typeMismatch,
                    "column \(index + 1) ('\(first[index].name)') of the UNION ALL has no common type: \(names)",
                    at: bound[bound.count - 1].places[index], hint: "CAST them to one"))
        }
        try collection.check()
        let plans = try bound.map { (query) throws(BindingErrors) in
            try cast(query, to: types.compactMap(\.self), names: first.map(\.path))
        }
        return BoundQuery(plan: .union(plans), places: bound[0].places)
    }

    /// `query` with its columns converted, when any has to be.
    func cast(
        _ query: BoundQuery, to types: [ExpressionType], names: [[String]]
    ) throws(BindingErrors) -> LogicalPlan {
        let columns = query.plan.columns
        if zip(columns, types).allSatisfy({ .value($0.type) == $1 }), columns.map(\.path) == names { return query.plan }
        let expressions = ExpressionBinder(source: source, scope: .empty)
        var items: [LogicalPlan.Project.Item] = []
        for (index, type) in types.enumerated() {
            let converted = try expressions.build(query.places[index]) { () throws(ExpressionError) in
                if query.plan.expressionType(of: index) == .null { return .literal(.null(of: type)) }
                return try .casting(query.plan.column(index), to: type)
            }
            items.append(.init(path: names[index], expression: converted))
        }
        return .project(.init(input: query.plan, items: items))
    }

    /// The value of the hint `PARALLELISM('4')` of a SELECT.
    private func joinParallelism(_ select: SelectSyntax) throws(BindingErrors) -> Int? {
        var parallelism: Int?
        for hint in select.hints {
            guard hint.name.text.uppercased() == "PARALLELISM" else {
                let known = ["LOOKUP", "STATE_TTL", "BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE", "NEST_LOOP"]
                if known.contains(hint.name.text.uppercased()) {
                    throw fail(
                        .unsupported, "the hint \(hint.name.text.uppercased()) is not supported yet", hint.name.range)
                }
                throw fail(
                    .unknownName, "unknown hint '\(hint.name.text)'", hint.name.range,
                    hint: NearestName.hint(for: hint.name.text, among: ["PARALLELISM"])
                        ?? "a SELECT takes PARALLELISM('4'); OPTIONS(...) stands behind a table")
            }
            guard hint.options.isEmpty, hint.arguments.count == 1, let value = Int(hint.arguments[0].text),
                (1...4096).contains(value)
            else {
                throw fail(.invalidOption, "PARALLELISM takes one whole number from 1 to 4096", hint.name.range)
            }
            guard case .join? = select.from else {
                throw fail(
                    .invalidOption, "PARALLELISM is for a SELECT with a join", hint.name.range,
                    hint: "tables take OPTIONS('scan.parallelism' = '...') and OPTIONS('sink.parallelism' = '...')")
            }
            parallelism = value
        }
        return parallelism
    }
}

extension ExpressionSyntax {
    /// The name that a column gets when no alias is given; nil for what is no column.
    fileprivate var impliedName: String? {
        if case .path(let path) = kind { path.last.text } else { nil }
    }
}
