/// IEEE 754 arithmetic: no errors; infinities and NaN come out as they do.
struct DoubleAdd: BinaryOperation {
    @inline(__always)
    func apply(_ left: Double, _ right: Double) -> Double { left + right }
}

struct DoubleSubtract: BinaryOperation {
    @inline(__always)
    func apply(_ left: Double, _ right: Double) -> Double { left - right }
}

struct DoubleMultiply: BinaryOperation {
    @inline(__always)
    func apply(_ left: Double, _ right: Double) -> Double { left * right }
}

struct DoubleDivide: BinaryOperation {
    @inline(__always)
    func apply(_ left: Double, _ right: Double) -> Double { left / right }
}

struct DoubleModulo: BinaryOperation {
    @inline(__always)
    func apply(_ left: Double, _ right: Double) -> Double { left.truncatingRemainder(dividingBy: right) }
}

struct DoubleNegate: UnaryOperation {
    @inline(__always)
    func apply(_ value: Double) -> Double { -value }
}

struct DoubleAbsolute: UnaryOperation {
    @inline(__always)
    func apply(_ value: Double) -> Double { value.magnitude }
}

struct DoubleSign: UnaryOperation {
    @inline(__always)
    func apply(_ value: Double) -> Double { value > 0 ? 1 : value < 0 ? -1 : value }
}

struct DoubleCeiling: UnaryOperation {
    @inline(__always)
    func apply(_ value: Double) -> Double { value.rounded(.up) }
}

struct DoubleFloor: UnaryOperation {
    @inline(__always)
    func apply(_ value: Double) -> Double { value.rounded(.down) }
}
