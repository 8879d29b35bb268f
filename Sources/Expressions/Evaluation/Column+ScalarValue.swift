package import Columnar

extension Column {
    /// The value of one row, for constants, tests and messages; not for use per row.
    ///
    /// - Parameter type: that of the expression, which knows intervals.
    package func value(_ row: Int, _ type: ExpressionType) -> ScalarValue {
        guard isValid(row) else { return .null }
        switch type {
        case .null: return .null
        case .intervalMonths: return .intervalMonths(int64s[row])
        case .intervalMicroseconds: return .intervalMicroseconds(int64s[row])
        case .value(let type):
            switch type {
            case .boolean: return .boolean(bools[row] != 0)
            case .int: return .int(int32s[row])
            case .bigint: return .bigint(int64s[row])
            case .double: return .double(doubles[row])
            case .decimal: return .decimal(type.physical == .int64 ? Int128(int64s[row]) : int128s[row])
            case .string: return .string(String(decoding: bytes(row), as: UTF8.self))
            case .bytes: return .bytes(Array(bytes(row)))
            case .date: return .date(int32s[row])
            case .timestamp, .timestampLTZ: return .timestamp(int64s[row])
            }
        }
    }
}
