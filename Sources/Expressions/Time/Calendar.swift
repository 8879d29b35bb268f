internal import Columnar

/// Arithmetic on days since 1970-01-01 and on local times in microseconds since then, without allocation.
enum Calendar {
    static let microsecondsPerDay: Int64 = 86_400_000_000

    /// Rounds towards negative infinity; `divisor` is positive.
    @inline(__always)
    static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient &- 1 : quotient
    }

    /// The rest that goes with `floorDivide`, never negative.
    @inline(__always)
    static func floorModulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest &+ divisor : rest
    }

    @inline(__always)
    static func date(_ days: Int64) -> CivilDate { CivilDate(daysSinceEpoch: Int(days)) }

    @inline(__always)
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        Int64(CivilDate(year: year, month: month, day: day).daysSinceEpoch)
    }

    /// Days before a local time.
    @inline(__always)
    static func day(_ local: Int64) -> Int64 { floorDivide(local, microsecondsPerDay) }

    /// Monday 1 to Sunday 7.
    @inline(__always)
    static func isoDayOfWeek(_ days: Int64) -> Int64 { floorModulo(days &+ 3, 7) &+ 1 }

    /// From 1.
    static func dayOfYear(_ days: Int64) -> Int64 { days &- self.days(date(days).year, 1, 1) &+ 1 }

    /// The ISO 8601 year and week of a day.
    static func isoWeek(_ days: Int64) -> (year: Int, week: Int64) {
        // The week belongs to the year of its Thursday.
        let thursday = days &- isoDayOfWeek(days) &+ 4
        let year = date(thursday).year
        return (year, (thursday &- self.days(year, 1, 1)) / 7 &+ 1)
    }

    /// The first and the last day that results may have: what 64-bit microseconds reach.
    private static let dayRange: ClosedRange<Int64> =
        Int64.min / microsecondsPerDay + 1...Int64.max / microsecondsPerDay - 1

    /// The day `months` later (earlier if negative), moved to the last day of a shorter month; nil outside of what timestamps reach.
    static func addingMonths(_ days: Int64, _ months: Int64) -> Int64? {
        let start = date(days)
        let (month, overflow) = Int64(start.year * 12 + start.month - 1).addingReportingOverflow(months)
        if overflow || abs(month) > 12 * 300_000 { return nil }
        let year = Int(floorDivide(month, 12))
        let monthOfYear = Int(floorModulo(month, 12)) + 1
        let day = min(start.day, CivilDate.dayCount(year: year, month: monthOfYear))
        let result = self.days(year, monthOfYear, day)
        return dayRange.contains(result) ? result : nil
    }

    /// `addingMonths` for a local time; the time of day stays.
    static func addingMonths(toLocal local: Int64, _ months: Int64) -> Int64? {
        let day = day(local)
        guard let moved = addingMonths(day, months) else { return nil }
        return moved * microsecondsPerDay + (local - day * microsecondsPerDay)
    }

    /// Whole months from one local time to another, towards zero.
    static func months(from start: Int64, to end: Int64) -> Int64 {
        let (startDay, endDay) = (day(start), day(end))
        let (first, last) = (date(startDay), date(endDay))
        var months = Int64((last.year - first.year) * 12 + last.month - first.month)
        // The rest of the month: day and time of day, compared.
        let startRest = Int64(first.day) * microsecondsPerDay + (start - startDay * microsecondsPerDay)
        let endRest = Int64(last.day) * microsecondsPerDay + (end - endDay * microsecondsPerDay)
        if months > 0, endRest < startRest { months -= 1 }
        if months < 0, endRest > startRest { months += 1 }
        return months
    }

    /// The start of the unit that a local time lies in; nil outside of what timestamps reach.
    static func floor(_ local: Int64, _ unit: TimeUnit) -> Int64? {
        if unit == .week {
            let day = day(local)
            return (day - isoDayOfWeek(day) + 1).multiplied(microsecondsPerDay)
        }
        if let length = unit.microseconds { return floorDivide(local, length).multiplied(length) }
        let date = date(day(local))
        let first: CivilDate =
            switch unit {
            case .month: CivilDate(year: date.year, month: date.month, day: 1)
            case .quarter: CivilDate(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1)
            case .decade: CivilDate(year: Int(floorDivide(Int64(date.year), 10)) * 10, month: 1, day: 1)
            case .century: CivilDate(year: Int(floorDivide(Int64(date.year) - 1, 100)) * 100 + 1, month: 1, day: 1)
            case .millennium:
                CivilDate(year: Int(floorDivide(Int64(date.year) - 1, 1000)) * 1000 + 1, month: 1, day: 1)
            default: CivilDate(year: date.year, month: 1, day: 1)
            }
        return Int64(first.daysSinceEpoch).multiplied(microsecondsPerDay)
    }

    /// The first start of a unit that is not before a local time; nil outside of what timestamps reach.
    static func ceiling(_ local: Int64, _ unit: TimeUnit) -> Int64? {
        guard let start = floor(local, unit) else { return nil }
        if start == local { return local }
        if let length = unit.microseconds {
            let (next, overflow) = start.addingReportingOverflow(length)
            return overflow ? nil : next
        }
        return addingMonths(toLocal: start, unit.months ?? 12)
    }

    /// A field of a local time.
    @inline(__always)
    static func field(_ local: Int64, _ unit: TimeUnit) -> Int64 {
        let day = day(local)
        let time = local &- day &* microsecondsPerDay
        switch unit {
        case .microsecond: return time % 60_000_000
        case .millisecond: return time % 60_000_000 / 1000
        case .second: return time / 1_000_000 % 60
        case .minute: return time / 60_000_000 % 60
        case .hour: return time / 3_600_000_000
        case .day: return Int64(date(day).day)
        case .week: return isoWeek(day).week
        case .month: return Int64(date(day).month)
        case .quarter: return Int64(date(day).month + 2) / 3
        case .year: return Int64(date(day).year)
        case .decade: return floorDivide(Int64(date(day).year), 10)
        case .century: return yearGroup(date(day).year, 100)
        case .millennium: return yearGroup(date(day).year, 1000)
        case .dayOfYear: return dayOfYear(day)
        case .dayOfWeek: return isoDayOfWeek(day) % 7 &+ 1
        case .isoDayOfWeek: return isoDayOfWeek(day)
        case .isoYear: return Int64(isoWeek(day).year)
        case .epoch: return floorDivide(local, 1_000_000)
        }
    }

    /// The century or millennium of a year, counted from 1, or from -1 backwards.
    private static func yearGroup(_ year: Int, _ length: Int) -> Int64 {
        Int64(year > 0 ? (year + length - 1) / length : -((length - year) / length))
    }
}

extension Int64 {
    /// The product; nil where it overflows.
    fileprivate func multiplied(_ factor: Int64) -> Int64? {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
