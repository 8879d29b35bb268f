struct IsNonzero<Value: FixedValue & Numeric>: UnaryOperation {
    @inline(__always)
    func apply(_ value: Value) -> UInt8 { value == 0 ? 0 : 1 }
}

struct IntegerWiden: UnaryOperation {
    @inline(__always)
    func apply(_ value: Int32) -> Int64 { Int64(value) }
}

struct IntegerToDouble<Value: FixedWidthInteger & FixedValue>: UnaryOperation {
    @inline(__always)
    func apply(_ value: Value) -> Double { Double(value) }
}

/// Digits behind the point are cut off; NaN and what is out of range fail.
struct DoubleToInteger<Output: FixedWidthInteger & SignedInteger & FixedValue>: CheckedUnaryOperation {
    @inline(__always)
    private func fits(_ value: Double) -> Bool {
        // -2^(n-1) - 1 is not a double for BIGINT, so the truncated value is compared.
        let truncated = value.rounded(.towardZero)
        return truncated >= Double(Output.min) && truncated < -Double(Output.min)
    }

    @inline(__always)
    func apply(_ value: Double) -> Output { fits(value) ? Output(value) : 0 }
    @inline(__always)
    func suspicion(_ value: Double, _ result: Output) -> Output { fits(value) ? 0 : -1 }
    @inline(__always)
    func failure(_ value: Double) -> ExpressionError.Code? { fits(value) ? nil : .numericOutOfRange }
}

/// The number's shortest decimal text, rounded half up.
struct DoubleToDecimal<Output: DecimalStorage>: CheckedUnaryOperation {
    let scale: Int
    let limit: Int128

    private func compute(_ value: Double) -> Int128? {
        guard value.isFinite else { return nil }
        // Whole numbers that a double holds exactly need no text.
        if value.magnitude < 9_007_199_254_740_992, value == value.rounded(.towardZero) {
            return DecimalMath.rescale(Int128(value), up: DecimalMath.powers[scale], down: 1, limit: limit)
        }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ByteWriter.maximumByteCount) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = ByteWriter.double(value, into: base)
            return NumberParser.decimal(UnsafeRawBufferPointer(start: base, count: count), scale: scale, limit: limit)
        }
    }

    func apply(_ value: Double) -> Output { Output(truncatingIfNeeded: compute(value) ?? 0) }
    @inline(__always)
    func suspicion(_ value: Double, _ result: Output) -> Int64 { result == 0 && value != 0 ? -1 : 0 }
    func failure(_ value: Double) -> ExpressionError.Code? { compute(value) == nil ? .numericOutOfRange : nil }
}
