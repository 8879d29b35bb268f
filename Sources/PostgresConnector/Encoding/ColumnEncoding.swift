/// How the values of a column become the binary form of one PostgreSQL type.
enum ColumnEncoding: Sendable, Equatable {
    case boolean
    case int32ToInt16, int32, int32ToInt64
    case int64ToInt16, int64ToInt32, int64
    case double, doubleToFloat4, int32ToDouble
    case numeric(NumericLayout)
    /// UTF-8 text of at most so many characters; nil: any number.
    case text(maximumCharacters: Int?)
    /// UTF-8 text without the blanks at its end, which the type does not tell apart.
    case paddedText(maximumCharacters: Int?)
    case bytes
    case jsonb
    case uuid
    case date
    case timestamp

    /// Bytes of a value where all have the same number.
    var fixedByteCount: Int? {
        switch self {
        case .boolean: 1
        case .int32ToInt16, .int64ToInt16: 2
        case .int32, .int64ToInt32, .doubleToFloat4, .date: 4
        case .int32ToInt64, .int64, .double, .int32ToDouble, .timestamp: 8
        case .numeric(let layout): layout.byteCount
        case .uuid: 16
        case .text, .paddedText, .bytes, .jsonb: nil
        }
    }

    /// Whether equal values, and only they, have equal bytes and stay what they are in the table.
    var isExact: Bool {
        switch self {
        case .doubleToFloat4, .jsonb: false
        case .numeric(let layout): !layout.rounds
        default: true
        }
    }
}

/// The binary form of a numeric whose unscaled integer is known: always the same number of base-10000 digits.
///
/// The server takes leading and trailing zero digits, so no value needs measuring first.
struct NumericLayout: Sendable, Equatable {
    /// Digits after the point of the unscaled integers that come in.
    let scale: Int
    /// Base-10000 digits before and after the point.
    let integerDigits: Int
    let fractionDigits: Int
    /// A value is refused when its unscaled integer is this far from 0 or further; nil: all fit.
    let limit: Int128?
    /// Whether the column keeps fewer digits after the point.
    let rounds: Bool

    /// - Parameters:
    ///   - precision: Digits of the values that come in.
    ///   - scale: Those of them after the point.
    ///   - column: Precision and scale of the column; nil: unconstrained.
    init(precision: Int, scale: Int, column: (precision: Int, scale: Int)?) {
        self.scale = scale
        integerDigits = max(1, (precision - scale + 3) / 4)
        fractionDigits = (scale + 3) / 4
        guard let column else {
            limit = nil
            rounds = false
            return
        }
        rounds = column.scale < scale
        let digits = column.precision - column.scale + scale
        if column.precision - column.scale >= precision - scale && !rounds || digits > 38 {
            limit = nil
        } else {
            let half = rounds ? 5 * Self.power(scale - column.scale - 1) : 0
            limit = digits < 0 ? 0 : Self.power(digits) - half
        }
    }

    var byteCount: Int { 8 + 2 * (integerDigits + fractionDigits) }

    /// What the unscaled integer is multiplied by so that its last base-10000 digit is full.
    var alignment: Int128 { Self.power(fractionDigits * 4 - scale) }

    static func power(_ exponent: Int) -> Int128 {
        var value: Int128 = 1
        for _ in 0..<exponent { value *= 10 }
        return value
    }

    /// Writes the value's binary form, `byteCount` bytes, without a length in front.
    @inline(__always)
    func write(_ unscaled: Int128, to target: UnsafeMutableRawPointer) {
        storeBigEndian(Int16(truncatingIfNeeded: integerDigits + fractionDigits), target)
        storeBigEndian(Int16(truncatingIfNeeded: integerDigits - 1), target + 2)
        storeBigEndian(UInt16(unscaled < 0 ? 0x4000 : 0), target + 4)
        storeBigEndian(Int16(truncatingIfNeeded: scale), target + 6)
        // 38 digits with up to 3 more for alignment can pass 127 bits, so the last digit is split off before.
        let alignment = UInt128(bitPattern: self.alignment)
        var rest = unscaled.magnitude
        var position = integerDigits + fractionDigits - 1
        if alignment > 1 {
            let unit = 10_000 / alignment
            storeBigEndian(UInt16(truncatingIfNeeded: rest % unit * alignment), target + 8 + 2 * position)
            rest /= unit
            position -= 1
        }
        while rest > UInt128(UInt64.max) {
            storeBigEndian(UInt16(truncatingIfNeeded: rest % 10_000), target + 8 + 2 * position)
            rest /= 10_000
            position -= 1
        }
        var small = UInt64(truncatingIfNeeded: rest)
        while position >= 0 {
            let quotient = small / 10_000
            storeBigEndian(UInt16(truncatingIfNeeded: small &- quotient &* 10_000), target + 8 + 2 * position)
            small = quotient
            position -= 1
        }
    }
}

@inline(__always)
func storeBigEndian<T: FixedWidthInteger>(_ value: T, _ target: UnsafeMutableRawPointer) {
    target.storeBytes(of: value.bigEndian, as: T.self)
}

@inline(__always)
func loadBigEndian<T: FixedWidthInteger>(_ source: UnsafeRawPointer, as type: T.Type) -> T {
    T(bigEndian: source.loadUnaligned(as: T.self))
}
