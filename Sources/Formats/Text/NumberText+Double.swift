extension NumberText {
    /// The nearest double; infinite where the number is too large.
    func double(_ powers: PowersOfTen) -> Double {
        let magnitude = shortMagnitude(powers) ?? longMagnitude
        return isNegative ? -magnitude : magnitude
    }

    /// For at most 19 digits that count.
    private func shortMagnitude(_ powers: PowersOfTen) -> Double? {
        let count = integerDigitCount + fractionDigitCount
        var position = 0
        while position < count && digit(position) == 0 { position += 1 }
        if count - position > 19 { return nil }
        var mantissa: UInt64 = 0
        while position < count {
            mantissa = mantissa &* 10 &+ UInt64(digit(position))
            position += 1
        }
        return powers.double(mantissa: mantissa, exponent: exponent - fractionDigitCount)
    }

    private var longMagnitude: Double {
        let integer = String(decoding: UnsafeBufferPointer(start: digits, count: integerDigitCount), as: UTF8.self)
        let fraction = String(
            decoding: UnsafeBufferPointer(start: digits + integerDigitCount + 1, count: fractionDigitCount),
            as: UTF8.self)
        return Double("0\(integer).\(fraction)0e\(exponent)") ?? .nan
    }
}
