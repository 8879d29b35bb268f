/// One constant; its type is given beside it (see `Literal`).
package enum ScalarValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case int(Int32)
    case bigint(Int64)
    case double(Double)
    /// The unscaled value of a DECIMAL: 1.50 as DECIMAL(3, 2) is 150.
    case decimal(Int128)
    case string(String)
    case bytes([UInt8])
    /// Days since 1970-01-01.
    case date(Int32)
    /// Microseconds since 1970-01-01 00:00:00, for TIMESTAMP and TIMESTAMP_LTZ.
    case timestamp(Int64)
    case intervalMonths(Int64)
    case intervalMicroseconds(Int64)
}

/// A constant with its type.
package struct Literal: Hashable, Sendable {
    package var value: ScalarValue
    package var type: ExpressionType

    package init(_ value: ScalarValue, _ type: ExpressionType) {
        self.value = value
        self.type = type
    }

    /// Constants are the same where no expression can tell them apart: 1 / 0.0 and 1 / -0.0 differ, though 0.0 = -0.0.
    package static func == (left: Literal, right: Literal) -> Bool {
        left.type == right.type && left.value == right.value && left.isNegativeZero == right.isNegativeZero
    }

    private var isNegativeZero: Bool {
        if case .double(let number) = value { number == 0 && number.sign == .minus } else { false }
    }

    package static let null = Literal(.null, .null)
    package static let `true` = Literal(.boolean(true), .boolean)
    package static let `false` = Literal(.boolean(false), .boolean)

    package static func null(of type: ExpressionType) -> Literal { Literal(.null, type) }
    package static func boolean(_ value: Bool) -> Literal { Literal(.boolean(value), .boolean) }
    package static func int(_ value: Int32) -> Literal { Literal(.int(value), .int) }
    package static func bigint(_ value: Int64) -> Literal { Literal(.bigint(value), .bigint) }
    package static func double(_ value: Double) -> Literal { Literal(.double(value), .double) }
    package static func string(_ value: String) -> Literal { Literal(.string(value), .string) }

    /// An exact number as SQL types it: `unscaled` / 10^`scale` with as many digits as it has.
    package static func decimal(unscaled: Int128, scale: Int) -> Literal {
        var digits = 0
        var rest = unscaled.magnitude
        while rest > 0 {
            rest /= 10
            digits += 1
        }
        return Literal(.decimal(unscaled), .decimal(max(digits, scale, 1), scale))
    }
}
