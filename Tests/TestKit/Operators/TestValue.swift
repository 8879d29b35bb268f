/// A value of a row, for writing test data down.
package enum TestValue: Hashable, Sendable {
    case null
    /// BOOLEAN, INT, BIGINT, DATE, DECIMAL (unscaled) and timestamps (microseconds).
    case integer(Int64)
    case double(Double)
    /// STRING and BYTES.
    case text(String)
}

extension TestValue: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .text(value) }
}

extension TestValue: CustomStringConvertible {
    package var description: String {
        switch self {
        case .null: "null"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .text(let value): "'\(value)'"
        }
    }
}
