internal import Columnar

/// Reads cells in the server's binary form into a column.
struct CellDecoder {
    let column: Column
    /// For messages.
    let name: String

    /// Sets row `row` to the cell's value.
    ///
    /// - Throws: `.rowRefused` for a number that the column's type cannot hold.
    func set(_ row: Int, _ cell: UnsafeRawBufferPointer) throws(PostgresConnectorError) {
        guard let bytes = cell.baseAddress ?? UnsafeRawPointer(bitPattern: 1) else { return }
        switch column.type {
        case .boolean:
            column.bools[row] = bytes.load(as: UInt8.self) != 0 ? 1 : 0
        case .int:
            column.int32s[row] = loadBigEndian(bytes, as: Int32.self)
        case .bigint:
            column.int64s[row] = loadBigEndian(bytes, as: Int64.self)
        case .double:
            column.doubles[row] = Double(bitPattern: loadBigEndian(bytes, as: UInt64.self))
        case .decimal(let precision, let scale):
            let value = try numeric(bytes, precision: precision, scale: scale)
            if precision <= 18 {
                column.int64s[row] = Int64(truncatingIfNeeded: value)
            } else {
                column.int128s[row] = value
            }
        case .string, .bytes:
            guard let arena = column.arena else { return }
            column.slices[row] = arena.append(cell)
        case .date:
            let days = loadBigEndian(bytes, as: Int32.self)
            let (value, overflow) = days.addingReportingOverflow(ValueChecker.daysTo2000)
            column.int32s[row] = overflow || days == .min ? days : value
        case .timestamp(let precision), .timestampLTZ(let precision):
            column.int64s[row] = Self.microseconds(loadBigEndian(bytes, as: Int64.self), precision)
        }
        column.setValid(row)
    }

    /// Infinity stays the end of the range; digits past the precision are cut off.
    private static func microseconds(_ since2000: Int64, _ precision: Int) -> Int64 {
        let (value, overflow) = since2000.addingReportingOverflow(ValueChecker.microsecondsTo2000)
        if overflow || since2000 == .min { return since2000 }
        guard precision < 6 else { return value }
        let rest = value % 1000
        return value - (rest < 0 ? rest + 1000 : rest)
    }

    /// The unscaled integer of a numeric at a scale, rounded half away from zero.
    private func numeric(
        _ bytes: UnsafeRawPointer, precision: Int, scale: Int
    ) throws(PostgresConnectorError) -> Int128 {
        let count = Int(loadBigEndian(bytes, as: Int16.self))
        let weight = Int(loadBigEndian(bytes + 2, as: Int16.self))
        let sign = loadBigEndian(bytes + 4, as: UInt16.self)
        guard sign == 0 || sign == 0x4000, weight < 10 else { throw outOfRange }
        var value: Int128 = 0
        var overflow = false
        func push(_ digit: Int128, _ base: Int128) {
            let product = value.multipliedReportingOverflow(by: base)
            let sum = product.partialValue.addingReportingOverflow(digit)
            overflow = overflow || product.overflow || sum.overflow
            value = sum.partialValue
        }
        // Base-10000 digits, the first of them times 10000^weight; what is left of the last one wanted is cut by 10.
        let wanted = weight + 1 + (scale + 3) / 4
        for position in 0..<max(wanted, 0) {
            push(position < count ? Int128(loadBigEndian(bytes + 8 + position * 2, as: Int16.self)) : 0, 10_000)
        }
        let surplus = (4 - scale % 4) % 4
        var roundsUp = false
        if surplus > 0 {
            let divisor = NumericLayout.power(surplus)
            roundsUp = value % divisor >= divisor / 2
            value /= divisor
        } else if wanted >= 0 && wanted < count {
            roundsUp = loadBigEndian(bytes + 8 + wanted * 2, as: Int16.self) >= 5000
        }
        if roundsUp { value += 1 }
        guard !overflow, value < NumericLayout.power(precision) else { throw outOfRange }
        return sign == 0 ? value : -value
    }

    private var outOfRange: PostgresConnectorError {
        PostgresConnectorError(
            .rowRefused, "a value of column \(name) is outside \(column.type); declare the column wider",
            sqlState: SQLState("22003"))
    }
}
