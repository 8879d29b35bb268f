/// How tightly operators bind, from the loosest; the order is Flink's.
private enum Precedence: Int, Comparable {
    case or, and, not, test, comparison, range, sum, product, sign

    static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

    /// The next tighter one: what the right operand of an operator that groups to the left may hold.
    var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .sign }
}

extension Parser {
    mutating func parseExpression() throws(SQLError) -> ExpressionSyntax {
        try parseExpression(.or)
    }

    private mutating func parseExpression(_ minimum: Precedence) throws(SQLError) -> ExpressionSyntax {
        try nested { parser throws(SQLError) in
            var left = try parser.parsePrefix()
            var length = 0
            while let precedence = parser.infixPrecedence, precedence >= minimum {
                length += 1
                guard length <= Self.maximumChainLength else {
                    throw parser.source.error(
                        .syntax, "more than \(Self.maximumChainLength) operators in a row", at: parser.current.range,
                        hint: "use IN for a list of values")
                }
                left = try parser.parseInfix(left, precedence)
            }
            return left
        }
    }

    private mutating func parsePrefix() throws(SQLError) -> ExpressionSyntax {
        let start = current.range
        let op: ExpressionSyntax.UnaryOperator
        let operand: ExpressionSyntax
        if accept(.not) {
            op = .not
            operand = try parseExpression(.not)
        } else if at(.minus) || at(.plus) {
            op = at(.minus) ? .minus : .plus
            advance()
            operand = try parseExpression(.sign)
        } else {
            return try parsePrimary()
        }
        return ExpressionSyntax(kind: .unary(op, operand), range: range(from: start))
    }

    /// How tightly the operator at the current token binds; nil when there is none.
    private var infixPrecedence: Precedence? {
        switch current.kind {
        case .symbol(let symbol): Self.symbolPrecedence(symbol)
        case .word: keywordPrecedence
        default: nil
        }
    }

    private static func symbolPrecedence(_ symbol: Token.Symbol) -> Precedence? {
        switch symbol {
        case .equal, .notEqual, .bangEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: .comparison
        case .plus, .minus: .sum
        case .star, .slash, .percent, .concatenate: .product
        default: nil
        }
    }

    private var keywordPrecedence: Precedence? {
        switch current.keyword {
        case .or: .or
        case .and: .and
        case .is: .test
        case .between, .in, .like, .similar: .range
        case .not where [.between, .in, .like, .similar].contains(token(ahead: 1).keyword): .range
        default: nil
        }
    }

    private mutating func parseInfix(
        _ left: ExpressionSyntax, _ precedence: Precedence
    ) throws(SQLError) -> ExpressionSyntax {
        switch precedence {
        case .test: return try parseTest(left)
        case .range: return try parseRange(left)
        default: break
        }
        let op = try binaryOperator()
        let right = try parseExpression(precedence.tighter)
        return ExpressionSyntax(kind: .binary(op, left, right), range: left.range.through(right.range))
    }

    private mutating func binaryOperator() throws(SQLError) -> ExpressionSyntax.BinaryOperator {
        let token = advance()
        switch token.kind {
        case .symbol(.bangEqual): return .notEqual
        case .symbol(let symbol): if let op = ExpressionSyntax.BinaryOperator(rawValue: symbol.rawValue) { return op }
        default:
            if let word = token.keyword, let op = ExpressionSyntax.BinaryOperator(rawValue: word.rawValue) { return op }
        }
        throw source.error(.syntax, "expected an operator, found \(token.spelling)", at: token.range)
    }

    /// `IS [NOT] NULL`, `TRUE`, `FALSE`, `UNKNOWN`, `DISTINCT FROM x`
    private mutating func parseTest(_ left: ExpressionSyntax) throws(SQLError) -> ExpressionSyntax {
        try expect(.is)
        let isNegated = accept(.not)
        if accept(.distinct) {
            try expect(.from)
            let right = try parseExpression(.comparison)
            return ExpressionSyntax(
                kind: .binary(isNegated ? .isNotDistinctFrom : .isDistinctFrom, left, right),
                range: left.range.through(right.range))
        }
        guard let word = current.keyword, let test = ExpressionSyntax.Test(rawValue: word.rawValue) else {
            if at(word: "JSON") { throw unsupported("IS JSON is") }
            throw unexpected(
                "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS",
                keywords: [.null, .true, .false, .unknown, .distinct, .not])
        }
        advance()
        return ExpressionSyntax(kind: .test(left, test, isNegated: isNegated), range: range(from: left.range))
    }

    /// `[NOT] BETWEEN`, `IN`, `LIKE`
    private mutating func parseRange(_ left: ExpressionSyntax) throws(SQLError) -> ExpressionSyntax {
        let isNegated = accept(.not)
        let kind: ExpressionSyntax.Kind
        if accept(.between) {
            kind = try parseBetween(left, isNegated: isNegated)
        } else if accept(.in) {
            kind = try parseIn(left, isNegated: isNegated)
        } else if accept(.like) {
            let pattern = try parseExpression(.sum)
            let escape = accept(.escape) ? try parseExpression(.sum) : nil
            kind = .like(left, pattern: pattern, escape: escape, isNegated: isNegated)
        } else {
            throw unsupported("SIMILAR TO is", hint: "use LIKE")
        }
        return ExpressionSyntax(kind: kind, range: range(from: left.range))
    }

    private mutating func parseBetween(
        _ left: ExpressionSyntax, isNegated: Bool
    ) throws(SQLError) -> ExpressionSyntax.Kind {
        let isSymmetric = accept(.symmetric)
        if !isSymmetric { _ = accept(.asymmetric) }
        let low = try parseExpression(.sum)
        try expect(.and)
        let high = try parseExpression(.sum)
        return .between(left, low: low, high: high, isSymmetric: isSymmetric, isNegated: isNegated)
    }

    private mutating func parseIn(_ left: ExpressionSyntax, isNegated: Bool) throws(SQLError) -> ExpressionSyntax.Kind {
        try expect(.leftParenthesis)
        if isQuery(ahead: 0) { throw unsupported("IN with a subquery is") }
        let items = try parseList { parser throws(SQLError) in try parser.parseExpression() }
        try expect(.rightParenthesis, orElse: " or ','")
        return .inList(left, items, isNegated: isNegated)
    }
}
