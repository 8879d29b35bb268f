extension StatementSyntax: CustomStringConvertible {
    /// As SQL that parses to the same statement, without the final semicolon.
    package var description: String {
        switch kind {
        case .createTable(let table): table.description
        case .createView(let view): view.description
        case .drop(let drop):
            "DROP \(drop.isTemporary ? "TEMPORARY " : "")\(drop.kind.rawValue) "
                + "\(drop.ifExists ? "IF EXISTS " : "")\(drop.name)"
        case .set(let option): "SET \(option)"
        case .insert(let insert): insert.description
        case .statementSet(let inserts):
            "EXECUTE STATEMENT SET BEGIN\n" + inserts.map { "\($0);\n" }.joined() + "END"
        }
    }
}

extension CreateTableSyntax: CustomStringConvertible {
    package var description: String {
        let elements =
            columns.map(\.description)
            + watermarks.map { "WATERMARK FOR \($0.column) AS \($0.expression)" }
            + primaryKeys.map { key in
                "PRIMARY KEY (\(key.columns.map(\.description).joined(separator: ", "))) NOT ENFORCED"
            }
        return "CREATE \(isTemporary ? "TEMPORARY " : "")TABLE \(ifNotExists ? "IF NOT EXISTS " : "")\(name)"
            + (elements.isEmpty ? "" : " (\n  \(elements.joined(separator: ",\n  "))\n)")
            + (comment.map { " COMMENT \(LiteralSyntax.quote($0))" } ?? "")
            + (options.isEmpty ? "" : " WITH (\n  \(options.map(\.description).joined(separator: ",\n  "))\n)")
            + (like.map { " \($0)" } ?? "")
    }
}

extension CreateTableSyntax.LikeClause: CustomStringConvertible {
    package var description: String {
        let list = rules.map { "\($0.strategy.rawValue) \($0.feature.rawValue)" }.joined(separator: " ")
        return "LIKE \(table)" + (rules.isEmpty ? "" : " (\(list))")
    }
}

extension CreateTableSyntax.Column: CustomStringConvertible {
    package var description: String {
        let definition =
            switch kind {
            case .physical(let type): type.description
            case .computed(let expression): "AS \(expression)"
            case .metadata(let type, let key, let isVirtual):
                "\(type) METADATA" + (key.map { " FROM \(LiteralSyntax.quote($0.text))" } ?? "")
                    + (isVirtual ? " VIRTUAL" : "")
            }
        return "\(name) \(definition)" + (comment.map { " COMMENT \(LiteralSyntax.quote($0))" } ?? "")
    }
}

extension CreateViewSyntax: CustomStringConvertible {
    package var description: String {
        let list = columns.map(\.description).joined(separator: ", ")
        return "CREATE \(isTemporary ? "TEMPORARY " : "")VIEW \(ifNotExists ? "IF NOT EXISTS " : "")\(name)"
            + (columns.isEmpty ? "" : " (\(list))") + (comment.map { " COMMENT \(LiteralSyntax.quote($0))" } ?? "")
            + " AS \(query)"
    }
}

extension InsertSyntax: CustomStringConvertible {
    package var description: String {
        let list = columns.map(\.description).joined(separator: ", ")
        let hints = hints.isEmpty ? "" : " /*+ \(hints.map(\.description).joined(separator: ", ")) */"
        return "INSERT INTO \(table)\(hints)\(columns.isEmpty ? "" : " (\(list))") \(query)"
    }
}
