internal import Columnar

extension Parser {
    /// An operand: literal, name, call, CASE, CAST or an expression in parentheses.
    mutating func parsePrimary() throws(SQLError) -> ExpressionSyntax {
        let start = current.range
        let kind: ExpressionSyntax.Kind
        switch current.kind {
        case .number(let text):
            advance()
            kind = .literal(.number(text))
        case .string(let text):
            advance()
            kind = .literal(.string(text))
        case .bytes(let bytes):
            advance()
            kind = .literal(.bytes(bytes))
        case .symbol(.leftParenthesis):
            kind = try parseParenthesised()
        case .word:
            kind = try parseWord()
        case .quotedName:
            kind = try parsePathOrCall()
        case .symbol(.question), .symbol(.colon):
            throw source.error(
                .syntax, "parameters are not known to Flink's SQL", at: start,
                hint: "use ${NAME} for a value from outside")
        default:
            throw unexpected("an expression")
        }
        if at(.leftBracket) { throw unsupported("access to an element by [...] is") }
        return ExpressionSyntax(kind: kind, range: range(from: start))
    }

    private mutating func parseParenthesised() throws(SQLError) -> ExpressionSyntax.Kind {
        if isQuery(ahead: 0) { throw unsupported("a subquery as a value is") }
        try expect(.leftParenthesis)
        let inner = try parseExpression()
        var fields = [inner]
        while accept(.comma) { fields.append(try parseExpression()) }
        try expect(.rightParenthesis, orElse: " or ','")
        return fields.count > 1 ? .row(fields) : inner.kind
    }

    private mutating func parseWord() throws(SQLError) -> ExpressionSyntax.Kind {
        let next = token(ahead: 1).kind
        let isCall = next == .symbol(.leftParenthesis)
        let isTyped = if case .string = next { true } else { false }
        switch current.keyword {
        case .null: return literal(.null)
        case .true: return literal(.boolean(true))
        case .false: return literal(.boolean(false))
        case .case: return try parseCase()
        case .cast, .tryCast: return try parseCast()
        case .interval: return try parseInterval()
        case .date where isTyped, .time where isTyped, .timestamp where isTyped: return try parseDateTime()
        case .extract where isCall: return try parseExtract()
        case .trim where isCall: return try parseTrim()
        case .substring where isCall: return try parseSubstring()
        case .position where isCall: return try parsePosition()
        case .exists: throw unsupported("EXISTS is")
        case .row where isCall: return try parseRow()
        case .array where next == .symbol(.leftBracket): throw unsupported("an ARRAY value is")
        case .map where next == .symbol(.leftBracket): throw unsupported("a MAP value is")
        // LEFT and RIGHT are functions too, IF and the others only when called.
        case .left where isCall, .right where isCall: return try parsePathOrCall()
        case .some(let word) where word.isReserved: throw unexpected("an expression")
        default: return try parsePathOrCall()
        }
    }

    /// `ROW(a, b)`
    private mutating func parseRow() throws(SQLError) -> ExpressionSyntax.Kind {
        advance()
        try expect(.leftParenthesis)
        let fields = try parseList { parser throws(SQLError) in try parser.parseExpression() }
        try expect(.rightParenthesis, orElse: " or ','")
        return .row(fields)
    }

    private mutating func literal(_ literal: LiteralSyntax) -> ExpressionSyntax.Kind {
        advance()
        return .literal(literal)
    }

    // MARK: Names and calls

    /// Functions that are called without parentheses.
    private static let bareFunctions: Set<String> = [
        "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP",
    ]

    private mutating func parsePathOrCall() throws(SQLError) -> ExpressionSyntax.Kind {
        if token(ahead: 1).kind == .symbol(.leftParenthesis) { return try parseCall() }
        if case .word(let word) = current.kind, Self.bareFunctions.contains(word.uppercased()) {
            return .call(NameSyntax(text: word, range: advance().range), [])
        }
        let path = try parsePath("a name")
        if at(.leftParenthesis) { throw unsupported("a function of a catalog is", at: path.range) }
        return .path(path)
    }

