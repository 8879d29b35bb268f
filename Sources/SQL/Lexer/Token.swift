/// The smallest piece of SQL text that the parser sees. Blanks and comments are not tokens.
package struct Token: Hashable, Sendable {
    /// What a token is, with its text where that is not fixed.
    package enum Kind: Hashable, Sendable {
        /// A word without quotes, as written: a keyword or a name.
        case word(String)
        /// A name in backquotes, without them.
        case quotedName(String)
        /// A string literal, without its quotes.
        case string(String)
        /// A `X'0A'` literal.
        case bytes([UInt8])
        /// A number without sign, as written.
        case number(String)
        case symbol(Symbol)
        /// `/*+`, which opens a hint.
        case hintStart
        /// `*/`, which closes a hint.
        case hintEnd
        case endOfFile
    }

    /// Operators and punctuation.
    package enum Symbol: String, CaseIterable, Hashable, Sendable {
        case leftParenthesis = "("
        case rightParenthesis = ")"
        case leftBracket = "["
        case rightBracket = "]"
        case comma = ","
        case dot = "."
        case semicolon = ";"
        case plus = "+"
        case minus = "-"
        case star = "*"
        case slash = "/"
        case percent = "%"
        case equal = "="
        case notEqual = "<>"
        case bangEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case concatenate = "||"
        case arrow = "=>"
        case colon = ":"
        case question = "?"
    }

    package let kind: Kind
    package let range: SourceRange
    /// The keyword that a word without quotes spells.
    package let keyword: Keyword?

    init(kind: Kind, range: SourceRange) {
        self.kind = kind
        self.range = range
        if case .word(let word) = kind { keyword = Keyword(word: word) } else { keyword = nil }
    }

    /// How messages name it. A string literal is not quoted, since it may hold a substituted secret.
    var spelling: String {
        switch kind {
        case .word(let word): keyword.map(\.isReserved) == true ? word.uppercased() : "'\(word)'"
        case .quotedName(let name): "`\(name)`"
        case .string: "a string literal"
        case .bytes: "a binary literal"
        case .number(let text): "'\(text)'"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .hintStart: "a hint '/*+'"
        case .hintEnd: "'*/'"
        case .endOfFile: "the end of the file"
        }
    }
}
