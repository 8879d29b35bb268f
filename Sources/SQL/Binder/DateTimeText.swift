internal import Columnar

/// The text of DATE and TIMESTAMP literals.
enum DateTimeText {
    /// Days since 1970-01-01 of `2024-01-31`; nil when it is no date.
    static func days(_ text: some StringProtocol) -> Int32? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, let year = number(parts[0], 0...9999),
            let month = number(parts[1], 1...12), let day = number(parts[2], 1...31)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        return date.isValid ? Int32(date.daysSinceEpoch) : nil
    }

    /// Microseconds since 1970-01-01 00:00:00 of `2024-01-31[ 12:30[:15[.123456]]]`, and how many digits the fraction
    /// had.
    static func timestamp(_ text: String) -> (microseconds: Int64, fractionDigits: Int)? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        guard let first = parts.first, let days = days(first), parts.count <= 2 else { return nil }
        let midnight = Int64(days) * 86_400_000_000
        guard parts.count == 2 else { return (midnight, 0) }
        let clock = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(clock.count), let hour = number(clock[0], 0...23), let minute = number(clock[1], 0...59)
        else { return nil }
        var seconds = (whole: 0, fraction: Int64(0), digits: 0)
        if clock.count == 3 {
            let pieces = clock[2].split(separator: ".", omittingEmptySubsequences: false)
            guard pieces.count <= 2, let whole = number(pieces[0], 0...59) else { return nil }
            seconds.whole = whole
            if pieces.count == 2 {
                guard (1...9).contains(pieces[1].count), pieces[1].allSatisfy(\.isASCIIDigit),
                    let fraction = Int64((pieces[1] + "000000").prefix(6))
                else { return nil }
                seconds.fraction = fraction
                seconds.digits = pieces[1].count
            }
        }
        let whole = Int64((hour * 60 + minute) * 60 + seconds.whole)
        return (midnight + whole * 1_000_000 + seconds.fraction, seconds.digits)
    }

    private static func number(_ text: some StringProtocol, _ range: ClosedRange<Int>) -> Int? {
        guard (1...4).contains(text.count), text.allSatisfy(\.isASCIIDigit), let value = Int(text),
            range.contains(value)
        else { return nil }
        return value
    }
}

extension Character {
    var isASCIIDigit: Bool { isASCII && isNumber }
}
