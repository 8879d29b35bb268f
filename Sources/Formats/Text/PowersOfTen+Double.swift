extension PowersOfTen {
    /// The largest power of five that 128 bits hold.
    static let maximumFive = 55

    /// The 128 highest bits of 5^exponent, cut off; for a negative exponent those of its reciprocal, from -27 on
    /// rounded up.
    static func five(_ exponent: Int) -> UInt128 {
        var power: UInt128 = 1
        for _ in 0..<exponent.magnitude { power *= 5 }
        if exponent >= 0 { return power << UInt128(power.leadingZeroBitCount) }
        // 2^b / 5^n for the b that gives 128 bits.
        let bits = 128 - power.leadingZeroBitCount
        let quotient = power.dividingFullWidth((UInt128(1) << UInt128(bits - 1), 0)).quotient
        return exponent >= -27 ? quotient + 1 : quotient
    }

    /// The double nearest to mantissa * 10^exponent; nil where that takes longer to find out.
    ///
    /// Source: Daniel Lemire, "Number parsing at a gigabyte per second", 2021, after Michael Eisel.
    func double(mantissa: UInt64, exponent: Int) -> Double? {
        if mantissa == 0 { return 0 }
        if exponent < -Self.maximumFive || exponent > Self.maximumFive { return nil }
        let leading = mantissa.leadingZeroBitCount
        let normalised = mantissa &<< UInt64(leading)
        let power = fives[exponent + Self.maximumFive]
        var product = normalised.multipliedFullWidth(by: UInt64(truncatingIfNeeded: power &>> 64))
        if product.high & 0x1ff == 0x1ff {
            // The lower half of the power may matter.
            let lower = normalised.multipliedFullWidth(by: UInt64(truncatingIfNeeded: power)).high
            let (sum, overflow) = product.low.addingReportingOverflow(lower)
            product = (product.high &+ (overflow ? 1 : 0), sum)
            if sum == .max { return nil }
        }
        let upperBit = product.high &>> 63
        let shift = upperBit &+ 9
        var bits = product.high &>> shift
        let binary = (217_706 &* exponent) >> 16 &+ 63 &+ Int(upperBit) &- leading &+ 1023
        if binary <= 0 || binary >= 0x7fe { return nil }
        if product.low <= 1 && exponent >= -4 && exponent <= 23 && bits & 3 == 1 && bits &<< shift == product.high {
            // Exactly between two doubles: to the even one.
            bits &= ~1
        }
        bits = (bits &+ bits & 1) &>> 1
        // Rounding up may reach the next power of two, whose mantissa is zero.
        let carry = bits &>> 53
        let mantissaBits = carry != 0 ? 0 : bits & 0x000f_ffff_ffff_ffff
        return Double(bitPattern: (UInt64(binary) &+ carry) &<< 52 | mantissaBits)
    }
}
