extension Parser {
    /// Whether a query begins `distance` tokens ahead, behind any parentheses.
    func isQuery(ahead distance: Int) -> Bool {
        var distance = distance
        while token(ahead: distance).kind == .symbol(.leftParenthesis) { distance += 1 }
        return [.select, .values, .with].contains(token(ahead: distance).keyword)
    }

    mutating func parseQuery() throws(SQLError) -> QuerySyntax {
        let start = current.range
        if at(.with) { return try parseWith() }
        var parts = try nested { parser throws(SQLError) in try parser.parseQueryTerm() }
        while at(.union) {
            let keyword = advance().range
            guard accept(.all) else {
                throw unsupported("UNION without ALL is", at: keyword, hint: "UNION ALL keeps doubles")
            }
            parts += try nested { parser throws(SQLError) in try parser.parseQueryTerm() }
        }
        try refuseAfterQuery()
        guard parts.count > 1 else { return parts[0] }
        return QuerySyntax(kind: .unionAll(parts), range: range(from: start))
    }

    /// A SELECT, VALUES or a query in parentheses; the parts of a union when that is what it is.
    private mutating func parseQueryTerm() throws(SQLError) -> [QuerySyntax] {
        let start = current.range
        if accept(.leftParenthesis) {
            let query = try parseQuery()
            try expect(.rightParenthesis)
            if case .unionAll(let parts) = query.kind { return parts }
            return [query]
        }
        if accept(.values) {
            let rows = try parseList { parser throws(SQLError) in try parser.parseValuesRow() }
            return [QuerySyntax(kind: .values(rows), range: range(from: start))]
        }
        guard at(.select) else { throw unexpected("SELECT or VALUES", keywords: [.select, .values]) }
        let select = try parseSelect()
        return [QuerySyntax(kind: .select(select), range: select.range)]
    }

    /// `WITH name [(columns)] AS (query), ... query`
    private mutating func parseWith() throws(SQLError) -> QuerySyntax {
        let start = try expect(.with).range
        if at(word: "RECURSIVE") { throw unsupported("WITH RECURSIVE is") }
        let tables = try parseList { parser throws(SQLError) in
            let name = try parser.expectName("a name for the query")
            let columns = parser.at(.leftParenthesis) ? try parser.parseNameList("a column name") : []
            try parser.expect(.as)
            try parser.expect(.leftParenthesis)
            let query = try parser.nested { parser throws(SQLError) in try parser.parseQuery() }
            try parser.expect(.rightParenthesis)
            return QuerySyntax.CommonTable(name: name, columns: columns, query: query)
        }
        let query = try nested { parser throws(SQLError) in try parser.parseQuery() }
        return QuerySyntax(kind: .with(tables, query), range: range(from: start))
    }

    private mutating func parseValuesRow() throws(SQLError) -> [ExpressionSyntax] {
        if at(.row), token(ahead: 1).kind == .symbol(.leftParenthesis) { advance() }
        guard accept(.leftParenthesis) else { return [try parseExpression()] }
        let row = try parseList { parser throws(SQLError) in try parser.parseExpression() }
        try expect(.rightParenthesis, orElse: " or ','")
        return row
    }

    private mutating func parseSelect() throws(SQLError) -> SelectSyntax {
        let start = try expect(.select).range
        let hints = try parseHints()
        if at(.distinct) { throw unsupported("SELECT DISTINCT is") }
        _ = accept(.all)
        let items = try parseList { parser throws(SQLError) in try parser.parseSelectItem() }
        try expectClause(after: "','", [.from, .where])
        let from = accept(.from) ? try parseFrom() : nil
        if from != nil { try expectClause(after: "JOIN", [.where, .join, .left, .for, .on]) }
        let filter = accept(.where) ? try parseExpression() : nil
        let end = range(from: start)
        try refuseGrouping()
        return SelectSyntax(hints: hints, items: items, from: from, filter: filter, range: end)
    }

    /// Fails when what comes next can neither go on with the query nor end it.
    private func expectClause(after first: String, _ clauses: [Keyword]) throws(SQLError) {
        switch current.kind {
        case .endOfFile, .symbol(.semicolon), .symbol(.rightParenthesis): return
        case .word where current.keyword?.isReserved == true: return
        case .word where Self.clauseWords.contains(current.keyword): return
        default:
            let names = clauses.prefix(2).map(\.rawValue).filter { $0 != first }.joined(separator: ", ")
            throw unexpected("\(first), \(names) or the end of the query", keywords: clauses)
        }
    }

    private static let clauseWords: [Keyword?] = [.window, .offset, .setMinus]

    private mutating func parseSelectItem() throws(SQLError) -> SelectSyntax.Item {
        let start = current.range
        if accept(.star) { return .star(table: nil, range: start) }
        if let table = nameAtCurrent, token(ahead: 1).kind == .symbol(.dot), token(ahead: 2).kind == .symbol(.star) {
            for _ in 0..<3 { advance() }
            return .star(table: table, range: range(from: start))
        }
        let expression = try parseExpression()
        return .expression(expression, alias: try parseAlias())
    }

    /// `AS name`, or a name that can be nothing else.
    mutating func parseAlias() throws(SQLError) -> NameSyntax? {
        if accept(.as) { return try expectName("a name after AS") }
        switch current.keyword {
        case .setMinus, .offset, .window, .tablesample: return nil
        default: break
        }
        guard let name = nameAtCurrent else { return nil }
        advance()
        return name
    }

    // MARK: What Flink has and we do not

    private func refuseGrouping() throws(SQLError) {
        if at(.group) { throw unsupported("GROUP BY is") }
        if at(.having) { throw unsupported("HAVING is") }
        if at(.window) { throw unsupported("the WINDOW clause is") }
    }

    private func refuseAfterQuery() throws(SQLError) {
        if at(.order) { throw unsupported("ORDER BY is", hint: "a stream has no end to sort at") }
        if at(.limit) || at(.fetch) || at(.offset) { throw unsupported("\(current.spelling.trimmedQuotes) is") }
        if at(.intersect) || at(.except) || at(.setMinus) {
            throw unsupported("\(current.spelling.trimmedQuotes) is")
        }
    }
}

extension String {
    /// Without the quotes that messages put around words.
    fileprivate var trimmedQuotes: String { self.replacing("'", with: "").uppercased() }
}
