/// An unsigned 256-bit number: what products and rescaled dividends of DECIMALs need on the way.
struct WideInteger: Equatable {
    var high: UInt128
    var low: UInt128

    init(high: UInt128 = 0, low: UInt128) {
        self.high = high
        self.low = low
    }

    init(product left: UInt128, _ right: UInt128) {
        let product = left.multipliedFullWidth(by: right)
        high = product.high
        low = product.low
    }

    static func < (left: WideInteger, right: WideInteger) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    /// Wraps.
    static func &+ (left: WideInteger, right: WideInteger) -> WideInteger {
        let (low, carry) = left.low.addingReportingOverflow(right.low)
        return WideInteger(high: left.high &+ right.high &+ (carry ? 1 : 0), low: low)
    }

    /// Wraps.
    static func &- (left: WideInteger, right: WideInteger) -> WideInteger {
        let (low, borrow) = left.low.subtractingReportingOverflow(right.low)
        return WideInteger(high: left.high &- right.high &- (borrow ? 1 : 0), low: low)
    }

    func quotientAndRemainder(dividingBy divisor: UInt128) -> (quotient: WideInteger, remainder: UInt128) {
        let (highQuotient, highRemainder) = high.quotientAndRemainder(dividingBy: divisor)
        let (lowQuotient, remainder) = divisor.dividingFullWidth((highRemainder, low))
        return (WideInteger(high: highQuotient, low: lowQuotient), remainder)
    }

    /// The quotient rounded half up.
    func divided(by divisor: UInt128) -> WideInteger {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder >= divisor &- remainder ? quotient &+ WideInteger(low: 1) : quotient
    }

    /// As a signed number of less than 2^127; nil where it is larger.
    func signed(negative: Bool) -> Int128? {
        guard high == 0, low <= UInt128(Int128.max) else { return nil }
        return negative ? -Int128(low) : Int128(low)
    }
}
