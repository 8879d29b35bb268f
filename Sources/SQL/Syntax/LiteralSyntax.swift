/// A constant as written.
package enum LiteralSyntax: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// Digits, perhaps with a point and an exponent, without sign.
    case number(String)
    case string(String)
    case bytes([UInt8])
    /// `DATE '2024-01-31'`
    case date(String)
    /// `TIME '12:30:00'`
    case time(String)
    /// `TIMESTAMP '2024-01-31 12:30:00.123'`
    case timestamp(String)
    /// `INTERVAL [-] '1:30' MINUTE TO SECOND`; `last` is nil when one unit is named.
    case interval(isNegative: Bool, text: String, first: TimeUnitSyntax, last: TimeUnitSyntax?)
}

extension LiteralSyntax: CustomStringConvertible {
    package var description: String {
        switch self {
        case .null: "NULL"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        case .number(let text): text
        case .string(let text): Self.quote(text)
        case .bytes(let bytes):
            "X'"
                + bytes.map { String(UnicodeScalar(hexDigit: $0 >> 4)) + String(UnicodeScalar(hexDigit: $0 & 15)) }
                .joined() + "'"
        case .date(let text): "DATE \(Self.quote(text))"
        case .time(let text): "TIME \(Self.quote(text))"
        case .timestamp(let text): "TIMESTAMP \(Self.quote(text))"
        case .interval(let isNegative, let text, let first, let last):
            "INTERVAL \(isNegative ? "-" : "")\(Self.quote(text)) \(first.rawValue)"
                + (last.map { " TO \($0.rawValue)" } ?? "")
        }
    }

    /// `text` as a string literal.
    static func quote(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}

extension UnicodeScalar {
    fileprivate init(hexDigit value: UInt8) {
        self = UnicodeScalar(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10)
    }
}
