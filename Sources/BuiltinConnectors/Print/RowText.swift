package import Columnar

/// Values as Flink prints them, that is as Java does.
package enum RowText {
    /// Appends the text of a value that is not null.
    package typealias Formatter = (Column, Int, inout String) -> Void

    /// Flink's two characters for what became of a row.
    package static func sign(_ kind: RowKind) -> String {
        switch kind {
        case .insert: "+I"
        case .updateBefore: "-U"
        case .updateAfter: "+U"
        case .delete: "-D"
        }
    }

    /// Writes values of a column of that type.
    package static func formatter(_ type: LogicalType) -> Formatter {
        switch type {
        case .boolean: { column, row, text in text += column.bools[row] != 0 ? "true" : "false" }
        case .int: { column, row, text in text += String(column.int32s[row]) }
        case .bigint: { column, row, text in text += String(column.int64s[row]) }
        case .double: { column, row, text in text += double(column.doubles[row]) }
        case .decimal(let precision, let scale):
            precision <= 18
                ? { column, row, text in text += DecimalText.text(Int128(column.int64s[row]), scale: scale) }
                : { column, row, text in text += DecimalText.text(column.int128s[row], scale: scale) }
        case .string: { column, row, text in text += String(decoding: column.bytes(row), as: UTF8.self) }
        case .bytes:
            { column, row, text in
                let values = column.bytes(row).map { String(Int8(bitPattern: $0)) }
                text += "[\(values.joined(separator: ", "))]"
            }
        case .date: { column, row, text in text += CivilDate(daysSinceEpoch: Int(column.int32s[row])).text }
        case .timestamp: { column, row, text in text += timestamp(column.int64s[row], isInstant: false) }
        case .timestampLTZ: { column, row, text in text += timestamp(column.int64s[row], isInstant: true) }
        }
    }

    /// The shortest digits that tell the value apart, in powers of ten from 10^7 on and below 10^-3.
    package static func double(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        let magnitude = abs(value)
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        let (digits, exponent) = shortest(magnitude)
        let sign = value < 0 ? "-" : ""
        if magnitude >= 1e-3 && magnitude < 1e7 {
            if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
            if digits.count <= exponent + 1 {
                return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count) + ".0"
            }
            return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
        }
        let fraction = digits.dropFirst()
        return sign + digits.prefix(1) + "." + (fraction.isEmpty ? "0" : fraction) + "E\(exponent)"
    }

    /// An instant always shows its seconds and ends in `Z`; a local time leaves them out where they are zero.
    package static func timestamp(_ microseconds: Int64, isInstant: Bool) -> String {
        let (seconds, fraction) = floorDivided(microseconds, 1_000_000)
        let (days, second) = floorDivided(seconds, 86_400)
        var text =
            "\(CivilDate(daysSinceEpoch: Int(days)).text)T\(CivilDate.padded(Int(second) / 3600, 2)):\(CivilDate.padded(Int(second) / 60 % 60, 2))"
        if isInstant || second % 60 != 0 || fraction != 0 { text += ":" + CivilDate.padded(Int(second) % 60, 2) }
        if fraction != 0 {
            let isMilliseconds = fraction % 1000 == 0
            text +=
                "." + (isMilliseconds ? CivilDate.padded(Int(fraction) / 1000, 3) : CivilDate.padded(Int(fraction), 6))
        }
        return isInstant ? text + "Z" : text
    }

    /// Significant digits without leading or trailing zeros, and the power of ten of the first.
    private static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        let written = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let all = String(whole) + (mantissa.count > 1 ? mantissa[1] : "")
        let leadingZeros = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leadingZeros)
        while digits.last == "0" { digits.removeLast() }
        return (digits.isEmpty ? "0" : String(digits), written + whole.count - 1 - leadingZeros)
    }

    private static func floorDivided(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
