extension Parser {
    /// Statements up to the end of the file; errors are collected.
    mutating func parseScript() -> [StatementSyntax] {
        var statements: [StatementSyntax] = []
        while current.kind != .endOfFile {
            if accept(.semicolon) { continue }
            let start = current.range
            do throws(SQLError) {
                let statement = try parseStatement()
                try expectEndOfStatement()
                statements.append(statement)
            } catch {
                report(error, inStatementAt: start)
                skipStatement()
            }
        }
        return statements
    }

    private mutating func expectEndOfStatement() throws(SQLError) {
        guard current.kind == .endOfFile || accept(.semicolon) else { throw unexpected("';'") }
    }

    private mutating func parseStatement() throws(SQLError) -> StatementSyntax {
        let start = current.range
        let kind: StatementSyntax.Kind
        switch current.keyword {
        case .create: kind = try parseCreate()
        case .drop: kind = .drop(try parseDrop())
        case .set: kind = .set(try parseSet())
        case .insert: kind = .insert(try parseInsert())
        case .execute: kind = try parseExecute()
        case .begin: kind = .statementSet(try parseOldStatementSet())
        case .select, .with, .values: throw queryWithoutSink()
        default: throw unknownStatement()
        }
        return StatementSyntax(kind: kind, range: range(from: start))
    }

    private func queryWithoutSink() -> SQLError {
        source.error(
            .unsupported, "a query alone has nowhere to write to", at: current.range,
            hint: "write INSERT INTO <table> before it")
    }

    private func unknownStatement() -> SQLError {
        let foreign = [
            "ADD", "ALTER", "ANALYZE", "CALL", "COMPILE", "DELETE", "DESC", "DESCRIBE", "EXPLAIN", "HELP", "LOAD",
            "MERGE", "REMOVE", "RESET", "SHOW", "STOP", "TRUNCATE", "UNLOAD", "UPDATE", "USE",
        ]
        if case .word(let word) = current.kind, foreign.contains(word.uppercased()) {
            return unsupported("\(word.uppercased()) statements are")
        }
        return unexpected(
            "a statement (CREATE, DROP, SET, INSERT INTO, EXECUTE STATEMENT SET)",
            keywords: [.create, .drop, .set, .insert, .execute, .begin, .select])
    }

    // MARK: CREATE and DROP

    private mutating func parseCreate() throws(SQLError) -> StatementSyntax.Kind {
        try expect(.create)
        if accept(.or) { throw unsupported("CREATE OR REPLACE is", at: previous.range) }
        let isTemporary = accept(.temporary)
        if accept(.table) { return .createTable(try parseCreateTable(isTemporary: isTemporary)) }
        if accept(.view) { return .createView(try parseCreateView(isTemporary: isTemporary)) }
        for word in ["CATALOG", "DATABASE", "FUNCTION", "SYSTEM", "MODEL", "MATERIALIZED"] where at(word: word) {
            throw unsupported("CREATE \(word) is")
        }
        throw unexpected("TABLE or VIEW", keywords: [.table, .view, .temporary])
    }

    mutating func parseIfNotExists() throws(SQLError) -> Bool {
        guard at(.if), token(ahead: 1).keyword == .not else { return false }
        advance()
        advance()
        try expect(.exists)
        return true
    }

    private mutating func parseCreateView(isTemporary: Bool) throws(SQLError) -> CreateViewSyntax {
        let ifNotExists = try parseIfNotExists()
        let name = try parsePath("the name of the view")
        let columns = at(.leftParenthesis) ? try parseNameList("a column name") : []
        let comment = accept(.comment) ? try expectString("the comment as a string literal").text : nil
        guard accept(.as) else { throw unexpected("AS and a query", keywords: [.as]) }
        return CreateViewSyntax(
            name: name, isTemporary: isTemporary, ifNotExists: ifNotExists, columns: columns, comment: comment,
            query: try parseQuery())
    }

    private mutating func parseDrop() throws(SQLError) -> DropSyntax {
        try expect(.drop)
        let isTemporary = accept(.temporary)
        let kind: DropSyntax.Kind
        if accept(.table) {
            kind = .table
        } else if accept(.view) {
            kind = .view
        } else {
            throw unexpected("TABLE or VIEW", keywords: [.table, .view])
        }
        let ifExists = at(.if)
        if accept(.if) { try expect(.exists) }
        let name = try parsePath("the name of the \(kind.rawValue.lowercased())")
        return DropSyntax(kind: kind, isTemporary: isTemporary, ifExists: ifExists, name: name)
    }

    // MARK: SET

    private mutating func parseSet() throws(SQLError) -> OptionSyntax {
        try expect(.set)
        guard case .string = current.kind else {
            throw source.error(
                .syntax, "expected a setting as a string literal, found \(current.spelling)", at: current.range,
                hint: "write SET 'key' = 'value'")
        }
        return try parseOption()
    }

    /// `'key' = 'value'`
    mutating func parseOption() throws(SQLError) -> OptionSyntax {
        let key = try expectString("an option name as a string literal")
        try expect(.equal)
        return OptionSyntax(key: key, value: try expectString("the option's value as a string literal"))
    }

    // MARK: INSERT

    private mutating func parseInsert() throws(SQLError) -> InsertSyntax {
        let start = try expect(.insert).range
        if at(.overwrite) { throw unsupported("INSERT OVERWRITE is") }
        try expect(.into)
        let table = try parsePath("the name of the table to write to")
        let hints = try parseHints()
        if at(.partition) { throw unsupported("writing to a PARTITION is") }
        let columns = at(.leftParenthesis) && !isQuery(ahead: 1) ? try parseNameList("a column name") : []
        let query = try parseQuery()
        return InsertSyntax(table: table, hints: hints, columns: columns, query: query, range: range(from: start))
    }

    private mutating func parseExecute() throws(SQLError) -> StatementSyntax.Kind {
        try expect(.execute)
        if at(.insert) { return .insert(try parseInsert()) }
        try expect(.statement)
        try expect(.set)
        try expect(.begin)
        return .statementSet(try parseInsertsUntilEnd())
    }

    /// `BEGIN STATEMENT SET; ... END`
    private mutating func parseOldStatementSet() throws(SQLError) -> [InsertSyntax] {
        try expect(.begin)
        try expect(.statement)
        try expect(.set)
        try expect(.semicolon)
        return try parseInsertsUntilEnd()
    }

    /// Statements up to END. What is wrong in one of them is collected and the next one parsed.
    private mutating func parseInsertsUntilEnd() throws(SQLError) -> [InsertSyntax] {
        let start = previous.range
        let errorsBefore = errors.count
        var inserts: [InsertSyntax] = []
        while !accept(.end) {
            if accept(.semicolon) { continue }
            if current.kind == .endOfFile { throw unexpected("INSERT INTO or END", keywords: [.insert, .end]) }
            let statementStart = current.range
            do throws(SQLError) {
                guard at(.insert) else { throw unexpected("INSERT INTO or END", keywords: [.insert, .end]) }
                let insert = try parseInsert()
                if !at(.end) { try expect(.semicolon) }
                inserts.append(insert)
            } catch {
                report(error, inStatementAt: statementStart)
                skipStatement()
            }
        }
        if inserts.isEmpty, errors.count == errorsBefore {
            throw source.error(.syntax, "a statement set needs at least one INSERT INTO", at: start)
        }
        return inserts
    }
}
