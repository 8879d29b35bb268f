/// Comparison of values of fixed width; BOOLEAN results are 0 or 1.
struct IsEqual<Value: FixedValue & Comparable>: BinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> UInt8 { left == right ? 1 : 0 }
}

struct IsNotEqual<Value: FixedValue & Comparable>: BinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> UInt8 { left != right ? 1 : 0 }
}

struct IsLess<Value: FixedValue & Comparable>: BinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> UInt8 { left < right ? 1 : 0 }
}

struct IsLessOrEqual<Value: FixedValue & Comparable>: BinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> UInt8 { left <= right ? 1 : 0 }
}

struct Greatest<Value: FixedValue & Comparable>: BinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> Value { left > right ? left : right }
}

struct Least<Value: FixedValue & Comparable>: BinaryOperation {
    @inline(__always)
    func apply(_ left: Value, _ right: Value) -> Value { left < right ? left : right }
}
