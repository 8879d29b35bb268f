internal import Columnar

/// Values as ASCII text, written to memory with enough room; each function returns the number of bytes.
enum ByteWriter {
    /// Room that suffices for every function here.
    static let maximumByteCount = 64

    /// At most 20 bytes.
    @inline(__always)
    static func integer(_ value: Int64, into target: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 0
        if value < 0 {
            target[0] = UInt8(ascii: "-")
            count = 1
        }
        return count + unsigned(value.magnitude, into: target + count)
    }

    static func unsigned(_ value: UInt64, into target: UnsafeMutablePointer<UInt8>) -> Int {
        var digits = 1
        var limit: UInt64 = 10
        while digits < 20, value >= limit {
            digits += 1
            let (next, overflow) = limit.multipliedReportingOverflow(by: 10)
            if overflow { break }
            limit = next
        }
        padded(value, digits, into: target)
        return digits
    }

    /// The last `digits` digits, with zeros before them.
    @inline(__always)
    static func padded(_ value: UInt64, _ digits: Int, into target: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var position = digits
        while position > 0 {
            position -= 1
            target[position] = UInt8(truncatingIfNeeded: rest % 10) + 48
            rest /= 10
        }
    }

    /// Two digits of a number below 100.
    @inline(__always)
    static func pair(_ value: UInt64, into target: UnsafeMutablePointer<UInt8>) {
        let tens = (value &* 103) >> 10
        target[0] = UInt8(truncatingIfNeeded: tens) &+ 48
        target[1] = UInt8(truncatingIfNeeded: value &- tens &* 10) &+ 48
    }

    /// A scaled number without an exponent, at most 41 bytes.
    static func decimal(_ value: Int128, scale: Int, into target: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 0
        if value < 0 {
            target[0] = UInt8(ascii: "-")
            count = 1
        }
        // Two halves of at most 19 digits, and one more for what a 128-bit number can exceed 38 digits by.
        let (high, low) = value.magnitude.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
        var digits = (storage: InlineArray<40, UInt8>(repeating: 48), count: 0)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 48) { buffer in
            guard let base = buffer.baseAddress else { return }
            if high > 0 {
                let count = unsigned(UInt64(truncatingIfNeeded: high), into: base)
                padded(UInt64(truncatingIfNeeded: low), 19, into: base + count)
                digits.count = count + 19
            } else {
                digits.count = unsigned(UInt64(truncatingIfNeeded: low), into: base)
            }
            for position in 0..<min(digits.count, 40) { digits.storage[position] = base[position] }
        }
        let whole = digits.count - scale
        if whole <= 0 {
            target[count] = 48
            count += 1
        }
        for position in 0..<max(whole, 0) {
            target[count] = digits.storage[position]
            count += 1
        }
        if scale > 0 {
            target[count] = UInt8(ascii: ".")
            count += 1
            for _ in 0..<max(-whole, 0) {
                target[count] = 48
                count += 1
            }
            for position in max(whole, 0)..<digits.count {
                target[count] = digits.storage[position]
                count += 1
            }
        }
        return count
    }

    /// yyyy-MM-dd; years past 9999 get more digits, those before year 0 a sign.
    static func date(_ days: Int64, into target: UnsafeMutablePointer<UInt8>) -> Int {
        let date = Calendar.date(days)
        var count = 0
        if date.year < 0 {
            target[0] = UInt8(ascii: "-")
            count = 1
        }
        let year = UInt64(date.year.magnitude)
        if year > 9999 {
            count += unsigned(year, into: target + count)
        } else {
            pair(year / 100, into: target + count)
            pair(year % 100, into: target + count + 2)
            count += 4
        }
        target[count] = UInt8(ascii: "-")
        pair(UInt64(date.month), into: target + count + 1)
        target[count + 3] = UInt8(ascii: "-")
        pair(UInt64(date.day), into: target + count + 4)
        return count + 6
    }

    /// yyyy-MM-dd HH:mm:ss with `precision` (0...6) digits of the second behind a point.
    static func timestamp(_ microseconds: Int64, precision: Int, into target: UnsafeMutablePointer<UInt8>) -> Int {
        let days = Calendar.floorDivide(microseconds, Calendar.microsecondsPerDay)
        let time = UInt64(microseconds &- days &* Calendar.microsecondsPerDay)
        var count = date(days, into: target)
        let seconds = time / 1_000_000
        target[count] = UInt8(ascii: " ")
        pair(seconds / 3600, into: target + count + 1)
        target[count + 3] = UInt8(ascii: ":")
        pair(seconds / 60 % 60, into: target + count + 4)
        target[count + 6] = UInt8(ascii: ":")
        pair(seconds % 60, into: target + count + 7)
        count += 9
        if precision > 0 {
            var fraction = time % 1_000_000
            for _ in precision..<6 { fraction /= 10 }
            target[count] = UInt8(ascii: ".")
            padded(fraction, precision, into: target + count + 1)
            count += 1 + precision
        }
        return count
    }

    /// The shortest digits that give the number back, as Java's `Double.toString` writes them: 1.5, 1.0E10, NaN, -Infinity.
    static func double(_ value: Double, into target: UnsafeMutablePointer<UInt8>) -> Int {
        var text = value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : ""
        if text.isEmpty { text = Self.javaText(value) }
        var count = 0
        for byte in text.utf8.prefix(maximumByteCount) {
            target[count] = byte
            count += 1
        }
        return count
    }

    private static func javaText(_ value: Double) -> String {
        let magnitude = value.magnitude
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        let text = value.description
        let hasExponent = text.utf8.contains(UInt8(ascii: "e"))
        // The two notations agree here.
        if magnitude >= 1e-3, magnitude < 1e7, !hasExponent { return text }
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let parts = text.utf8.split(separator: UInt8(ascii: "e"))
        for byte in parts[0] {
            switch byte {
            case UInt8(ascii: "."): point = digits.count
            case UInt8(ascii: "-"): break
            default: digits.append(byte)
            }
        }
        if parts.count > 1 { exponent = Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 }
        exponent += (point ?? digits.count) - 1
        while digits.count > 1, digits[0] == 48 {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits[digits.count - 1] == 48 { digits.removeLast() }
        let rest = digits.count > 1 ? String(decoding: digits[1...], as: UTF8.self) : "0"
        return "\(value < 0 ? "-" : "")\(UnicodeScalar(digits[0])).\(rest)E\(exponent)"
    }
}

/// Scaled numbers as text, for constants and messages.
enum DecimalText {
    static func text(_ value: Int128, scale: Int) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ByteWriter.maximumByteCount) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            let count = ByteWriter.decimal(value, scale: scale, into: base)
            return String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self)
        }
    }
}
