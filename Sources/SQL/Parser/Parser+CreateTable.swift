extension Parser {
    /// What stands between the parentheses of CREATE TABLE.
    private struct Elements {
        var columns: [CreateTableSyntax.Column] = []
        var watermarks: [CreateTableSyntax.Watermark] = []
        var primaryKeys: [CreateTableSyntax.PrimaryKey] = []
    }

    mutating func parseCreateTable(isTemporary: Bool) throws(SQLError) -> CreateTableSyntax {
        let ifNotExists = try parseIfNotExists()
        let name = try parsePath("the name of the table")
        try refuseTableForms()
        var elements = Elements()
        if !at(.like), !at(.with) {
            try expect(.leftParenthesis)
            repeat {
                try parseElement(into: &elements)
            } while accept(.comma)
            try expect(.rightParenthesis, orElse: " or ','")
        }
        let comment = accept(.comment) ? try expectString("the comment as a string literal").text : nil
        if at(.partitioned) { throw unsupported("PARTITIONED BY is") }
        if at(.distributed) { throw unsupported("DISTRIBUTED BY is") }
        var options: [OptionSyntax] = []
        if accept(.with) {
            try expect(.leftParenthesis)
            options = try parseList { parser throws(SQLError) in try parser.parseOption() }
            try expect(.rightParenthesis, orElse: " or ','")
        }
        let like = at(.like) ? try parseLike() : nil
        try refuseTableForms()
        return CreateTableSyntax(
            name: name, isTemporary: isTemporary, ifNotExists: ifNotExists, columns: elements.columns,
            watermarks: elements.watermarks, primaryKeys: elements.primaryKeys, comment: comment, options: options,
            like: like)
    }

    private func refuseTableForms() throws(SQLError) {
        if at(.as) {
            throw unsupported("CREATE TABLE ... AS is", hint: "create the table, then INSERT INTO it")
        }
    }

    /// `LIKE table [(INCLUDING | EXCLUDING | OVERWRITING feature ...)]`
    private mutating func parseLike() throws(SQLError) -> CreateTableSyntax.LikeClause {
        try expect(.like)
        let table = try parsePath("the table to be like")
        var rules: [CreateTableSyntax.LikeClause.Rule] = []
        if accept(.leftParenthesis) {
            repeat {
                let strategy: CreateTableSyntax.LikeClause.Strategy = try parseChoice()
                rules.append(.init(strategy: strategy, feature: try parseChoice()))
            } while !accept(.rightParenthesis)
        }
        return .init(table: table, rules: rules)
    }

    /// One of the words of an enumeration.
    private mutating func parseChoice<Choice: CaseIterable & RawRepresentable<String>>() throws(SQLError) -> Choice {
        if case .word(let word) = current.kind, let choice = Choice(rawValue: word.uppercased()) {
            advance()
            return choice
        }
        throw unexpected(Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }

    private mutating func parseElement(into elements: inout Elements) throws(SQLError) {
        let start = current.range
        if accept(.watermark, .for) {
            let column = try parsePath("the column of the watermark")
            try expect(.as)
            let expression = try parseExpression()
            elements.watermarks.append(.init(column: column, expression: expression, range: range(from: start)))
        } else if at(.constraint), nextIsConstraintName {
            advance()
            _ = try expectName("the name of the constraint")
            try parseTableConstraint(from: start, into: &elements)
        } else if at(.primary, .key) || at(.unique) && token(ahead: 1).kind == .symbol(.leftParenthesis) {
            try parseTableConstraint(from: start, into: &elements)
        } else {
            try parseColumn(into: &elements)
        }
    }

    /// A column may be called "constraint": then a type follows, not a name and PRIMARY or UNIQUE.
    private var nextIsConstraintName: Bool {
        [.primary, .unique].contains(token(ahead: 2).keyword)
    }

    private mutating func parseTableConstraint(
        from start: SourceRange, into elements: inout Elements
    ) throws(SQLError) {
        if at(.unique) { throw unsupported("a UNIQUE constraint is", hint: "PRIMARY KEY (...) NOT ENFORCED") }
        guard accept(.primary, .key) else { throw unexpected("PRIMARY KEY", keywords: [.primary]) }
        let columns = try parseNameList("a column of the primary key")
        try expectNotEnforced()
        elements.primaryKeys.append(.init(columns: columns, range: range(from: start)))
    }

    private mutating func expectNotEnforced() throws(SQLError) {
        guard accept(.not, .enforced) else {
            throw source.error(
                .syntax, "expected NOT ENFORCED after the primary key, found \(current.spelling)", at: current.range,
                hint: "Millrace trusts the key and does not check it")
        }
    }

    private mutating func parseColumn(into elements: inout Elements) throws(SQLError) {
        let name = try expectName("a column name")
        let kind: CreateTableSyntax.Column.Kind
        if accept(.as) {
            kind = .computed(try parseExpression())
        } else {
            let type = try parseType()
            if accept(.metadata) {
                let key = accept(.from) ? try expectString("the metadata key as a string literal") : nil
                kind = .metadata(type, key: key, isVirtual: accept(.virtual))
            } else {
                kind = .physical(type)
            }
        }
        if at(.primary) || at(.constraint) || at(.unique) {
            try parseColumnConstraint(of: name, into: &elements)
        }
        let comment = accept(.comment) ? try expectString("the comment as a string literal").text : nil
        elements.columns.append(.init(name: name, kind: kind, comment: comment, range: range(from: name.range)))
    }

    private mutating func parseColumnConstraint(
        of column: NameSyntax, into elements: inout Elements
    ) throws(SQLError) {
        if accept(.constraint) { _ = try expectName("the name of the constraint") }
        if at(.unique) { throw unsupported("a UNIQUE constraint is", hint: "PRIMARY KEY (...) NOT ENFORCED") }
        guard accept(.primary, .key) else { throw unexpected("PRIMARY KEY", keywords: [.primary]) }
        try expectNotEnforced()
        elements.primaryKeys.append(.init(columns: [column], range: column.range))
    }
}
