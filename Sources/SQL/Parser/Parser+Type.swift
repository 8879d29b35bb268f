extension Parser {
    /// A type with its NOT NULL.
    mutating func parseType() throws(SQLError) -> TypeSyntax {
        let start = current.range
        let kind = try nested { parser throws(SQLError) in try parser.parseTypeKind() }
        var isNotNull = false
        if accept(.not, .null) {
            isNotNull = true
        } else {
            _ = accept(.null)
        }
        if at(.array) || at(.multiset) { throw unsupported("the type \(current.spelling) is") }
        return TypeSyntax(kind: kind, isNotNull: isNotNull, range: range(from: start))
    }

    private mutating func parseTypeKind() throws(SQLError) -> TypeSyntax.Kind {
        if at(.row) { return .row(try parseRowFields()) }
        if at(.array) || at(.map) || at(.multiset) {
            let name = advance()
            try expect(.less)
            let elements = try parseList { parser throws(SQLError) in try parser.parseType() }
            try expect(.greater, orElse: " or ','")
            return .collection(name: source.text(of: name.range).uppercased(), elements: elements)
        }
        guard case .word(let word) = current.kind, current.keyword?.isReserved != true || at(.interval) else {
            throw unexpected("a type")
        }
        advance()
        var name = word.uppercased()
        if name == "DOUBLE" { _ = accept(.precision) }
        let arguments = try parseTypeArguments()
        if name == "TIMESTAMP" || name == "TIME" { name += try parseTimeZone() }
        if name == "TIMESTAMP WITH LOCAL TIME ZONE" { name = "TIMESTAMP_LTZ" }
        return .simple(name: name, arguments: arguments)
    }

    private mutating func parseTypeArguments() throws(SQLError) -> [Int] {
        guard accept(.leftParenthesis) else { return [] }
        let arguments = try parseList { parser throws(SQLError) in try parser.expectInteger("a number") }
        try expect(.rightParenthesis, orElse: " or ','")
        return arguments
    }

    /// What follows TIMESTAMP: nothing, or the words that make another type of it.
    private mutating func parseTimeZone() throws(SQLError) -> String {
        if accept(.without) {
            try expect(.time)
            try expect(.zone)
            return ""
        }
        guard at(.with), [.local, .time].contains(token(ahead: 1).keyword) else { return "" }
        advance()
        let isLocal = accept(.local)
        try expect(.time)
        try expect(.zone)
        return isLocal ? " WITH LOCAL TIME ZONE" : " WITH TIME ZONE"
    }

    /// `ROW<name type, ...>`, or the same in parentheses.
    private mutating func parseRowFields() throws(SQLError) -> [TypeSyntax.Field] {
        try expect(.row)
        let closing: Token.Symbol
        if accept(.less) {
            closing = .greater
        } else if accept(.leftParenthesis) {
            closing = .rightParenthesis
        } else {
            throw unexpected("'<' and the fields of the row")
        }
        let fields = try parseList { parser throws(SQLError) in
            let name = try parser.expectName("a field name")
            let type = try parser.parseType()
            if case .string = parser.current.kind { parser.advance() }
            return TypeSyntax.Field(name: name, type: type)
        }
        try expect(closing, orElse: " or ','")
        return fields
    }
}
