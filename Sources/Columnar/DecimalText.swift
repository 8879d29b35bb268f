/// DECIMAL values in words, for messages and prints; formats have writers of their own.
package enum DecimalText {
    /// `unscaled` divided by ten to the power of `scale`, with all digits of the scale: `-0.50`.
    package static func text(_ unscaled: Int128, scale: Int) -> String {
        let sign = unscaled < 0 ? "-" : ""
        var digits = String(unscaled.magnitude)
        if scale == 0 { return sign + digits }
        if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
        return sign + digits.dropLast(scale) + "." + digits.suffix(scale)
    }
}
