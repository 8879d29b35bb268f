/// Durations as Flink writes them in options: `500 ms`, `5s`, `1 min`; a number alone is milliseconds.
package enum DurationText {
    private static let units: [String: Int64] = [
        "ns": 1, "nano": 1, "nanosecond": 1, "us": 1000, "micro": 1000, "microsecond": 1000, "µs": 1000,
        "ms": 1_000_000, "milli": 1_000_000, "millisecond": 1_000_000, "s": 1_000_000_000, "sec": 1_000_000_000,
        "second": 1_000_000_000, "m": 60_000_000_000, "min": 60_000_000_000, "minute": 60_000_000_000,
        "h": 3_600_000_000_000, "hour": 3_600_000_000_000, "d": 86_400_000_000_000, "day": 86_400_000_000_000,
    ]

    /// What to write, for messages.
    package static let expectation = "a duration such as '500 ms', '5 s', '1 min' or '2 h'"

    /// Nil when it is no duration, or one of more than a hundred years.
    package static func parse(_ text: String) -> Duration? {
        let trimmed = text.split(separator: " ").joined(separator: " ")
        let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
        guard (1...12).contains(digits.count), let amount = Int64(digits) else { return nil }
        var unit = trimmed.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        if unit.isEmpty { unit = "ms" }
        if units[unit] == nil, unit.count > 2, unit.hasSuffix("s") { unit.removeLast() }
        guard let scale = units[unit] else { return nil }
        let (nanoseconds, overflow) = amount.multipliedReportingOverflow(by: scale)
        guard !overflow, nanoseconds <= 100 * 366 * 86_400_000_000_000 else { return nil }
        return .nanoseconds(nanoseconds)
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// Whole microseconds, rounded down.
    package var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// `1 h`, `90 s`, `500 ms`: the largest unit that gives a whole number.
    package var sql: String {
        let microseconds = microseconds
        let units: [(String, Int64)] = [("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000), ("ms", 1000)]
        for (name, scale) in units where microseconds != 0 && microseconds % scale == 0 {
            return "\(microseconds / scale) \(name)"
        }
        return microseconds == 0 ? "0 s" : "\(microseconds) us"
    }
}
