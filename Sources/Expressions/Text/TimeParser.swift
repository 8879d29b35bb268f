internal import Columnar

/// Dates and times from SQL and ISO 8601 text. Nil where the text is none.
struct TimeParser {
    private let text: UnsafeRawBufferPointer
    private var position = 0

    private init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// Days since 1970-01-01: `yyyy-[m]m-[d]d`, also `yyyy` and `yyyy-MM`; a time behind it is ignored.
    static func date(_ text: UnsafeRawBufferPointer) -> Int32? {
        var parser = TimeParser(text)
        guard let days = parser.scanDate() else { return nil }
        if parser.position < text.count, !parser.skip(UInt8(ascii: "T")), !parser.skip(UInt8(ascii: " ")) { return nil }
        return Int32(exactly: days)
    }

    /// A local date and time, in microseconds since 1970-01-01 00:00:00.
    struct Moment {
        var local: Int64
        /// Microseconds east of UTC, where the text says so.
        var offset: Int64?
    }

    /// `yyyy-MM-dd[(T| )HH:mm[:ss[.fraction]]][Z|±HH[:mm]]`; digits of the fraction beyond microseconds are cut off.
    static func timestamp(_ text: UnsafeRawBufferPointer) -> Moment? {
        var parser = TimeParser(text)
        guard let days = parser.scanDate(), let day = Int32(exactly: days) else { return nil }
        let midnight = Int64(day).multipliedReportingOverflow(by: Calendar.microsecondsPerDay)
        if midnight.overflow { return nil }
        if parser.position == text.count { return Moment(local: midnight.partialValue) }
        guard parser.skip(UInt8(ascii: "T")) || parser.skip(UInt8(ascii: " ")), let time = parser.scanTime() else {
            return nil
        }
        var moment = Moment(local: midnight.partialValue + time)
        if parser.position < text.count {
            guard let offset = parser.scanOffset() else { return nil }
            moment.offset = offset
        }
        return parser.position == text.count ? moment : nil
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func number(_ digits: ClosedRange<Int>) -> Int64? {
        let start = position
        var value: Int64 = 0
        while position < text.count, position - start < digits.upperBound,
            let digit = NumberParser.digit(text[position])
        {
            value = value * 10 + Int64(digit)
            position += 1
        }
        return position - start >= digits.lowerBound ? value : nil
    }

    private mutating func scanDate() -> Int64? {
        guard let year = number(4...5) else { return nil }
        guard skip(UInt8(ascii: "-")) else { return position == text.count ? Calendar.days(Int(year), 1, 1) : nil }
        guard let month = number(1...2), (1...12).contains(month) else { return nil }
        guard skip(UInt8(ascii: "-")) else {
            return position == text.count ? Calendar.days(Int(year), Int(month), 1) : nil
        }
        guard let day = number(1...2), day >= 1,
            day <= CivilDate.dayCount(year: Int(year), month: Int(month))
        else { return nil }
        return Calendar.days(Int(year), Int(month), Int(day))
    }

    private mutating func scanTime() -> Int64? {
        guard let hour = number(1...2), hour < 24, skip(UInt8(ascii: ":")), let minute = number(1...2), minute < 60
        else { return nil }
        var microseconds = (hour * 60 + minute) * 60_000_000
        guard skip(UInt8(ascii: ":")) else { return microseconds }
        guard let second = number(1...2), second < 60 else { return nil }
        microseconds += second * 1_000_000
        if skip(UInt8(ascii: ".")) || skip(UInt8(ascii: ",")) {
            let start = position
            guard var fraction = number(1...6) else { return nil }
            for _ in (position - start)..<6 { fraction *= 10 }
            while position < text.count, NumberParser.digit(text[position]) != nil { position += 1 }
            microseconds += fraction
        }
        return microseconds
    }

    private mutating func scanOffset() -> Int64? {
        _ = skip(UInt8(ascii: " "))
        if skip(UInt8(ascii: "Z")) { return 0 }
        let isNegative = skip(UInt8(ascii: "-"))
        guard isNegative || skip(UInt8(ascii: "+")), let hours = number(2...2), hours <= 18 else { return nil }
        var minutes: Int64 = 0
        if skip(UInt8(ascii: ":")) || position < text.count {
            guard let value = number(2...2), value < 60 else { return nil }
            minutes = value
        }
        return (isNegative ? -1 : 1) * (hours * 60 + minutes) * 60_000_000
    }
}
