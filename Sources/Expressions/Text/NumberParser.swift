internal import Glibc

/// Numbers and truth values from text, without blanks around them (see `trim`). Nil where the text is none.
enum NumberParser {
    /// Without blanks and control characters at both ends.
    @inline(__always)
    static func trim(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        var end = text.count
        while start < end, text[start] <= 32 { start += 1 }
        while end > start, text[end - 1] <= 32 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: text[start..<end])
    }

    enum Result {
        case value(Int64)
        case malformed
        case outOfRange
    }

    /// An integer; digits behind a point are allowed and cut off, as in Flink.
    static func integer(_ text: UnsafeRawBufferPointer) -> Result {
        var position = 0
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative || (text.count > 0 && text[0] == UInt8(ascii: "+")) { position = 1 }
        let first = position
        var value: Int64 = 0
        var overflow = false
        while position < text.count, let digit = digit(text[position]) {
            // Counted downwards, where there is room for one more.
            let (product, one) = value.multipliedReportingOverflow(by: 10)
            let (sum, other) = product.subtractingReportingOverflow(Int64(digit))
            overflow = overflow || one || other
            value = sum
            position += 1
        }
        var digits = position - first
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            while position < text.count, digit(text[position]) != nil {
                position += 1
                digits += 1
            }
        }
        guard position == text.count, digits > 0 else { return .malformed }
        if overflow || (!isNegative && value == .min) { return .outOfRange }
        return .value(isNegative ? value : -value)
    }

    static func double(_ text: UnsafeRawBufferPointer) -> Double? {
        guard text.count > 0, text.count < 1024 else { return nil }
        if let value = shortDouble(text) { return value }
        // strtod also takes hexadecimal numbers and other spellings of infinity.
        for byte in text {
            switch byte {
            case 48...57, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                continue
            default: return special(text)
            }
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            for position in 0..<text.count { base[position] = CChar(bitPattern: text[position]) }
            base[text.count] = 0
            var end: UnsafeMutablePointer<CChar>?
            let value = strtod(base, &end)
            return end == base + text.count ? value : nil
        }
    }

    private static func special(_ text: UnsafeRawBufferPointer) -> Double? {
        switch String(decoding: text, as: UTF8.self) {
        case "NaN", "+NaN", "-NaN": .nan
        case "Infinity", "+Infinity": .infinity
        case "-Infinity": -.infinity
        default: nil
        }
    }

    /// Up to 15 digits and a scale of up to 22 give the nearest double by one division.
    private static func shortDouble(_ text: UnsafeRawBufferPointer) -> Double? {
        guard text.count <= 16 else { return nil }
        var position = 0
        let isNegative = text[0] == UInt8(ascii: "-")
        if isNegative { position = 1 }
        var value: Int64 = 0
        var digits = 0
        var scale = 0
        var hasPoint = false
        while position < text.count {
            if let digit = digit(text[position]) {
                value = value &* 10 &+ Int64(digit)
                digits += 1
                if hasPoint { scale += 1 }
            } else if text[position] == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                return nil
            }
            position += 1
        }
        guard digits > 0, digits <= 15 else { return nil }
        let magnitude = Double(value) / Double(DecimalMath.powers[scale])
        return isNegative ? -magnitude : magnitude
    }

    /// The unscaled value of a DECIMAL of this scale, rounded half up; an exponent is allowed.
    ///
    /// - Parameter limit: the first magnitude that is too large. Text that is no number gives nil as well: see `isNumber`.
    static func decimal(_ text: UnsafeRawBufferPointer, scale: Int, limit: Int128) -> Int128? {
        decimal(text, scale: scale, limit: limit, rounds: true)
    }

    /// As `decimal`, with the digits that are too many cut off.
    static func truncatedDecimal(_ text: UnsafeRawBufferPointer, scale: Int, limit: Int128) -> Int128? {
        decimal(text, scale: scale, limit: limit, rounds: false)
    }

    private static func decimal(
        _ text: UnsafeRawBufferPointer, scale: Int, limit: Int128, rounds: Bool
    ) -> Int128? {
        guard let number = scan(text) else { return nil }
        // Digits that stay: those before the point and `scale` behind it, moved by the exponent.
        let shift = scale + number.exponent - number.fractionDigits
        var value: Int128 = 0
        let kept = number.digitCount + min(shift, 0)
        var index = 0
        var roundUp = false
        var position = number.start
        while position < number.end {
            defer { position += 1 }
            guard let digit = digit(text[position]) else { continue }
            if index < kept {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                let (sum, carry) = product.addingReportingOverflow(Int128(digit))
                if carry { return nil }
                value = sum
            } else if index == kept {
                roundUp = rounds && digit >= 5
                break
            }
            index += 1
        }
        if shift > 0, value != 0 {
            guard shift <= 38 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: DecimalMath.powers[shift])
            if overflow { return nil }
            value = product
        }
        if roundUp, kept >= 0 {
            if value == .max { return nil }
            value += 1
        }
        guard value < limit else { return nil }
        return number.isNegative ? -value : value
    }

    static func isNumber(_ text: UnsafeRawBufferPointer) -> Bool { scan(text) != nil }

    private struct Scanned {
        var isNegative = false
        /// Where digits and the point are.
        var start = 0
        var end = 0
        var digitCount = 0
        var fractionDigits = 0
        var exponent = 0
    }

    private static func scan(_ text: UnsafeRawBufferPointer) -> Scanned? {
        var number = Scanned()
        var position = 0
        if text.count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            number.isNegative = text[0] == UInt8(ascii: "-")
            position = 1
        }
        number.start = position
        var hasPoint = false
        while position < text.count {
            if digit(text[position]) != nil {
                number.digitCount += 1
                if hasPoint { number.fractionDigits += 1 }
            } else if text[position] == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                break
            }
            position += 1
        }
        number.end = position
        guard number.digitCount > 0 else { return nil }
        if position == text.count { return number }
        guard text[position] == UInt8(ascii: "e") || text[position] == UInt8(ascii: "E") else { return nil }
        let exponent = UnsafeRawBufferPointer(rebasing: text[(position + 1)...])
        guard exponent.count > 0, exponent.count < 8, !exponent.contains(UInt8(ascii: ".")),
            case .value(let value) = integer(exponent)
        else { return nil }
        number.exponent = Int(value)
        return number
    }

    /// true, t, yes, y, 1 and false, f, no, n, 0 in any letter case.
    static func boolean(_ text: UnsafeRawBufferPointer) -> Bool? {
        guard (1...5).contains(text.count) else { return nil }
        var word: UInt64 = 0
        for byte in text { word = word << 8 | UInt64(byte >= 65 && byte <= 90 ? byte | 32 : byte) }
        switch word {
        case 0x74727565, 0x74, 0x796573, 0x79, 0x31: return true
        case 0x66616c7365, 0x66, 0x6e6f, 0x6e, 0x30: return false
        default: return nil
        }
    }

    @inline(__always)
    static func digit(_ byte: UInt8) -> UInt8? {
        let value = byte &- 48
        return value < 10 ? value : nil
    }
}
