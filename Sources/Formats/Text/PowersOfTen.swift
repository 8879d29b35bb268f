/// Powers of ten in raw memory, for loops that cannot afford a bounds or initialisation check.
final class PowersOfTen {
    /// 10^0...10^19.
    let integers: UnsafePointer<UInt64>
    /// 10^0...10^22, all exact.
    let doubles: UnsafePointer<Double>
    /// 5^-55...5^55, see `double`.
    let fives: UnsafePointer<UInt128>
    private let fiveMemory: UnsafeMutablePointer<UInt128>
    private let integerMemory: UnsafeMutablePointer<UInt64>
    private let doubleMemory: UnsafeMutablePointer<Double>

    init() {
        integerMemory = .allocate(capacity: 20)
        doubleMemory = .allocate(capacity: 23)
        var integer: UInt64 = 1
        for exponent in 0..<20 {
            (integerMemory + exponent).initialize(to: integer)
            integer = integer &* 10
        }
        var double = 1.0
        for exponent in 0..<23 {
            (doubleMemory + exponent).initialize(to: double)
            double *= 10
        }
        fiveMemory = .allocate(capacity: 2 * Self.maximumFive + 1)
        for exponent in -Self.maximumFive...Self.maximumFive {
            (fiveMemory + exponent + Self.maximumFive).initialize(to: Self.five(exponent))
        }
        fives = UnsafePointer(fiveMemory)
        integers = UnsafePointer(integerMemory)
        doubles = UnsafePointer(doubleMemory)
    }

    deinit {
        integerMemory.deallocate()
        doubleMemory.deallocate()
        fiveMemory.deallocate()
    }

    /// 10^exponent for 0...38.
    static func wide(_ exponent: Int) -> UInt128 {
        var result: UInt128 = 1
        for _ in 0..<exponent { result *= 10 }
        return result
    }
}
