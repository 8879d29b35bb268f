internal import Columnar

/// Dates and timestamps as text; a quote must follow the text in memory.
enum TimestampText {
    enum Zone {
        case required
        case forbidden
    }

    enum Failure: UInt8 {
        case malformed
        case zoneMissing
        case zoneUnexpected
    }

    static let microsecondsPerDay = 86_400_000_000

    @inline(__always)
    private static func twoDigits(_ p: UnsafePointer<UInt8>) -> Int {
        let tens = Int(p[0] &- 0x30)
        let units = Int(p[1] &- 0x30)
        return tens > 9 || units > 9 ? -1 : tens &* 10 &+ units
    }

    /// Reads `yyyy-MM-dd` at `p` and moves past it; years of other lengths carry a sign as in ISO 8601.
    /// Nil where there is no real date.
    @inline(__always)
    static func date(_ p: inout UnsafePointer<UInt8>) -> Int? {
        var year: Int
        let high = twoDigits(p)
        if high >= 0 {
            let low = twoDigits(p + 2)
            if low < 0 { return nil }
            year = high &* 100 &+ low
            p += 4
        } else {
            guard let signed = signedYear(&p) else { return nil }
            year = signed
        }
        if p[0] != 0x2d { return nil }
        let month = twoDigits(p + 1)
        if month < 0 || p[3] != 0x2d { return nil }
        let day = twoDigits(p + 4)
        let date = CivilDate(year: year, month: month, day: day)
        if !date.isValid { return nil }
        p += 6
        return date.daysSinceEpoch
    }

    @inline(never)
    private static func signedYear(_ p: inout UnsafePointer<UInt8>) -> Int? {
        guard p[0] == 0x2b || p[0] == 0x2d else { return nil }
        let isNegative = p[0] == 0x2d
        p += 1
        var year = 0
        var count = 0
        while NumberText.isDigit(p[0]) && count < 7 {
            year = year * 10 + Int(p[0] & 0x0f)
            count += 1
            p += 1
        }
        if count < 4 || NumberText.isDigit(p[0]) { return nil }
        return isNegative ? -year : year
    }

    /// Reads `yyyy-MM-dd HH:mm[:ss[.fraction]]`, the separator a space or a T, then Z or an offset as `zone` says, and
    /// moves past it.
    ///
    /// - Returns: microseconds since 1970-01-01; digits beyond the microsecond are cut off.
    @inline(__always)
    static func timestamp(
        _ p: inout UnsafePointer<UInt8>, zone: Zone, failure: inout Failure
    ) -> Int64? {
        failure = .malformed
        guard let (days, minutes) = plainDateAndMinutes(&p) ?? otherDateAndMinutes(&p) else { return nil }
        var second = 0
        var fraction = 0
        if p[0] == 0x3a {
            second = twoDigits(p + 1)
            if second < 0 || second > 59 { return nil }
            p += 3
            if p[0] == 0x2e {
                p += 1
                guard let microseconds = fractionMicroseconds(&p) else { return nil }
                fraction = microseconds
            }
        }
        var seconds = minutes &* 60 &+ second
        switch (p[0], zone) {
        case (0x5a, .required), (0x7a, .required): p += 1
        case (0x2b, .required), (0x2d, .required):
            guard let offset = offsetSeconds(&p) else { return nil }
            seconds &-= offset
        case (0x22, .required):
            failure = .zoneMissing
            return nil
        case (0x22, .forbidden): break
        case (0x5a, .forbidden), (0x7a, .forbidden), (0x2b, .forbidden), (0x2d, .forbidden):
            failure = .zoneUnexpected
            return nil
        default: return nil
        }
        let (dayPart, overflow) = days.multipliedReportingOverflow(by: microsecondsPerDay)
        if overflow { return nil }
        let (sum, sumOverflow) = dayPart.addingReportingOverflow(seconds &* 1_000_000 &+ fraction)
        return sumOverflow ? nil : Int64(sum)
    }

    /// Reads `yyyy-MM-dd HH:mm`, eight bytes at once, and moves past it; nil, without moving, where something is not
    /// as it should be.
    @inline(__always)
    private static func plainDateAndMinutes(_ p: inout UnsafePointer<UInt8>) -> (days: Int, minutes: Int)? {
        // What is left of digits are their values, of the right separators zeros.
        let separator: UInt64 = p[10] == 0x20 ? 0x20 : 0x54
        let first = EightBytes.load(p) ^ 0x2d30_302d_3030_3030
        let second = EightBytes.load(p + 8) ^ (0x3030_3a30_3000_3030 | separator &<< 16)
        let limit = EightBytes.ones &* 0x76
        let wrong =
            ((first | (first &+ limit) | second | (second &+ limit)) & EightBytes.highBits)
            | (first & 0xff00_00ff_0000_0000) | (second & 0x0000_ff00_00ff_0000)
        if wrong != 0 { return nil }
        // Every byte becomes ten times itself plus the one behind it.
        let firstPairs = first &* 10 &+ first &>> 8
        let secondPairs = second &* 10 &+ second &>> 8
        let date = CivilDate(
            year: Int(firstPairs & 0xff) &* 100 &+ Int(firstPairs &>> 16 & 0xff), month: Int(firstPairs &>> 40 & 0xff),
            day: Int(secondPairs & 0xff))
        let hour = Int(secondPairs &>> 24 & 0xff)
        let minute = Int(secondPairs &>> 48 & 0xff)
        if hour > 23 || minute > 59 || !date.isValid { return nil }
        p += 16
        return (date.daysSinceEpoch, hour &* 60 &+ minute)
    }

    /// The same for years of other lengths, and for what is wrong.
    @inline(never)
    private static func otherDateAndMinutes(_ p: inout UnsafePointer<UInt8>) -> (days: Int, minutes: Int)? {
        guard let days = date(&p) else { return nil }
        if p[0] != 0x20 && p[0] | 0x20 != 0x74 { return nil }
        let hour = twoDigits(p + 1)
        if hour < 0 || hour > 23 || p[3] != 0x3a { return nil }
        let minute = twoDigits(p + 4)
        if minute < 0 || minute > 59 { return nil }
        p += 6
        return (days, hour * 60 + minute)
    }

    /// One to nine digits.
    @inline(__always)
    private static func fractionMicroseconds(_ p: inout UnsafePointer<UInt8>) -> Int? {
        var value = 0
        var count = 0
        while NumberText.isDigit(p[0]) {
            if count < 6 { value = value &* 10 &+ Int(p[0] & 0x0f) }
            count += 1
            p += 1
        }
        if count == 0 || count > 9 { return nil }
        while count < 6 {
            value = value &* 10
            count += 1
        }
        return value
    }

    /// `+HH:mm`, `+HHmm` or `+HH`, at most 18 hours.
    @inline(never)
    private static func offsetSeconds(_ p: inout UnsafePointer<UInt8>) -> Int? {
        let isNegative = p[0] == 0x2d
        let hours = twoDigits(p + 1)
        if hours < 0 { return nil }
        p += 3
        var minutes = 0
        if p[0] == 0x3a {
            minutes = twoDigits(p + 1)
            if minutes < 0 { return nil }
            p += 3
        } else if NumberText.isDigit(p[0]) {
            minutes = twoDigits(p)
            if minutes < 0 { return nil }
            p += 2
        }
        let seconds = hours * 3600 + minutes * 60
        if minutes > 59 || seconds > 18 * 3600 { return nil }
        return isNegative ? -seconds : seconds
    }
}
