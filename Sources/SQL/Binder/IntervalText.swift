/// The amount of an INTERVAL literal: `'5' SECOND`, `'1:30' MINUTE TO SECOND`, `'1 02:03' DAY TO MINUTE`, `'1-6' YEAR
/// TO MONTH`.
struct IntervalText {
    enum Value: Hashable {
        case months(Int64)
        case microseconds(Int64)
    }

    let text: String
    let first: TimeUnitSyntax
    let last: TimeUnitSyntax?

    /// Nil when the text does not fit the units.
    var value: Value? {
        var digits = Substring(text.drop { $0 == " " })
        while digits.last == " " { digits.removeLast() }
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        guard let magnitude = magnitude(String(digits)) else { return nil }
        guard isNegative else { return magnitude }
        switch magnitude {
        case .months(let months): return .months(-months)
        case .microseconds(let microseconds): return .microseconds(-microseconds)
        }
    }

    /// What a text of these units looks like.
    var expectation: String {
        guard let last else { return "expected a whole number such as '5'" + (first == .second ? " or '0.5'" : "") }
        switch (first, last) {
        case (.year, .month): return "expected years-months such as '1-6'"
        case (.day, .hour): return "expected days hours such as '1 12'"
        case (.day, .minute): return "expected days hours:minutes such as '1 12:30'"
        case (.day, .second): return "expected days hours:minutes:seconds such as '1 12:30:00'"
        case (.hour, .minute): return "expected hours:minutes such as '1:30'"
        case (.hour, .second): return "expected hours:minutes:seconds such as '1:30:00'"
        case (.minute, .second): return "expected minutes:seconds such as '1:30'"
        default: return "\(first.rawValue) TO \(last.rawValue) is no pair of units"
        }
    }

    private func magnitude(_ digits: String) -> Value? {
        guard let last else { return single(digits) }
        switch (first, last) {
        case (.year, .month):
            let parts = digits.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let years = Self.whole(parts[0]), let months = Self.whole(parts[1]), months < 12
            else { return nil }
            return .months(years * 12 + months)
        case (.day, .hour), (.day, .minute), (.day, .second), (.hour, .minute), (.hour, .second), (.minute, .second):
            return fields(digits, through: last)
        default: return nil
        }
    }

    private func single(_ digits: String) -> Value? {
        if first == .second { return Self.seconds(digits).map(Value.microseconds) }
        guard let amount = Self.whole(digits) else { return nil }
        if let months = Self.months[first] { return .months(amount * months) }
        guard let unit = Self.microseconds[first] else { return nil }
        let (value, overflow) = amount.multipliedReportingOverflow(by: unit)
        return overflow ? nil : .microseconds(value)
    }

    private static let months: [TimeUnitSyntax: Int64] = [.month: 1, .quarter: 3, .year: 12]
    private static let microseconds: [TimeUnitSyntax: Int64] = [
        .microsecond: 1, .millisecond: 1000, .second: 1_000_000, .minute: 60_000_000, .hour: 3_600_000_000,
        .day: 86_400_000_000, .week: 604_800_000_000,
    ]
    private static let order: [TimeUnitSyntax] = [.day, .hour, .minute, .second]
    private static let limits: [TimeUnitSyntax: Int64] = [.hour: 24, .minute: 60, .second: 60]

    /// Days, hours, minutes and seconds from `first` through `last`; all but the first within their limits.
    private func fields(_ digits: String, through last: TimeUnitSyntax) -> Value? {
        guard let from = Self.order.firstIndex(of: first), let to = Self.order.firstIndex(of: last) else { return nil }
        let units = Self.order[from...to]
        let parts = digits.split(omittingEmptySubsequences: false) { $0 == " " || $0 == ":" }
        guard parts.count == units.count else { return nil }
        var total: Int64 = 0
        for (unit, part) in zip(units, parts) {
            guard let scale = Self.microseconds[unit] else { return nil }
            let amount: Int64
            if unit == .second {
                guard let value = Self.seconds(String(part)) else { return nil }
                amount = value
            } else {
                guard let value = Self.whole(part), value < Int64.max / scale / 2 else { return nil }
                amount = value * scale
            }
            if unit != first, let limit = Self.limits[unit], amount >= limit * scale { return nil }
            total += amount
        }
        return .microseconds(total)
    }

    /// At most nine digits, so that no product above overflows but that of days and more, which is checked.
    private static func whole(_ text: some StringProtocol) -> Int64? {
        guard (1...9).contains(text.count), text.allSatisfy(\.isASCIIDigit) else { return nil }
        return Int64(text)
    }

    private static func seconds(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = whole(parts[0]) else { return nil }
        guard parts.count == 2 else { return whole * 1_000_000 }
        guard (1...9).contains(parts[1].count), parts[1].allSatisfy(\.isASCIIDigit),
            let fraction = Int64((parts[1] + "000000").prefix(6))
        else { return nil }
        return whole * 1_000_000 + fraction
    }
}
