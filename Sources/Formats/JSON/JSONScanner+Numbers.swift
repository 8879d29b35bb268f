extension JSONScanner {
    /// Reads digits at `p`, moves past them and returns how many there are. `value` is right for 1 to 19.
    @inline(__always)
    func digitRun(_ p: inout UnsafePointer<UInt8>, _ value: inout UInt64) -> Int {
        let first = EightBytes.load(p)
        let firstCount = EightBytes.digitCount(first)
        value = EightBytes.number(first, digits: firstCount)
        if firstCount < 8 {
            p += firstCount
            return firstCount
        }
        // From here on p moves by what is known, so that one load need not wait for the other.
        let second = EightBytes.load(p + 8)
        let secondCount = EightBytes.digitCount(second)
        if secondCount == 0 {
            p += 8
            return 8
        }
        value = value &* integerPowers[secondCount] &+ EightBytes.number(second, digits: secondCount)
        if secondCount < 8 {
            p += 8 &+ secondCount
            return 8 &+ secondCount
        }
        let third = EightBytes.load(p + 16)
        let thirdCount = EightBytes.digitCount(third)
        p += 16 &+ thirdCount
        if thirdCount == 0 { return 16 }
        value = value &* integerPowers[thirdCount] &+ EightBytes.number(third, digits: thirdCount)
        return 16 &+ thirdCount
    }

    /// Reads an integer of up to 19 digits without point or exponent; false where the number is of another form.
    @inline(__always)
    private func plainInteger(_ p: inout UnsafePointer<UInt8>, _ value: inout Int64) -> Bool {
        let isNegative = p[0] == 0x2d
        var q = isNegative ? p + 1 : p
        let leading = q[0]
        var magnitude: UInt64 = 0
        let count = digitRun(&q, &magnitude)
        if count &- 1 >= 19 || (leading == 0x30 && count > 1) { return false }
        if q[0] == 0x2e || q[0] | 0x20 == 0x65 { return false }
        if magnitude > UInt64(Int64.max) { return false }
        value = isNegative ? 0 &- Int64(truncatingIfNeeded: magnitude) : Int64(truncatingIfNeeded: magnitude)
        p = q
        return count > 0
    }

    @inline(__always)
    func scanBigint(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        var q = p
        var value: Int64 = 0
        if plainInteger(&q, &value) {
            set(node, int64: value)
            return q
        }
        if p[0] == 0x6e { return scanNull(p, node) }
        guard let after = scanOtherInteger(p, node, &value) else { return nil }
        set(node, int64: value)
        return after
    }

    @inline(__always)
    func scanInt(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        var q = p
        var value: Int64 = 0
        if !plainInteger(&q, &value) {
            if p[0] == 0x6e { return scanNull(p, node) }
            guard let after = scanOtherInteger(p, node, &value) else { return nil }
            q = after
        }
        guard let narrow = Int32(exactly: value) else { return fail(.numberOutOfRange, p, node) }
        set(node, int32: narrow)
        return q
    }

    /// Integers with a fraction (cut off), an exponent, or inside a string.
    @inline(never)
    private func scanOtherInteger(
        _ p: UnsafePointer<UInt8>, _ node: Int, _ value: inout Int64
    ) -> UnsafePointer<UInt8>? {
        guard let (number, after) = numberText(p, node) else { return nil }
        guard let integer = number.integer() else { return fail(.numberOutOfRange, p, node) }
        value = integer
        return after
    }

    /// The number at `p`, be it a number or a string that holds one, and the byte after the value.
    @inline(never)
    private func numberText(
        _ p: UnsafePointer<UInt8>, _ node: Int
    ) -> (number: NumberText, after: UnsafePointer<UInt8>)? {
        if p[0] == 0x22 {
            var count = 0
            guard let after = copyString(p + 1, &count) else { return nil }
            let text = trimmed(count)
            guard let start = text.baseAddress, let number = NumberText(start, syntax: .lenient),
                number.end == start + text.count
            else {
                _ = fail(.notANumber, p, node)
                return nil
            }
            return (number, after)
        }
        guard p[0] == 0x2d || NumberText.isDigit(p[0]) else {
            _ = scanMismatch(.notANumber, p, node)
            return nil
        }
        guard let number = NumberText(p, syntax: .json) else {
            _ = fail(.malformedNumber, p, 0)
            return nil
        }
        return (number, number.end)
    }

    @inline(__always)
    func scanDouble(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        let isNegative = p[0] == 0x2d
        var q = isNegative ? p + 1 : p
        let leading = q[0]
        var mantissa: UInt64 = 0
        let integerCount = digitRun(&q, &mantissa)
        if integerCount > 19 || (leading == 0x30 && integerCount > 1) || integerCount == 0 {
            return scanOtherDouble(p, node)
        }
        var fractionCount = 0
        if q[0] == 0x2e {
            q += 1
            var fraction: UInt64 = 0
            fractionCount = digitRun(&q, &fraction)
            if fractionCount == 0 || integerCount &+ fractionCount > 19 { return scanOtherDouble(p, node) }
            mantissa = mantissa &* integerPowers[fractionCount] &+ fraction
        }
        if q[0] | 0x20 == 0x65 { return scanOtherDouble(p, node) }
        if mantissa > 1 << 53 {
            guard let value = powers.double(mantissa: mantissa, exponent: 0 &- fractionCount) else {
                return scanOtherDouble(p, node)
            }
            set(node, double: isNegative ? -value : value)
            return q
        }
        // Both are exact, so the quotient is rounded once (Clinger, "How to read floating point numbers accurately").
        let value = Double(Int64(truncatingIfNeeded: mantissa)) / doublePowers[fractionCount]
        set(node, double: isNegative ? -value : value)
        return q
    }

    /// Doubles of many digits, with an exponent, or inside a string.
    @inline(never)
    private func scanOtherDouble(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        if p[0] == 0x6e { return scanNull(p, node) }
        if p[0] == 0x22, let after = scanDoubleName(p, node) { return after }
        guard let (number, after) = numberText(p, node) else { return nil }
        let value = number.double(powers)
        if value.isInfinite { return fail(.numberOutOfRange, p, node) }
        set(node, double: value)
        return after
    }

    /// The strings for what JSON has no numbers for, as the writer writes them.
    private func scanDoubleName(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        if let after = skip("NaN\"", at: p + 1) {
            set(node, double: .nan)
            return after
        }
        let isSigned = p[1] == 0x2d || p[1] == 0x2b
        if let after = skip("Infinity\"", at: isSigned ? p + 2 : p + 1) {
            set(node, double: p[1] == 0x2d ? -.infinity : .infinity)
            return after
        }
        return nil
    }

    /// The byte after `text` if that stands at `p`.
    private func skip(_ text: StaticString, at p: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
        for position in 0..<text.utf8CodeUnitCount where p[position] != text.utf8Start[position] { return nil }
        return p + text.utf8CodeUnitCount
    }

    @inline(never)
    func scanDecimal(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        let precision = Int(nodes[node].precision)
        let scale = Int(nodes[node].scale)
        var q = p
        var value: Int64 = 0
        if nodes[node].kind == .decimal64 && plainDecimal(&q, &value, precision: precision, scale: scale) {
            set(node, int64: value)
            return q
        }
        if p[0] == 0x6e { return scanNull(p, node) }
        guard let (number, after) = numberText(p, node) else { return nil }
        guard let magnitude = number.magnitude(scale: scale, maximumDigits: precision, rounding: .halfUp) else {
            return fail(.numberOutOfRange, p, node)
        }
        let unscaled = number.isNegative ? 0 - Int128(magnitude) : Int128(magnitude)
        if nodes[node].kind == .decimal64 {
            set(node, int64: Int64(truncatingIfNeeded: unscaled))
        } else {
            storage(node).assumingMemoryBound(to: Int128.self)[state.pointee.row] = unscaled
            setValid(node)
        }
        return after
    }

    /// Reads a decimal without exponent that needs no rounding and fits; false where it is another.
    @inline(__always)
    private func plainDecimal(
        _ p: inout UnsafePointer<UInt8>, _ value: inout Int64, precision: Int, scale: Int
    ) -> Bool {
        let isNegative = p[0] == 0x2d
        var q = isNegative ? p + 1 : p
        let leading = q[0]
        var magnitude: UInt64 = 0
        let integerCount = digitRun(&q, &magnitude)
        if integerCount == 0 || integerCount > precision &- scale || (leading == 0x30 && integerCount > 1) {
            return false
        }
        var fractionCount = 0
        if q[0] == 0x2e {
            q += 1
            var fraction: UInt64 = 0
            fractionCount = digitRun(&q, &fraction)
            if fractionCount == 0 || fractionCount > scale { return false }
            magnitude = magnitude &* integerPowers[fractionCount] &+ fraction
        }
        if q[0] | 0x20 == 0x65 { return false }
        magnitude = magnitude &* integerPowers[scale &- fractionCount]
        value = isNegative ? 0 &- Int64(truncatingIfNeeded: magnitude) : Int64(truncatingIfNeeded: magnitude)
        p = q
        return true
    }
}
