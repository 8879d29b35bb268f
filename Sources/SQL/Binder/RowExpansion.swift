internal import Expressions

/// A column of a select list, and where it is written.
struct SelectItem {
    var item: LogicalPlan.Project.Item
    var place: SourceRange
}

extension [SelectItem] {
    /// Adds the columns of one item. A ROW behind another one of the same name gets a name of its own, so that the two
    /// are not taken for one.
    mutating func append(row columns: [SelectItem], at position: Int) {
        var columns = columns
        if let previous = last, let first = columns.first, previous.item.path.count > 1, first.item.path.count > 1,
            previous.item.path[0] == first.item.path[0], columns.allSatisfy({ $0.item.path[0] == first.item.path[0] })
        {
            for index in columns.indices { columns[index].item.path[0] += "$\(position)" }
        }
        self += columns
    }
}

/// ROW values of a select list as their leaves: there is no ROW at run time.
struct RowExpansion {
    let source: SourceText
    let scope: Scope

    private var binder: ExpressionBinder { ExpressionBinder(source: source, scope: scope) }

    /// `expression` as a column of that path, or as several below it.
    ///
    /// - Parameter type: what a CAST around it asks for.
    func expand(
        _ expression: ExpressionSyntax, as path: [String], type: TypeSyntax? = nil
    ) throws(BindingErrors) -> [SelectItem] {
        switch expression.kind {
        case .row(let fields): return try expand(fields, of: expression, as: path, type: type)
        case .cast(let operand, let target, isTry: false):
            guard type == nil, case .row = target.kind else { break }
            return try expand(operand, as: path, type: target)
        case .path(let name):
            let leaves = scope.leaves(of: name)
            guard !leaves.isEmpty else { break }
            if let type { throw binder.fail(.unsupported, "a CAST of a ROW column is not supported yet", type.range) }
            return try pass(leaves, below: name, as: path, expression.range)
        default: break
        }
        return [try scalar(expression, as: path, type: type)]
    }

    private func expand(
        _ fields: [ExpressionSyntax], of row: ExpressionSyntax, as path: [String], type: TypeSyntax?
    ) throws(BindingErrors) -> [SelectItem] {
        var names = fields.indices.map { "EXPR$\($0)" }
        var types: [TypeSyntax?] = fields.map { _ in nil }
        if let type {
            guard case .row(let declared) = type.kind, declared.count == fields.count else {
                throw binder.fail(
                    .typeMismatch, "a ROW of \(fields.count) values cannot become \(type)", type.range)
            }
            names = declared.map(\.name.text)
            types = declared.map(\.type)
        }
        var collection = ErrorCollection()
        var items: [SelectItem] = []
        for (index, field) in fields.enumerated() {
            let expanded = collection.attempt { () throws(BindingErrors) in
                try expand(field, as: path + [names[index]], type: types[index])
            }
            items += expanded ?? []
        }
        try collection.check()
        return items
    }

    /// A ROW column as it is.
    private func pass(
        _ leaves: [Int], below name: PathSyntax, as path: [String], _ range: SourceRange
    ) throws(BindingErrors) -> [SelectItem] {
        let columns = scope.columns
        // The path may have its table in front.
        let names = name.parts.map(\.text)
        let depth = columns[leaves[0]].path.starts(with: names) ? names.count : names.count - 1
        var items: [SelectItem] = []
        for leaf in leaves {
            if let obstacle = columns[leaf].obstacle {
                throw binder.fail(
                    .unsupported, "'\(columns[leaf].name)' of the ROW cannot be read: \(obstacle)", range,
                    hint: "take the fields that are needed")
            }
            items.append(
                SelectItem(
                    item: .init(
                        path: path + columns[leaf].path[depth...], expression: columns[leaf].reference(at: leaf)),
                    place: range))
        }
        return items
    }

    private func scalar(
        _ expression: ExpressionSyntax, as path: [String], type: TypeSyntax?
    ) throws(BindingErrors) -> SelectItem {
        var bound = try binder.bind(expression)
        if let type {
            let target = try TypeResolver(source: source).resolve(type)
            let operand = bound
            bound = try binder.build(expression.range) { () throws(ExpressionError) in
                try .casting(operand, to: .value(target))
            }
        }
        guard bound.type == .null || bound.type.logical != nil else {
            throw binder.fail(.typeMismatch, "a column cannot have the type \(bound.type)", expression.range)
        }
        return SelectItem(item: .init(path: path, expression: bound), place: expression.range)
    }
}
