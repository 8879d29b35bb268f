/// A whole number of any size in decimal digits, computed as taught in school: slow, and unlike what it checks.
struct SchoolNumber: Equatable {
    /// The lowest digit first, without leading zeros; empty for 0.
    private var digits: [Int] = []
    private(set) var isNegative = false

    init(_ value: Int128) {
        isNegative = value < 0
        var rest = value.magnitude
        while rest > 0 {
            digits.append(Int(rest % 10))
            rest /= 10
        }
    }

    private init(digits: [Int], isNegative: Bool) {
        self.digits = digits
        while self.digits.last == 0 { self.digits.removeLast() }
        self.isNegative = isNegative && !self.digits.isEmpty
    }

    var isZero: Bool { digits.isEmpty }
    var digitCount: Int { digits.count }

    /// Nil where it does not fit.
    var value: Int128? {
        var result: Int128 = 0
        for digit in digits.reversed() {
            let (product, one) = result.multipliedReportingOverflow(by: 10)
            let (sum, other) = product.addingReportingOverflow(Int128(digit))
            if one || other { return nil }
            result = sum
        }
        return isNegative ? -result : result
    }

    func shifted(by places: Int) -> SchoolNumber {
        SchoolNumber(digits: Array(repeating: 0, count: places) + digits, isNegative: isNegative)
    }

    var negated: SchoolNumber { SchoolNumber(digits: digits, isNegative: !isNegative) }
    var magnitude: SchoolNumber { SchoolNumber(digits: digits, isNegative: false) }

    private static func isLess(_ left: [Int], _ right: [Int]) -> Bool {
        if left.count != right.count { return left.count < right.count }
        for (one, other) in zip(left.reversed(), right.reversed()) where one != other { return one < other }
        return false
    }

    private static func subtract(_ left: [Int], _ right: [Int]) -> [Int] {
        var result = left
        var borrow = 0
        for position in result.indices {
            var digit = result[position] - borrow - (position < right.count ? right[position] : 0)
            borrow = digit < 0 ? 1 : 0
            if digit < 0 { digit += 10 }
            result[position] = digit
        }
        while result.last == 0 { result.removeLast() }
        return result
    }

    static func + (left: SchoolNumber, right: SchoolNumber) -> SchoolNumber {
        if left.isNegative == right.isNegative {
            var result: [Int] = []
            var carry = 0
            for position in 0...max(left.digits.count, right.digits.count) {
                let sum =
                    carry + (position < left.digits.count ? left.digits[position] : 0)
                    + (position < right.digits.count ? right.digits[position] : 0)
                result.append(sum % 10)
                carry = sum / 10
            }
            return SchoolNumber(digits: result, isNegative: left.isNegative)
        }
        if isLess(left.digits, right.digits) {
            return SchoolNumber(digits: subtract(right.digits, left.digits), isNegative: right.isNegative)
        }
        return SchoolNumber(digits: subtract(left.digits, right.digits), isNegative: left.isNegative)
    }

    static func * (left: SchoolNumber, right: SchoolNumber) -> SchoolNumber {
        var result = Array(repeating: 0, count: left.digits.count + right.digits.count + 1)
        for (place, digit) in left.digits.enumerated() {
            for (otherPlace, other) in right.digits.enumerated() { result[place + otherPlace] += digit * other }
        }
        for position in result.indices.dropLast() {
            result[position + 1] += result[position] / 10
            result[position] %= 10
        }
        return SchoolNumber(digits: result, isNegative: left.isNegative != right.isNegative)
    }

    /// Towards zero; the rest has the sign of the dividend.
    func divided(by divisor: SchoolNumber) -> (quotient: SchoolNumber, rest: SchoolNumber) {
        var rest: [Int] = []
        var quotient: [Int] = []
        for digit in digits.reversed() {
            rest.insert(digit, at: 0)
            while rest.last == 0 { rest.removeLast() }
            var times = 0
            while !Self.isLess(rest, divisor.digits) {
                rest = Self.subtract(rest, divisor.digits)
                times += 1
            }
            quotient.insert(times, at: 0)
        }
        return (
            SchoolNumber(digits: quotient, isNegative: isNegative != divisor.isNegative),
            SchoolNumber(digits: rest, isNegative: isNegative)
        )
    }

    /// Rounds half away from zero.
    func dividedHalfUp(by divisor: SchoolNumber) -> SchoolNumber {
        let (quotient, rest) = divided(by: divisor)
        let twice = rest.magnitude * SchoolNumber(2)
        if Self.isLess(twice.digits, divisor.digits) { return quotient }
        let isNegative = isNegative != divisor.isNegative
        return quotient + SchoolNumber(isNegative ? -1 : 1)
    }
}
