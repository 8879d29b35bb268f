/// Writes numbers as ASCII digits. Up to eight bytes behind what counts are overwritten.
enum DigitWriter {
    /// The eight decimal digits of a number below 10^8, one a byte, the first in the lowest.
    @inline(__always)
    static func eightDigits(_ value: UInt64) -> UInt64 {
        let high = value / 10_000
        let fours = high | (value &- high &* 10_000) &<< 32
        let hundreds = ((fours &* 10_486) &>> 20) & 0x0000_007f_0000_007f
        let pairs = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = ((pairs &* 103) &>> 10) & 0x000f_000f_000f_000f
        return tens | (pairs &- tens &* 10) &<< 8
    }

    @inline(__always)
    static func write(_ value: UInt64, _ p: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        if value < 100_000_000 { return writeLeading(value, p) }
        let high = value / 100_000_000
        let low = eightDigits(value &- high &* 100_000_000) | 0x3030_3030_3030_3030
        let after: UnsafeMutablePointer<UInt8>
        if high < 100_000_000 {
            after = writeLeading(high, p)
        } else {
            let top = high / 100_000_000
            after = writeLeading(top, p)
            EightBytes.store(eightDigits(high &- top &* 100_000_000) | 0x3030_3030_3030_3030, after)
            EightBytes.store(low, after + 8)
            return after + 16
        }
        EightBytes.store(low, after)
        return after + 8
    }

    /// A number below 10^8 without leading zeros.
    @inline(__always)
    private static func writeLeading(
        _ value: UInt64, _ p: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let digits = eightDigits(value)
        // The last digit is written even if it is zero.
        let zeros = (digits | 1 &<< 56).trailingZeroBitCount &>> 3
        EightBytes.store((digits | 0x3030_3030_3030_3030) &>> UInt64(truncatingIfNeeded: zeros &* 8), p)
        return p + (8 &- zeros)
    }

    @inline(__always)
    static func write(signed value: Int64, _ p: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        p[0] = 0x2d
        return write(value.magnitude, value < 0 ? p + 1 : p)
    }

    /// Two digits of a number below 100.
    @inline(__always)
    static func writePair(_ value: Int, _ p: UnsafeMutablePointer<UInt8>) {
        let tens = (value &* 103) &>> 10
        p[0] = UInt8(truncatingIfNeeded: 0x30 &+ tens)
        p[1] = UInt8(truncatingIfNeeded: 0x30 &+ value &- tens &* 10)
    }

    /// The digits of a fraction of `count` (1...8) digits, without trailing zeros; none for 0.
    @inline(__always)
    static func writeFraction(
        _ value: Int, digits count: Int, _ p: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let digits =
            eightDigits(UInt64(truncatingIfNeeded: value)) &>> UInt64(truncatingIfNeeded: (8 &- count) &* 8)
        if digits == 0 { return p }
        EightBytes.store(digits | 0x3030_3030_3030_3030, p)
        return p + (8 &- digits.leadingZeroBitCount &>> 3)
    }

    /// The digits of a number of up to 39; returns how many.
    static func write(wide value: UInt128, _ p: UnsafeMutablePointer<UInt8>) -> Int {
        let block: UInt128 = 10_000_000_000_000_000
        if value < block { return write(UInt64(truncatingIfNeeded: value), p) - p }
        let (high, low) = value.quotientAndRemainder(dividingBy: block)
        let count = write(wide: high, p)
        let low64 = UInt64(truncatingIfNeeded: low)
        let top = low64 / 100_000_000
        EightBytes.store(eightDigits(top) | 0x3030_3030_3030_3030, p + count)
        EightBytes.store(eightDigits(low64 - top * 100_000_000) | 0x3030_3030_3030_3030, p + count + 8)
        return count + 16
    }
}
