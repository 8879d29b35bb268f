/// The parts of a decimal number as it is written.
///
/// Reads up to the first byte that does not belong to the number; the bytes must be followed by one that does not.
struct NumberText {
    enum Syntax {
        /// RFC 8259.
        case json
        /// Also a plus sign, leading zeros, and digits on only one side of the point: numbers inside strings.
        case lenient
    }

    enum Rounding {
        /// To the nearest, ties away from zero.
        case halfUp
        case towardZero
    }

    private(set) var isNegative = false
    /// The first digit, or the point where there is no digit before it.
    let digits: UnsafePointer<UInt8>
    private(set) var integerDigitCount = 0
    private(set) var fractionDigitCount = 0
    /// Saturates far outside of what any type can hold.
    private(set) var exponent = 0
    /// After the last byte of the number.
    let end: UnsafePointer<UInt8>

    /// Nil where no well-formed number starts at `start`.
    init?(_ start: UnsafePointer<UInt8>, syntax: Syntax) {
        var p = start
        if p[0] == 0x2d {
            isNegative = true
            p += 1
        } else if syntax == .lenient && p[0] == 0x2b {
            p += 1
        }
        digits = p
        while Self.isDigit(p[0]) { p += 1 }
        integerDigitCount = p - digits
        if syntax == .json && (integerDigitCount == 0 || (integerDigitCount > 1 && digits[0] == 0x30)) { return nil }
        if p[0] == 0x2e {
            p += 1
            let first = p
            while Self.isDigit(p[0]) { p += 1 }
            fractionDigitCount = p - first
            if syntax == .json && fractionDigitCount == 0 { return nil }
        }
        if integerDigitCount + fractionDigitCount == 0 { return nil }
        if p[0] | 0x20 == 0x65 {
            p += 1
            let isNegativeExponent = p[0] == 0x2d
            if p[0] == 0x2d || p[0] == 0x2b { p += 1 }
            if !Self.isDigit(p[0]) { return nil }
            while Self.isDigit(p[0]) {
                if exponent < 100_000_000_000 { exponent = exponent * 10 + Int(p[0] & 0x0f) }
                p += 1
            }
            if isNegativeExponent { exponent = -exponent }
        }
        end = p
    }

    /// The magnitude times 10^scale as an integer; nil where that has more than `maximumDigits` (at most 38) digits.
    func magnitude(scale: Int, maximumDigits: Int, rounding: Rounding) -> UInt128? {
        let count = integerDigitCount + fractionDigitCount
        var leading = 0
        while leading < count && digit(leading) == 0 { leading += 1 }
        if leading == count { return 0 }
        let kept = integerDigitCount - leading + exponent + scale
        if kept > maximumDigits { return nil }
        if kept < 0 { return 0 }
        var result: UInt128 = 0
        for position in leading..<(leading + kept) {
            result = result &* 10 &+ UInt128(position < count ? digit(position) : 0)
        }
        if rounding == .halfUp && leading + kept < count && digit(leading + kept) >= 5 {
            result += 1
            if result == PowersOfTen.wide(maximumDigits) { return nil }
        }
        return result
    }

    /// The number times 10^scale, cut off toward zero, where it fits.
    func integer(scale: Int = 0) -> Int64? {
        guard let magnitude = magnitude(scale: scale, maximumDigits: 20, rounding: .towardZero) else { return nil }
        if isNegative {
            return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 - Int128(magnitude)) : nil
        }
        return magnitude < 1 << 63 ? Int64(truncatingIfNeeded: magnitude) : nil
    }

    @inline(__always)
    func digit(_ position: Int) -> UInt8 {
        (position < integerDigitCount ? digits[position] : digits[position + 1]) & 0x0f
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}
