internal import Dataflow
internal import Expressions

/// What FROM gives: rows, and the names for their columns.
struct Relation {
    var plan: LogicalPlan
    /// One column for each of the plan's.
    var scope: Scope
}

extension Binder {
    func bindFrom(_ reference: TableReferenceSyntax, parallelism: Int?) throws(BindingErrors) -> Relation {
        switch reference {
        case .table(let table):
            if let systemTime = table.systemTime {
                throw fail(
                    .invalidJoin, "FOR SYSTEM_TIME AS OF belongs to the right side of a JOIN", systemTime.range)
            }
            let relation = try bindTable(table)
            try checkReadable(relation, table)
            return relation
        case .subquery(let query, let alias, let columns):
            let bound = try bindQuery(query)
            var names = bound.plan.columns
            if let alias, !columns.isEmpty { names = try renamed(names, columns, at: alias.range) }
            return Relation(plan: bound.plan, scope: Scope(tables: [.init(name: alias?.text, columns: names)]))
        case .join(let join): return try bindJoin(join, parallelism: parallelism)
        }
    }

    /// A table or view by name, all of its columns.
    func bindTable(_ syntax: TableReferenceSyntax.TableSyntax) throws(BindingErrors) -> Relation {
        let name = try localName(syntax.name)
        let plan: LogicalPlan
        switch try entry(syntax.name) {
        case .table(var table, let definition):
            let options = try tableOptions(syntax.hints)
            if !options.isEmpty {
                table = try TableBinder(binder: self, syntax: definition, hints: options).bind()
            }
            plan = .scan(
                .init(
                    table: table, columnIndices: Array(table.columns.indices), hasWatermark: table.watermark != nil,
                    places: WrittenPlaces([syntax.range])))
        case .view(let view):
            if let hint = syntax.hints.first {
                throw fail(.invalidOption, "a view takes no hint", hint.name.range)
            }
            plan = view
        case .broken: throw .alreadyReported
        }
        var columns = plan.columns
        if let alias = syntax.alias, !syntax.columns.isEmpty {
            columns = try renamed(columns, syntax.columns, at: alias.range)
        }
        return Relation(plan: plan, scope: Scope(tables: [.init(name: syntax.alias?.text ?? name, columns: columns)]))
    }

    /// The options of the hint OPTIONS behind a table.
    func tableOptions(_ hints: [HintSyntax]) throws(BindingErrors) -> [OptionSyntax] {
        var options: [OptionSyntax] = []
        for hint in hints {
            guard hint.name.text.uppercased() == "OPTIONS" else {
                throw fail(
                    .unknownName, "unknown hint '\(hint.name.text)'", hint.name.range,
                    hint: "a table takes OPTIONS('key' = 'value')")
            }
            if let argument = hint.arguments.first {
                throw fail(.invalidOption, "OPTIONS takes 'key' = 'value' pairs", argument.range)
            }
            options += hint.options
        }
        return options
    }

    /// Fails for a table that can only be looked up.
    private func checkReadable(
        _ relation: Relation, _ syntax: TableReferenceSyntax.TableSyntax
    ) throws(BindingErrors) {
        guard let table = relation.plan.unreadableTable else { return }
        let connector = table.definition.options["connector"] ?? ""
        throw fail(
            .invalidJoin, "table '\(table.name)' cannot be read as a stream: its connector is '\(connector)'",
            syntax.name.range,
            hint: table.canLookup
                ? "join it: [LEFT] JOIN \(table.name) FOR SYSTEM_TIME AS OF <a PROCTIME() column>" : nil)
    }
}

extension LogicalPlan {
    /// A table that would have to be scanned and cannot be.
    var unreadableTable: BoundTable? {
        switch self {
        case .scan(let scan): scan.table.scan == nil ? scan.table : nil
        case .join(let join) where join.strategy == .lookup: join.left.unreadableTable
        default: inputs.lazy.compactMap(\.unreadableTable).first
        }
    }
}
