/// A day of the proleptic Gregorian calendar.
@usableFromInline
package struct CivilDate: Hashable, Sendable {
    @usableFromInline
    package var year: Int
    /// 1...12
    @usableFromInline
    package var month: Int
    /// 1...31
    @usableFromInline
    package var day: Int

    @inlinable
    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// - Parameter days: since 1970-01-01.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    @inlinable
    package init(daysSinceEpoch days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = UInt32(truncatingIfNeeded: shifted - era * 146_097)
        let yearOfEra =
            (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let shiftedMonth = (5 &* dayOfYear &+ 2) / 153
        day = Int(dayOfYear &- (153 &* shiftedMonth &+ 2) / 5 &+ 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth &+ 3 : shiftedMonth &- 9)
        year = Int(yearOfEra) + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01; the date must be a real one (see `isValid`).
    @inlinable
    package var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Whether month and day exist.
    @inlinable
    package var isValid: Bool {
        month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= CivilDate.dayCount(year: year, month: month))
    }

    /// Days of a month (1...12).
    @inlinable
    package static func dayCount(year: Int, month: Int) -> Int {
        if month == 2 {
            let isLeap = year & 3 == 0 && (year % 100 != 0 || year % 400 == 0)
            return isLeap ? 29 : 28
        }
        // 31 days in the odd months up to July and in the even ones from August on.
        return 30 + ((month + month >> 3) & 1)
    }
}
