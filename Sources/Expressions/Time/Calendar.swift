/// The proleptic Gregorian calendar over days since 1970-01-01, without allocation.
enum Calendar {
    static let microsecondsPerDay: Int64 = 86_400_000_000

    struct Day: Equatable {
        var year: Int64
        /// 1...12
        var month: Int64
        /// 1...31
        var day: Int64
    }

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

    /// The date of a day number. Years are counted from March in 400-year eras, so that the leap day is a year's last.
    @inline(__always)
    static func date(_ days: Int64) -> Day {
        let shifted = days &+ 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted &- era &* 146_097
        let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let monthFromMarch = (5 &* dayOfYear &+ 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch &+ 3 : monthFromMarch &- 9
        return Day(
            year: yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear &- (153 &* monthFromMarch &+ 2) / 5 &+ 1)
    }

    /// The day number of a date; the day may lie outside of its month.
    @inline(__always)
    static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year &- 1 : year
        let era = floorDivide(year, 400)
        let yearOfEra = year &- era &* 400
        let monthFromMarch = month > 2 ? month &- 3 : month &+ 9
        let dayOfYear = (153 &* monthFromMarch &+ 2) / 5 &+ day &- 1
        return era &* 146_097 &+ yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear &- 719_468
    }

    static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func dayCount(ofMonth month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Monday 1 to Sunday 7.
    @inline(__always)
    static func isoDayOfWeek(_ days: Int64) -> Int64 {
        floorModulo(days &+ 3, 7) &+ 1
    }

    /// The ISO 8601 year and week of a day.
    static func isoWeek(_ days: Int64) -> (year: Int64, week: Int64) {
        // The week belongs to the year of its Thursday.
        let thursday = days &- isoDayOfWeek(days) &+ 4
        let year = date(thursday).year
        return (year, (thursday &- self.days(year, 1, 1)) / 7 &+ 1)
    }

    /// The day `months` later (earlier if negative), moved to the last day of a shorter month.
    static func addingMonths(_ days: Int64, _ months: Int64) -> Int64 {
        let start = date(days)
        let (month, overflow) = (start.year * 12 + start.month - 1).addingReportingOverflow(months)
        // Ten times the range of timestamps; larger results are refused by their users.
        if overflow || abs(month) > 36_000_000 { return months < 0 ? .min / 4 : .max / 4 }
        let year = floorDivide(month, 12)
        let monthOfYear = floorModulo(month, 12) + 1
        return self.days(year, monthOfYear, min(start.day, dayCount(ofMonth: monthOfYear, year)))
    }
}
