internal import Expressions

extension ExpressionBinder {
    func bindLiteral(_ literal: LiteralSyntax, _ range: SourceRange) throws(BindingErrors) -> ScalarExpression {
        switch literal {
        case .null: return .literal(.null)
        case .boolean(let value): return .literal(.boolean(value))
        case .number(let text): return try .literal(number(text, range))
        case .string(let text): return .literal(.string(text))
        case .bytes(let bytes): return .literal(Literal(.bytes(bytes), .bytes))
        case .date(let text):
            guard let days = DateTimeText.days(text) else {
                throw fail(.syntax, "a DATE literal is written '2024-01-31'", range)
            }
            return .literal(Literal(.date(days), .date))
        case .time: throw fail(.unsupported, "the type TIME is not supported yet", range)
        case .timestamp(let text):
            guard let timestamp = DateTimeText.timestamp(text) else {
                throw fail(.syntax, "a TIMESTAMP literal is written '2024-01-31 12:30:00.123'", range)
            }
            let precision = timestamp.fractionDigits > 3 ? 6 : 3
            return .literal(Literal(.timestamp(timestamp.microseconds), .timestamp(precision)))
        case .interval(let isNegative, let text, let first, let last):
            let interval = IntervalText(text: text, first: first, last: last)
            switch interval.value {
            case .months(let months):
                return .literal(Literal(.intervalMonths(isNegative ? -months : months), .intervalMonths))
            case .microseconds(let microseconds):
                let value = isNegative ? -microseconds : microseconds
                return .literal(Literal(.intervalMicroseconds(value), .intervalMicroseconds))
            case nil: throw fail(.syntax, "this is no INTERVAL of its unit", range, hint: interval.expectation)
            }
        }
    }

    /// INT, BIGINT or DECIMAL by size; DOUBLE with an exponent.
    private func number(_ text: String, _ range: SourceRange) throws(BindingErrors) -> Literal {
        if text.contains(where: { $0 == "e" || $0 == "E" }) {
            guard let value = Double(text.hasPrefix(".") ? "0" + text : text), value.isFinite else {
                throw fail(.invalidConstant, "this number is out of the range of DOUBLE", range)
            }
            return .double(value)
        }
        if let value = Int32(text) { return .int(value) }
        if let value = Int64(text) { return .bigint(value) }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let scale = parts.count > 1 ? parts[1].count : 0
        let digits = parts.joined()
        guard digits.count <= ExpressionType.maximumPrecision, let unscaled = Int128(digits) else {
            throw fail(.invalidConstant, "this number has more than 38 digits", range)
        }
        return .decimal(unscaled: unscaled, scale: scale)
    }
}
