extension NumberText {
    /// The nearest double; infinite where the number is too large.
    var double: Double {
        let integer = String(decoding: UnsafeBufferPointer(start: digits, count: integerDigitCount), as: UTF8.self)
        let fraction = String(
            decoding: UnsafeBufferPointer(start: digits + integerDigitCount + 1, count: fractionDigitCount),
            as: UTF8.self)
        let magnitude = Double("0\(integer).\(fraction)0e\(exponent)") ?? .nan
        return isNegative ? -magnitude : magnitude
    }
}
