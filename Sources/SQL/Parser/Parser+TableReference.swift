extension Parser {
    /// What follows FROM: tables and joins.
    mutating func parseFrom() throws(SQLError) -> TableReferenceSyntax {
        var reference = try parseTable()
        while true {
            if at(.comma) {
                throw unsupported("a join by ',' is", hint: "use [LEFT] JOIN ... FOR SYSTEM_TIME AS OF ... ON")
            }
            let start = current.range
            guard let kind = try acceptJoin() else { return reference }
            let keywordRange = range(from: start)
            let right = try parseTable()
            if at(.using) { throw unsupported("USING is", hint: "use ON left.key = right.key") }
            guard accept(.on) else { throw unexpected("ON and the join's condition", keywords: [.on, .for, .as]) }
            let condition = try parseExpression()
            reference = .join(
                .init(kind: kind, left: reference, right: right, condition: condition, keywordRange: keywordRange))
        }
    }

    private mutating func acceptJoin() throws(SQLError) -> TableReferenceSyntax.JoinSyntax.Kind? {
        switch current.keyword {
        case .join:
            advance()
            return .inner
        case .inner:
            advance()
            try expect(.join)
            return .inner
        case .left:
            if token(ahead: 1).keyword == nil, nameIsWord("SEMI", ahead: 1) || nameIsWord("ANTI", ahead: 1) {
                throw unsupported("a semi or anti join is")
            }
            advance()
            _ = accept(.outer)
            try expect(.join)
            return .left
        case .right, .full: throw unsupported("\(current.spelling) JOIN is")
        case .cross: throw unsupported("CROSS JOIN is")
        case .natural: throw unsupported("NATURAL JOIN is", hint: "use ON left.key = right.key")
        default: return nil
        }
    }

    private func nameIsWord(_ word: String, ahead distance: Int) -> Bool {
        if case .word(let text) = token(ahead: distance).kind { text.uppercased() == word } else { false }
    }

    private mutating func parseTable() throws(SQLError) -> TableReferenceSyntax {
        let start = current.range
        if at(.leftParenthesis) {
            guard isQuery(ahead: 1) else { throw unsupported("a join in parentheses is") }
            advance()
            let query = try parseQuery()
            try expect(.rightParenthesis)
            let alias = try parseTableAlias()
            return .subquery(query, alias: alias.name, columns: alias.columns)
        }
        try refuseTableFunction()
        let name = try parsePath("a table")
        if at(.leftParenthesis) { throw unsupported("a table function is", at: name.range) }
        let hints = try parseHints()
        var systemTime: ExpressionSyntax?
        if accept(.for) {
            try expect(.systemTime)
            try expect(.as)
            try expect(.of)
            systemTime = try parseExpression()
        }
        if at(.tablesample) { throw unsupported("TABLESAMPLE is") }
        let alias = try parseTableAlias()
        return .table(
            .init(
                name: name, hints: hints, systemTime: systemTime, alias: alias.name, columns: alias.columns,
                range: range(from: start)))
    }

    private func refuseTableFunction() throws(SQLError) {
        if at(.table), token(ahead: 1).kind == .symbol(.leftParenthesis) {
            throw unsupported("a window table function is")
        }
        if at(word: "LATERAL") { throw unsupported("LATERAL is") }
        if at(word: "UNNEST"), token(ahead: 1).kind == .symbol(.leftParenthesis) { throw unsupported("UNNEST is") }
    }

    private mutating func parseTableAlias() throws(SQLError) -> (name: NameSyntax?, columns: [NameSyntax]) {
        if at(word: "MATCH_RECOGNIZE") { throw unsupported("MATCH_RECOGNIZE is") }
        guard let alias = try parseAlias() else { return (nil, []) }
        return (alias, at(.leftParenthesis) ? try parseNameList("a column name") : [])
    }

    /// `/*+ NAME('key' = 'value', ...) ... */`, or nothing.
    mutating func parseHints() throws(SQLError) -> [HintSyntax] {
        guard current.kind == .hintStart else { return [] }
        advance()
        var hints: [HintSyntax] = []
        repeat {
            hints.append(try parseHint())
            _ = accept(.comma)
        } while current.kind != .hintEnd && current.kind != .endOfFile
        guard current.kind == .hintEnd else { throw unexpected("'*/'") }
        advance()
        return hints
    }

    private mutating func parseHint() throws(SQLError) -> HintSyntax {
        let name = try expectName("the name of a hint, such as OPTIONS")
        var options: [OptionSyntax] = []
        var arguments: [LiteralText] = []
        if accept(.leftParenthesis), !accept(.rightParenthesis) {
            repeat {
                let key = try parseHintText()
                if accept(.equal) {
                    options.append(OptionSyntax(key: key, value: try parseHintText()))
                } else {
                    arguments.append(key)
                }
            } while accept(.comma)
            try expect(.rightParenthesis, orElse: " or ','")
        }
        return HintSyntax(name: name, options: options, arguments: arguments)
    }

    private mutating func parseHintText() throws(SQLError) -> LiteralText {
        switch current.kind {
        case .string(let text), .number(let text), .word(let text), .quotedName(let text):
            LiteralText(text: text, range: advance().range)
        default: throw unexpected("a string literal")
        }
    }
}
