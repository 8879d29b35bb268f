internal import Columnar
internal import Dataflow

/// How the values of a `datagen` column are made.
struct FieldRule: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case randomBoolean
        /// Inclusive; for INT and BIGINT, and the unscaled value of a DECIMAL.
        case randomInteger(Int64, Int64)
        case randomDouble(Double, Double)
        /// Hexadecimal digits, or bytes; up to `length`, or exactly so many.
        case randomBytes(length: Int, varies: Bool)
        /// The row's time, or up to so many microseconds before it; for dates and timestamps.
        case past(Int64)
        /// Inclusive, rising by one a row.
        case sequence(Int64, Int64)
    }

    var kind: Kind
    /// 0...1
    var nullRate: Double

    /// Reports what is wrong to `reader`.
    init(_ field: TableField, _ reader: inout OptionReader) {
        let prefix = "fields.\(field.name)."
        let isSequence = reader.choice(prefix + "kind", [("random", false), ("sequence", true)], default: false)
        kind = isSequence ? Self.sequence(field, prefix, &reader) : Self.random(field, prefix, &reader)
        nullRate = Self.number(prefix + "null-rate", &reader) ?? 0
        if nullRate < 0 || nullRate > 1 {
            reader.report(prefix + "null-rate", "'\(prefix)null-rate' is \(nullRate); allowed are numbers from 0 to 1")
        } else if nullRate > 0 && (!field.isNullable || isSequence) {
            let reason = isSequence ? "a sequence has no nulls" : "the column is NOT NULL"
            reader.report(prefix + "null-rate", "'\(prefix)null-rate' is \(nullRate), but \(reason)")
        }
    }

    private static func sequence(_ field: TableField, _ prefix: String, _ reader: inout OptionReader) -> Kind {
        switch field.type {
        case .int, .bigint, .double, .decimal, .string: break
        default: reader.report(prefix + "kind", "a column of the type \(field.type) cannot be a sequence")
        }
        guard let start: Int64 = number(prefix + "start", &reader), let end: Int64 = number(prefix + "end", &reader)
        else {
            reader.report(prefix + "kind", "a sequence needs '\(prefix)start' and '\(prefix)end'")
            return .sequence(0, 0)
        }
        let (span, overflow) = end.subtractingReportingOverflow(start)
        if overflow || span < 0 || span == .max {
            reader.report(prefix + "end", "a sequence from \(start) to \(end) has no length that can be counted")
            return .sequence(0, 0)
        }
        if field.type == .int && (Int32(exactly: start) == nil || Int32(exactly: end) == nil) {
            reader.report(prefix + "end", "the sequence leaves the range of INT")
        }
        return .sequence(start, end)
    }

    private static func random(_ field: TableField, _ prefix: String, _ reader: inout OptionReader) -> Kind {
        switch field.type {
        case .boolean: return .randomBoolean
        case .int: return integer(prefix, Int64(Int32.min)...Int64(Int32.max), &reader)
        case .bigint: return integer(prefix, .min ... .max, &reader)
        case .double:
            let least: Double = number(prefix + "min", &reader) ?? -Double.greatestFiniteMagnitude / 2
            let greatest: Double = number(prefix + "max", &reader) ?? Double.greatestFiniteMagnitude / 2
            if least > greatest { reader.report(prefix + "min", "'\(prefix)min' is greater than '\(prefix)max'") }
            return .randomDouble(least, max(least, greatest))
        case .decimal(let precision, let scale): return decimal(prefix, precision, scale, &reader)
        case .string, .bytes:
            let length = reader.count(prefix + "length", in: 0...(1 << 20), default: 100)
            return .randomBytes(length: length, varies: reader.flag(prefix + "var-len", default: false))
        case .date, .timestamp, .timestampLTZ:
            let past = reader.duration(prefix + "max-past", default: .zero) ?? .zero
            let (seconds, attoseconds) = past.components
            return .past(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        }
    }

    private static func integer(
        _ prefix: String, _ range: ClosedRange<Int64>, _ reader: inout OptionReader
    ) -> Kind {
        let least = number(prefix + "min", &reader) ?? range.lowerBound
        let greatest = number(prefix + "max", &reader) ?? range.upperBound
        if least > greatest { reader.report(prefix + "min", "'\(prefix)min' is greater than '\(prefix)max'") }
        for (name, value) in [("min", least), ("max", greatest)] where !range.contains(value) {
            reader.report(prefix + name, "'\(prefix)\(name)' is \(value), outside of the column's type")
        }
        return .randomInteger(least, max(least, greatest))
    }

    private static func decimal(
        _ prefix: String, _ precision: Int, _ scale: Int, _ reader: inout OptionReader
    ) -> Kind {
        var limit: Int64 = 1
        for _ in 0..<min(precision, 18) { limit *= 10 }
        var factor = 1.0
        for _ in 0..<scale { factor *= 10 }
        func bound(_ name: String, _ value: Int64) -> Int64 {
            guard let given: Double = number(prefix + name, &reader) else { return value }
            let scaled = (given * factor).rounded()
            if abs(scaled) < Double(limit) { return Int64(scaled) }
            reader.report(prefix + name, "'\(prefix)\(name)' is \(given), outside of the column's type")
            return value
        }
        let least = bound("min", 1 - limit)
        return .randomInteger(least, max(least, bound("max", limit - 1)))
    }

    private static func number<Value: LosslessStringConvertible>(
        _ option: String, _ reader: inout OptionReader
    ) -> Value? {
        guard let text = reader.text(option) else { return nil }
        if let value = Value(text) { return value }
        reader.report(option, "'\(option)' is '\(text)'; a number is expected")
        return nil
    }
}
