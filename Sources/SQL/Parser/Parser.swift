internal import Columnar

/// Recursive descent over the tokens of one file.
///
/// A statement that does not parse is reported once, at its first wrong token, and the parser goes on behind the next
/// semicolon, so that every wrong statement of a file is reported.
package struct Parser {
    /// What became of a file.
    package struct Result: Sendable {
        /// The statements that parsed.
        package let statements: [StatementSyntax]
        /// What was wrong with the others, in the order of the text.
        package let errors: [SQLError]
    }

    /// Expressions, subqueries and types nested deeper than this are refused, so that no input can exhaust the stack.
    package static let maximumNestingDepth = 100

    /// More operators in a row than this are refused, for the same reason.
    package static let maximumChainLength = 1000

    let source: SourceText
    var errors: [SQLError]
    private let tokens: [Token]
    private let lexerErrors: [SQLError]
    private(set) var index = 0
    private var depth = 0

    init(source: SourceText) {
        self.source = source
        (tokens, lexerErrors) = Lexer.tokenize(source)
        errors = lexerErrors
    }

    /// Parses a whole file.
    package static func parse(_ source: SourceText) -> Result {
        var parser = Parser(source: source)
        let statements = parser.parseScript()
        return Result(statements: statements, errors: parser.errors)
    }

    // MARK: Looking

    var current: Token { tokens[index] }

    func token(ahead distance: Int) -> Token { tokens[min(index + distance, tokens.count - 1)] }

    var previous: Token { tokens[max(0, index - 1)] }

    func at(_ keyword: Keyword) -> Bool { current.keyword == keyword }

    func at(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }

    /// Whether the next tokens are these keywords.
    func at(_ keywords: Keyword...) -> Bool {
        keywords.enumerated().allSatisfy { token(ahead: $0.offset).keyword == $0.element }
    }

    /// Whether the current token is this word; for words that are no keywords of the grammar.
    func at(word: String) -> Bool {
        if case .word(let text) = current.kind { text.uppercased() == word } else { false }
    }

    // MARK: Consuming

    @discardableResult
    mutating func advance() -> Token {
        let token = current
        if index < tokens.count - 1 { index += 1 }
        return token
    }

    mutating func accept(_ keyword: Keyword) -> Bool {
        guard at(keyword) else { return false }
        advance()
        return true
    }

    mutating func accept(_ symbol: Token.Symbol) -> Bool {
        guard at(symbol) else { return false }
        advance()
        return true
    }

    /// Consumes all of `keywords`, or nothing.
    mutating func accept(_ keywords: Keyword...) -> Bool {
        guard keywords.enumerated().allSatisfy({ token(ahead: $0.offset).keyword == $0.element }) else { return false }
        for _ in keywords { advance() }
        return true
    }

    @discardableResult
    mutating func expect(_ keyword: Keyword) throws(SQLError) -> Token {
        guard at(keyword) else { throw unexpected(keyword.rawValue, keywords: [keyword]) }
        return advance()
    }

    @discardableResult
    mutating func expect(_ symbol: Token.Symbol, orElse other: String = "") throws(SQLError) -> Token {
        guard at(symbol) else { throw unexpected("'\(symbol.rawValue)'" + other) }
        return advance()
    }

    mutating func expectName(_ what: String) throws(SQLError) -> NameSyntax {
        guard let name = nameAtCurrent else {
            if case .word(let word) = current.kind {
                throw source.error(
                    .syntax, "expected \(what), found the reserved word \(word.uppercased())", at: current.range,
                    hint: "to use it as a name write `\(word)`")
            }
            throw unexpected(what)
        }
        advance()
        return name
    }

    /// The current token as a name, when it can be one.
    var nameAtCurrent: NameSyntax? {
        switch current.kind {
        case .word(let text) where current.keyword?.isReserved != true: NameSyntax(text: text, range: current.range)
        case .quotedName(let text): NameSyntax(text: text, range: current.range)
        default: nil
        }
    }

    mutating func parsePath(_ what: String) throws(SQLError) -> PathSyntax {
        var parts = [try expectName(what)]
        while accept(.dot) {
            parts.append(try expectName("a name after '.'"))
        }
        return PathSyntax(parts: parts)
    }

    mutating func expectString(_ what: String) throws(SQLError) -> LiteralText {
        guard case .string(let text) = current.kind else { throw unexpected(what) }
        return LiteralText(text: text, range: advance().range)
    }

    mutating func expectInteger(_ what: String) throws(SQLError) -> Int {
        guard case .number(let text) = current.kind, let value = Int(text) else { throw unexpected(what) }
        advance()
        return value
    }

    /// `element` one or more times with commas between.
    mutating func parseList<Element>(
        _ element: (inout Parser) throws(SQLError) -> Element
    ) throws(SQLError) -> [Element] {
        var elements = [try element(&self)]
        while accept(.comma) {
            elements.append(try element(&self))
        }
        return elements
    }

    /// `(name, ...)`
    mutating func parseNameList(_ what: String) throws(SQLError) -> [NameSyntax] {
        try expect(.leftParenthesis)
        let names = try parseList { parser throws(SQLError) in try parser.expectName(what) }
        try expect(.rightParenthesis, orElse: " or ','")
        return names
    }

    /// From `start` to the token consumed last.
    func range(from start: SourceRange) -> SourceRange { start.through(previous.range) }

    /// Runs `body` one level deeper.
    mutating func nested<Value>(_ body: (inout Parser) throws(SQLError) -> Value) throws(SQLError) -> Value {
        guard depth < Self.maximumNestingDepth else {
            throw source.error(
                .syntax, "nested more than \(Self.maximumNestingDepth) levels deep", at: current.range,
                hint: "split it with a view")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: Recovering

    /// Keeps `error` of a statement that begins at `start`, unless it only follows from something unreadable in it.
    mutating func report(_ error: SQLError, inStatementAt start: SourceRange) {
        let begin = source.location(of: start)
        let isConsequence = lexerErrors.contains { begin.precedes($0.location) && $0.location.precedes(error.location) }
        if !isConsequence { errors.append(error) }
    }

    /// Goes on behind the next semicolon, or at the end of the file.
    mutating func skipStatement() {
        while current.kind != .endOfFile, !accept(.semicolon) { advance() }
        depth = 0
    }

    // MARK: Errors

    /// "expected ..., found ..." at the current token. When the word there, or the one before, which was taken as a
    /// name, looks like one of `keywords`, the error says so.
    func unexpected(_ expected: String, keywords: [Keyword] = []) -> SQLError {
        source.error(
            .syntax, "expected \(expected), found \(current.spelling)", at: current.range,
            hint: misspelling(of: keywords))
    }

    private func misspelling(of keywords: [Keyword]) -> String? {
        let names = keywords.map(\.rawValue)
        if case .word(let word) = current.kind, let keyword = NearestName.of(word, in: names) {
            return "did you mean \(keyword)?"
        }
        guard index > 0, case .word(let word) = previous.kind, previous.keyword == nil,
            let keyword = NearestName.of(word, in: names)
        else { return nil }
        return "'\(word)' was taken as a name; did you mean \(keyword)?"
    }

    /// "... is not supported yet" at the current token or at `range`.
    func unsupported(_ what: String, at range: SourceRange? = nil, hint: String? = nil) -> SQLError {
        source.error(.unsupported, "\(what) not supported yet", at: range ?? current.range, hint: hint)
    }
}
