/// Turns text into tokens. An error does not stop it: the piece that makes no sense is left out.
package struct Lexer {
    private let source: SourceText
    private let bytes: [UInt8]
    private var index = 0
    private var isInHint = false
    private var tokens: [Token] = []
    private var errors: [SQLError] = []

    private init(_ source: SourceText) {
        self.source = source
        bytes = source.bytes
    }

    /// All tokens of `source`, the last one `endOfFile`, and what could not be read.
    package static func tokenize(_ source: SourceText) -> (tokens: [Token], errors: [SQLError]) {
        var lexer = Lexer(source)
        while lexer.lexToken() {}
        return (lexer.tokens, lexer.errors)
    }

    /// Reads one token or one stretch of blank space; false at the end.
    private mutating func lexToken() -> Bool {
        let start = index
        guard let byte = peek() else {
            emit(.endOfFile, from: start)
            return false
        }
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            index += 1
        case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"):
            while let next = peek(), next != UInt8(ascii: "\n") { index += 1 }
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
            lexCommentOrHint()
        case UInt8(ascii: "*") where isInHint && peek(1) == UInt8(ascii: "/"):
            index += 2
            isInHint = false
            emit(.hintEnd, from: start)
        case UInt8(ascii: "'"):
            lexString()
        case UInt8(ascii: "`"):
            lexQuotedName()
        case UInt8(ascii: "\""):
            lexDoubleQuoted()
        case _ where Self.isDigit(byte), UInt8(ascii: ".") where Self.isDigit(peek(1) ?? 0):
            lexNumber()
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            if peek(1) == UInt8(ascii: "'") { lexBytes() } else { lexWord() }
        case _ where Self.isWordStart(byte):
            lexWord()
        default:
            lexSymbol()
        }
        return true
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        index + distance < bytes.count ? bytes[index + distance] : nil
    }

    private mutating func emit(_ kind: Token.Kind, from start: Int) {
        tokens.append(Token(kind: kind, range: SourceRange(start: start, end: index)))
    }

    private mutating func fail(_ message: String, from start: Int, to end: Int? = nil, hint: String? = nil) {
        errors.append(source.error(.syntax, message, at: SourceRange(start: start, end: end ?? index), hint: hint))
    }

    private mutating func lexCommentOrHint() {
        let start = index
        if peek(2) == UInt8(ascii: "+") {
            index += 3
            isInHint = true
            emit(.hintStart, from: start)
            return
        }
        index += 2
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                index += 2
                return
            }
            index += 1
        }
        fail("comment is never closed", from: start, to: start + 2, hint: "expected '*/'")
    }

    /// Reads up to `quote`, a doubled quote standing for one; nil and an error when the text ends before.
    private mutating func lexQuoted(by quote: UInt8, what: String) -> [UInt8]? {
        let start = index
        index += 1
        var content: [UInt8] = []
        while let byte = peek() {
            index += 1
            guard byte == quote else {
                content.append(byte)
                continue
            }
            guard peek() == quote else { return content }
            content.append(quote)
            index += 1
        }
        let closing = String(UnicodeScalar(quote))
        fail("\(what) is never closed", from: start, to: start + 1, hint: "expected \(closing)")
        return nil
    }

    private mutating func lexString() {
        let start = index
        guard let content = lexQuoted(by: UInt8(ascii: "'"), what: "string literal") else { return }
        emit(.string(String(decoding: content, as: UTF8.self)), from: start)
    }

    private mutating func lexQuotedName() {
        let start = index
        guard let content = lexQuoted(by: UInt8(ascii: "`"), what: "quoted name") else { return }
        if content.isEmpty {
            fail("a name in backquotes must not be empty", from: start)
        } else {
            emit(.quotedName(String(decoding: content, as: UTF8.self)), from: start)
        }
    }

    private mutating func lexDoubleQuoted() {
        let start = index
        guard let content = lexQuoted(by: UInt8(ascii: "\""), what: "quoted name") else { return }
        fail(
            "double quotes mean nothing in Flink's SQL", from: start,
            hint: "names stand in backquotes, strings in single quotes")
        emit(.quotedName(String(decoding: content, as: UTF8.self)), from: start)
    }

    private mutating func lexBytes() {
        let start = index
        index += 1
        guard let digits = lexQuoted(by: UInt8(ascii: "'"), what: "binary literal") else { return }
        let values = digits.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard values.count == digits.count, values.count.isMultiple(of: 2) else {
            fail("a binary literal holds an even number of hexadecimal digits", from: start)
            return
        }
        let content = stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] * 16 + values[$0 + 1]) }
        emit(.bytes(content), from: start)
    }

    private mutating func lexNumber() {
        let start = index
        skipDigits()
        if peek() == UInt8(ascii: ".") {
            index += 1
            skipDigits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            let hasSign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
            if Self.isDigit(peek(hasSign ? 2 : 1) ?? 0) {
                index += hasSign ? 2 : 1
                skipDigits()
            }
        }
        if let next = peek(), Self.isWordStart(next) {
            while let byte = peek(), Self.isWordPart(byte) { index += 1 }
            fail("a name must not begin with a digit", from: start, hint: "put it in backquotes")
            return
        }
        emit(.number(String(decoding: bytes[start..<index], as: UTF8.self)), from: start)
    }

    private mutating func skipDigits() {
        while let byte = peek(), Self.isDigit(byte) { index += 1 }
    }

    private mutating func lexWord() {
        let start = index
        while let byte = peek(), Self.isWordPart(byte) { index += 1 }
        emit(.word(String(decoding: bytes[start..<index], as: UTF8.self)), from: start)
    }

    private mutating func lexSymbol() {
        let start = index
        for length in [2, 1] where index + length <= bytes.count {
            let text = String(decoding: bytes[index..<(index + length)], as: UTF8.self)
            if let symbol = Token.Symbol(rawValue: text) {
                index += length
                emit(.symbol(symbol), from: start)
                return
            }
        }
        index += 1
        fail("'\(source.text(of: SourceRange(start: start, end: index)))' means nothing here", from: start)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Letters of every script are allowed: a byte above ASCII belongs to one.
    private static func isWordStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        isWordStart(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
    }
}
