/// Exact arithmetic on scaled numbers. Every function gives nil where the result has more digits than allowed.
enum DecimalMath {
    /// 10^0 ... 10^38.
    static let powers: [Int128] = {
        var powers: [Int128] = [1]
        for _ in 0..<38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// How a result is scaled and bounded.
    struct Shape {
        var leftScale: Int
        var rightScale: Int
        var scale: Int
        /// 10^precision: the first magnitude that is too large.
        var limit: Int128
    }

    @inline(__always)
    static func bounded(_ value: Int128, _ limit: Int128) -> Int128? {
        value < limit && value > -limit ? value : nil
    }

    /// `value` * 10^up, or / 10^down rounded half up.
    @inline(__always)
    static func rescale(_ value: Int128, up: Int128, down: Int128, limit: Int128) -> Int128? {
        let (scaled, overflow) = value.multipliedReportingOverflow(by: up)
        if overflow { return nil }
        return bounded(down == 1 ? scaled : divideHalfUp(scaled, down), limit)
    }

    /// Rounds half away from zero.
    @inline(__always)
    static func divideHalfUp(_ value: Int128, _ divisor: Int128) -> Int128 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        let twice = remainder.magnitude &* 2
        if twice < divisor.magnitude { return quotient }
        return (value < 0) == (divisor < 0) ? quotient &+ 1 : quotient &- 1
    }

    /// Left plus right, with the digits beyond the result's scale rounded once, at the end.
    static func add(_ left: Int128, _ right: Int128, _ shape: Shape) -> Int128? {
        let common = max(shape.leftScale, shape.rightScale)
        let one = WideInteger(product: left.magnitude, powers[common - shape.leftScale].magnitude)
        let other = WideInteger(product: right.magnitude, powers[common - shape.rightScale].magnitude)
        var sum: WideInteger
        var negative = left < 0
        if (left < 0) == (right < 0) {
            sum = one &+ other
        } else if other < one {
            sum = one &- other
        } else {
            sum = other &- one
            negative = right < 0
        }
        return fit(sum, negative, common - shape.scale, shape.limit)
    }

    static func multiply(_ left: Int128, _ right: Int128, _ shape: Shape) -> Int128? {
        let product = WideInteger(product: left.magnitude, right.magnitude)
        return fit(product, (left < 0) != (right < 0), shape.leftScale + shape.rightScale - shape.scale, shape.limit)
    }

    /// `right` is not zero.
    static func divide(_ left: Int128, _ right: Int128, _ shape: Shape) -> Int128? {
        let negative = (left < 0) != (right < 0)
        let divisor = right.magnitude
        var shift = shape.scale - shape.leftScale + shape.rightScale
        if shift < 0 {
            // The divisor grows instead; where it cannot, the quotient is below one half.
            let (grown, overflow) = divisor.multipliedReportingOverflow(by: powers[min(-shift, 38)].magnitude)
            if overflow || -shift > 38 { return 0 }
            return WideInteger(low: left.magnitude).divided(by: grown).signed(negative: negative)
                .flatMap { bounded($0, shape.limit) }
        }
        // Long division, as many digits at a time as fit.
        let first = min(shift, 38)
        var (quotient, remainder) = WideInteger(product: left.magnitude, powers[first].magnitude)
            .quotientAndRemainder(dividingBy: divisor)
        shift -= first
        while shift > 0 {
            guard quotient.high == 0 else { return nil }
            let step = min(shift, 38)
            let (digits, rest) = WideInteger(product: remainder, powers[step].magnitude)
                .quotientAndRemainder(dividingBy: divisor)
            let raised = WideInteger(product: quotient.low, powers[step].magnitude)
            quotient = raised &+ digits
            remainder = rest
            shift -= step
        }
        if remainder >= divisor &- remainder { quotient = quotient &+ WideInteger(low: 1) }
        return quotient.signed(negative: negative).flatMap { bounded($0, shape.limit) }
    }

    /// The rest of the division towards zero; `right` is not zero.
    static func modulo(_ left: Int128, _ right: Int128, _ shape: Shape) -> Int128? {
        let common = max(shape.leftScale, shape.rightScale)
        let dividend = WideInteger(product: left.magnitude, powers[common - shape.leftScale].magnitude)
        let divisor = WideInteger(product: right.magnitude, powers[common - shape.rightScale].magnitude)
        let rest: WideInteger
        if dividend < divisor {
            rest = dividend
        } else if divisor.high == 0 {
            rest = WideInteger(low: dividend.quotientAndRemainder(dividingBy: divisor.low).remainder)
        } else {
            // Both are wide, so the quotient is small: only one of them was raised, by at most 38 digits.
            rest = remainderByShifting(dividend, divisor)
        }
        return fit(rest, left < 0, common - shape.scale, shape.limit)
    }

    private static func remainderByShifting(_ dividend: WideInteger, _ divisor: WideInteger) -> WideInteger {
        var shifts: [WideInteger] = [divisor]
        while shifts.count < 256, shifts[shifts.count - 1].high >> 127 == 0 {
            let last = shifts[shifts.count - 1]
            let next = last &+ last
            if dividend < next { break }
            shifts.append(next)
        }
        var rest = dividend
        for shifted in shifts.reversed() where !(rest < shifted) { rest = rest &- shifted }
        return rest
    }

    /// Drops `digits` digits, rounding half up, and checks the size.
    private static func fit(_ value: WideInteger, _ negative: Bool, _ digits: Int, _ limit: Int128) -> Int128? {
        var value = value
        var digits = digits
        // Only the last step may round: the ones before truncate into a digit that tells what was lost.
        if digits > 38 {
            value = value.quotientAndRemainder(dividingBy: powers[digits - 38].magnitude).quotient
            digits = 38
        }
        if digits > 0 { value = value.divided(by: powers[digits].magnitude) }
        return value.signed(negative: negative).flatMap { bounded($0, limit) }
    }
}