    private mutating func parseCall() throws(SQLError) -> ExpressionSyntax.Kind {
        let token = advance()
        let text: String
        switch token.kind {
        case .word(let word): text = word
        case .quotedName(let quoted): text = quoted
        default: throw source.error(.syntax, "expected a function, found \(token.spelling)", at: token.range)
        }
        let name = NameSyntax(text: text, range: token.range)
        try expect(.leftParenthesis)
        if at(.star) || at(.distinct) {
            throw unsupported("the aggregate function \(text.uppercased()) is", at: token.range)
        }
        var arguments: [ExpressionSyntax] = []
        if !at(.rightParenthesis) {
            arguments = try parseList { parser throws(SQLError) in try parser.parseArgument() }
            if arguments.count == 1, ["FLOOR", "CEIL", "CEILING"].contains(text.uppercased()), accept(.to) {
                arguments.append(try parseUnit())
            }
        }
        try expect(.rightParenthesis, orElse: " or ','")
        if at(word: "FILTER"), self.token(ahead: 1).kind == .symbol(.leftParenthesis) {
            throw unsupported("FILTER is")
        }
        let call = ExpressionSyntax.Kind.call(name, arguments)
        return at(.over) ? try parseOver(ExpressionSyntax(kind: call, range: range(from: name.range))) : call
    }

    /// A unit stands as an argument of TIMESTAMPADD and the like; a column of that name needs backquotes there.
    private mutating func parseArgument() throws(SQLError) -> ExpressionSyntax {
        let isAlone = [.symbol(.comma), .symbol(.rightParenthesis)].contains(token(ahead: 1).kind)
        let isFirst = previous.kind == .symbol(.leftParenthesis)
        if isAlone, isFirst, case .word(let word) = token(ahead: -2).kind,
            ["TIMESTAMPADD", "TIMESTAMPDIFF"].contains(word.uppercased())
        {
            return try parseUnit()
        }
        return try parseExpression()
    }

    private mutating func parseUnit() throws(SQLError) -> ExpressionSyntax {
        let unit = try expectUnit()
        return ExpressionSyntax(kind: .timeUnit(unit), range: previous.range)
    }

    mutating func expectUnit() throws(SQLError) -> TimeUnitSyntax {
        guard case .word(let word) = current.kind, let unit = TimeUnitSyntax(word: word) else {
            let nearest: String? =
                if case .word(let word) = current.kind {
                    NearestName.hint(for: word, among: TimeUnitSyntax.allCases.map(\.rawValue))
                } else { nil }
            throw source.error(
                .syntax, "expected a time unit such as SECOND or DAY, found \(current.spelling)", at: current.range,
                hint: nearest)
        }
        advance()
        return unit
    }

    private mutating func parseOver(_ function: ExpressionSyntax) throws(SQLError) -> ExpressionSyntax.Kind {
        try expect(.over)
        guard at(.leftParenthesis) else { throw unsupported("a named window is") }
        advance()
        var partitionBy: [ExpressionSyntax] = []
        if accept(.partition, .by) {
            partitionBy = try parseList { parser throws(SQLError) in try parser.parseExpression() }
        }
        var orderBy: [ExpressionSyntax.SortKey] = []
        if accept(.order, .by) {
            orderBy = try parseList { parser throws(SQLError) in try parser.parseSortKey() }
        }
        if at(.rows) || at(.range) { throw unsupported("a window frame is") }
        try expect(.rightParenthesis)
        return .over(function, partitionBy: partitionBy, orderBy: orderBy)
    }

    private mutating func parseSortKey() throws(SQLError) -> ExpressionSyntax.SortKey {
        let expression = try parseExpression()
        let isDescending = accept(.desc)
        if !isDescending { _ = accept(.asc) }
        if at(.nulls) { throw unsupported("NULLS FIRST and NULLS LAST are") }
        return .init(expression: expression, isDescending: isDescending)
    }
}
