extension QuerySyntax: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .select(let select): select.description
        case .unionAll(let parts):
            parts.map { part in if case .with = part.kind { "(\(part))" } else { part.description } }
                .joined(separator: " UNION ALL ")
        case .with(let tables, let query):
            "WITH "
                + tables.map { table in
                    let columns = table.columns.map(\.description).joined(separator: ", ")
                    return "\(table.name)\(columns.isEmpty ? "" : " (\(columns))") AS (\(table.query))"
                }.joined(separator: ", ") + " \(query)"
        case .values(let rows): "VALUES " + rows.map { "(\(ExpressionSyntax.list($0)))" }.joined(separator: ", ")
        }
    }
}

extension SelectSyntax: CustomStringConvertible {
    package var description: String {
        let items = items.map { item in
            switch item {
            case .star(nil, _): "*"
            case .star(let table?, _): "\(table).*"
            case .expression(let expression, nil): expression.description
            case .expression(let expression, let alias?): "\(expression) AS \(alias)"
            }
        }
        return "SELECT " + HintSyntax.list(hints).map { "\($0) " }.joined() + items.joined(separator: ", ")
            + (from.map { " FROM \($0)" } ?? "") + (filter.map { " WHERE \($0)" } ?? "")
    }
}

extension TableReferenceSyntax: CustomStringConvertible {
    package var description: String {
        switch self {
        case .table(let table):
            "\(table.name)" + HintSyntax.list(table.hints).map { " \($0)" }.joined()
                + (table.systemTime.map { " FOR SYSTEM_TIME AS OF \($0)" } ?? "")
                + Self.alias(table.alias, table.columns)
        case .subquery(let query, let alias, let columns): "(\(query))" + Self.alias(alias, columns)
        case .join(let join): "\(join.left) \(join.kind.rawValue) \(join.right) ON \(join.condition)"
        }
    }

    private static func alias(_ alias: NameSyntax?, _ columns: [NameSyntax]) -> String {
        guard let alias else { return "" }
        let list = columns.map(\.description).joined(separator: ", ")
        return " AS \(alias)" + (columns.isEmpty ? "" : " (\(list))")
    }
}

extension HintSyntax: CustomStringConvertible {
    package var description: String {
        let pairs = options.map(\.description) + arguments.map { LiteralSyntax.quote($0.text) }
        return "\(name)(\(pairs.joined(separator: ", ")))"
    }

    /// `/*+ A(...), B(...) */` as a list of none or one.
    fileprivate static func list(_ hints: [HintSyntax]) -> [String] {
        hints.isEmpty ? [] : ["/*+ \(hints.map(\.description).joined(separator: ", ")) */"]
    }
}

extension OptionSyntax: CustomStringConvertible {
    package var description: String { "\(LiteralSyntax.quote(key.text)) = \(LiteralSyntax.quote(value.text))" }
}
