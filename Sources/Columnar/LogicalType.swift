/// The SQL type of a column, as the user declares it.
@usableFromInline
package enum LogicalType: Hashable, Sendable {
    case boolean
    /// 32-bit signed integer.
    case int
    /// 64-bit signed integer.
    case bigint
    /// IEEE 754 binary64.
    case double
    /// Exact number of at most `precision` (1...38) digits, `scale` (0...precision) of them after the point.
    case decimal(precision: Int, scale: Int)
    /// UTF-8 text of any length; also VARCHAR(n) and CHAR(n).
    case string
    case bytes
    /// Days since 1970-01-01, without a time zone.
    case date
    /// Date and time without a time zone; `precision` is 3 (milliseconds) or 6 (microseconds).
    case timestamp(precision: Int)
    /// A point on the time line, shown in the session's zone; `precision` is 3 or 6.
    case timestampLTZ(precision: Int)

    /// How a value of the type lies in a column's memory.
    @inlinable
    package var physical: PhysicalType {
        switch self {
        case .boolean: .bool
        case .int, .date: .int32
        case .bigint, .timestamp, .timestampLTZ: .int64
        case .double: .double
        case .decimal(let precision, _): precision <= 18 ? .int64 : .int128
        case .string, .bytes: .bytes
        }
    }

    /// Whether values live in an arena.
    @inlinable
    package var isVariableLength: Bool { physical == .bytes }

    @usableFromInline
    package var isTimestamp: Bool {
        switch self {
        case .timestamp, .timestampLTZ: true
        default: false
        }
    }

    @usableFromInline
    package var isNumeric: Bool {
        switch self {
        case .int, .bigint, .double, .decimal: true
        default: false
        }
    }
}

extension LogicalType: CustomStringConvertible {
    /// The type in SQL, for example `DECIMAL(10, 2)`.
    @usableFromInline
    package var description: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .int: "INT"
        case .bigint: "BIGINT"
        case .double: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision), \(scale))"
        case .string: "STRING"
        case .bytes: "BYTES"
        case .date: "DATE"
        case .timestamp(let precision): "TIMESTAMP(\(precision))"
        case .timestampLTZ(let precision): "TIMESTAMP_LTZ(\(precision))"
        }
    }
}

/// The memory layout of one value.
@usableFromInline
package enum PhysicalType: UInt8, Hashable, Sendable {
    /// One byte, 0 or 1.
    case bool
    case int32
    /// BIGINT; DECIMAL of up to 18 digits as its unscaled value; timestamps as microseconds since 1970-01-01.
    case int64
    /// DECIMAL of 19 to 38 digits as its unscaled value.
    case int128
    case double
    /// A `ByteSlice` into the column's arena.
    case bytes

    /// Bytes between two neighbouring values.
    @inlinable
    package var stride: Int {
        switch self {
        case .bool: 1
        case .int32: 4
        case .int64, .double, .bytes: 8
        case .int128: 16
        }
    }
}
