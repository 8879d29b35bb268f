package import Columnar

/// The type of an expression: that of a column, or one that exists only inside expressions.
package enum ExpressionType: Hashable, Sendable {
    case value(LogicalType)
    /// INTERVAL YEAR TO MONTH: whole months, 64 bits.
    case intervalMonths
    /// INTERVAL DAY TO SECOND: microseconds, 64 bits.
    case intervalMicroseconds
    /// NULL without a type of its own; converts to every type.
    case null

    package static let boolean = ExpressionType.value(.boolean)
    package static let int = ExpressionType.value(.int)
    package static let bigint = ExpressionType.value(.bigint)
    package static let double = ExpressionType.value(.double)
    package static let string = ExpressionType.value(.string)
    package static let bytes = ExpressionType.value(.bytes)
    package static let date = ExpressionType.value(.date)

    /// DECIMAL of `precision` digits, `scale` of them behind the point.
    package static func decimal(_ precision: Int, _ scale: Int) -> ExpressionType {
        .value(.decimal(precision: precision, scale: scale))
    }

    /// TIMESTAMP with so many digits of a second's fraction.
    package static func timestamp(_ precision: Int) -> ExpressionType {
        .value(.timestamp(precision: precision))
    }

    /// TIMESTAMP_LTZ with so many digits of a second's fraction.
    package static func timestampLTZ(_ precision: Int) -> ExpressionType {
        .value(.timestampLTZ(precision: precision))
    }

    /// The type of a column that holds such values while a batch is evaluated.
    package var storage: LogicalType {
        switch self {
        case .value(let type): type
        case .intervalMonths, .intervalMicroseconds: .bigint
        case .null: .boolean
        }
    }

    /// The type that a result column would have; nil for intervals and for NULL without a type.
    package var logical: LogicalType? {
        if case .value(let type) = self { return type }
        return nil
    }

    package var isNumeric: Bool { logical?.isNumeric ?? false }
    package var isTimestamp: Bool { logical?.isTimestamp ?? false }
    package var isInterval: Bool { self == .intervalMonths || self == .intervalMicroseconds }
    /// INT and BIGINT.
    package var isInteger: Bool { self == .int || self == .bigint }
    package var isDecimal: Bool {
        if case .value(.decimal) = self { return true }
        return false
    }
    /// INT, BIGINT and DECIMAL.
    package var isExactNumeric: Bool { isInteger || isDecimal }
    /// DATE, TIMESTAMP and TIMESTAMP_LTZ.
    package var isTemporal: Bool { isTimestamp || self == .date }
}

extension ExpressionType: CustomStringConvertible {
    package var description: String {
        switch self {
        case .value(let type): type.description
        case .intervalMonths: "INTERVAL YEAR TO MONTH"
        case .intervalMicroseconds: "INTERVAL DAY TO SECOND"
        case .null: "NULL"
        }
    }
}
