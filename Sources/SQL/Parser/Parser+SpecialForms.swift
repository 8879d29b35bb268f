/// Operands with a grammar of their own.
extension Parser {
    mutating func parseCase() throws(SQLError) -> ExpressionSyntax.Kind {
        try expect(.case)
        let operand = at(.when) ? nil : try parseExpression()
        var clauses: [ExpressionSyntax.WhenClause] = []
        while accept(.when) {
            let condition = try parseExpression()
            try expect(.then)
            clauses.append(.init(condition: condition, result: try parseExpression()))
        }
        guard !clauses.isEmpty else { throw unexpected("WHEN", keywords: [.when]) }
        let otherwise = accept(.else) ? try parseExpression() : nil
        guard accept(.end) else { throw unexpected("WHEN, ELSE or END", keywords: [.when, .else, .end]) }
        return .caseWhen(operand: operand, clauses, otherwise: otherwise)
    }

    mutating func parseCast() throws(SQLError) -> ExpressionSyntax.Kind {
        let isTry = advance().keyword == .tryCast
        try expect(.leftParenthesis)
        let operand = try parseExpression()
        guard accept(.as) else { throw unexpected("AS and a type", keywords: [.as]) }
        let type = try parseType()
        try expect(.rightParenthesis)
        return .cast(operand, type, isTry: isTry)
    }

    /// `DATE '...'`, `TIME '...'`, `TIMESTAMP '...'`
    mutating func parseDateTime() throws(SQLError) -> ExpressionSyntax.Kind {
        let keyword = advance().keyword
        let text = try expectString("a string literal").text
        switch keyword {
        case .date: return .literal(.date(text))
        case .time: return .literal(.time(text))
        default: return .literal(.timestamp(text))
        }
    }

    /// `INTERVAL [-] '...' unit[(precision)] [TO unit[(precision)]]`
    mutating func parseInterval() throws(SQLError) -> ExpressionSyntax.Kind {
        try expect(.interval)
        let isNegative = accept(.minus)
        if !isNegative { _ = accept(.plus) }
        if case .number(let number) = current.kind {
            throw source.error(
                .syntax, "the amount of an INTERVAL is a string literal", at: current.range, hint: "write '\(number)'")
        }
        let text = try expectString("the amount as a string literal").text
        let first = try expectUnit()
        try skipPrecision()
        var last: TimeUnitSyntax?
        if accept(.to) {
            last = try expectUnit()
            try skipPrecision()
        }
        return .literal(.interval(isNegative: isNegative, text: text, first: first, last: last))
    }

    /// The digits that a unit may have say nothing about the value.
    private mutating func skipPrecision() throws(SQLError) {
        guard accept(.leftParenthesis) else { return }
        _ = try parseList { parser throws(SQLError) in try parser.expectInteger("a number") }
        try expect(.rightParenthesis)
    }

    mutating func parseExtract() throws(SQLError) -> ExpressionSyntax.Kind {
        try expect(.extract)
        try expect(.leftParenthesis)
        let unit = try expectUnit()
        try expect(.from)
        let operand = try parseExpression()
        try expect(.rightParenthesis)
        return .extract(unit, operand)
    }

    /// `TRIM([[BOTH | LEADING | TRAILING] [characters] FROM] text)` as a call of BTRIM, LTRIM or RTRIM.
    mutating func parseTrim() throws(SQLError) -> ExpressionSyntax.Kind {
        let keyword = try expect(.trim).range
        try expect(.leftParenthesis)
        let side = current.keyword
        let function =
            switch side {
            case .leading: "LTRIM"
            case .trailing: "RTRIM"
            case .both: "BTRIM"
            default: "TRIM"
            }
        let hasSide = function != "TRIM"
        if hasSide { advance() }
        var arguments: [ExpressionSyntax] = []
        if !(hasSide && at(.from)) { arguments.append(try parseExpression()) }
        if accept(.from) {
            arguments.insert(try parseExpression(), at: 0)
        } else if hasSide {
            throw unexpected("FROM", keywords: [.from])
        }
        try expect(.rightParenthesis)
        let name =
            arguments.count == 2 && !hasSide || function == "BTRIM"
            ? (arguments.count == 2 ? "BTRIM" : "TRIM") : function
        return .call(NameSyntax(text: name, range: keyword), arguments)
    }

    /// `SUBSTRING(text FROM start [FOR length])`, or with commas.
    mutating func parseSubstring() throws(SQLError) -> ExpressionSyntax.Kind {
        let keyword = try expect(.substring).range
        try expect(.leftParenthesis)
        var arguments = [try parseExpression()]
        if accept(.from) {
            arguments.append(try parseExpression())
            if accept(.for) { arguments.append(try parseExpression()) }
        } else {
            while accept(.comma) { arguments.append(try parseExpression()) }
        }
        try expect(.rightParenthesis, orElse: " or ','")
        return .call(NameSyntax(text: "SUBSTRING", range: keyword), arguments)
    }

    /// `POSITION(part IN text)`
    mutating func parsePosition() throws(SQLError) -> ExpressionSyntax.Kind {
        let keyword = try expect(.position).range
        try expect(.leftParenthesis)
        let part = try parsePrimary()
        try expect(.in)
        let text = try parseExpression()
        try expect(.rightParenthesis)
        return .call(NameSyntax(text: "POSITION", range: keyword), [part, text])
    }
}
