/// A unit that EXTRACT, TIMESTAMPADD, TIMESTAMPDIFF, FLOOR and CEIL take.
package enum TimeUnit: String, Hashable, Sendable, CaseIterable {
    case microsecond = "MICROSECOND"
    case millisecond = "MILLISECOND"
    case second = "SECOND"
    case minute = "MINUTE"
    case hour = "HOUR"
    case day = "DAY"
    /// ISO 8601: starts on Monday.
    case week = "WEEK"
    case month = "MONTH"
    case quarter = "QUARTER"
    case year = "YEAR"
    case decade = "DECADE"
    case century = "CENTURY"
    case millennium = "MILLENNIUM"
    /// Day of the year, from 1; EXTRACT only, as are all below.
    case dayOfYear = "DOY"
    /// Day of the week, Sunday 1 to Saturday 7.
    case dayOfWeek = "DOW"
    /// Day of the week, Monday 1 to Sunday 7.
    case isoDayOfWeek = "ISODOW"
    case isoYear = "ISOYEAR"
    /// Seconds since 1970-01-01 00:00:00.
    case epoch = "EPOCH"

    /// The unit of that name in any letter case; plural and SQL_TSI_ names too.
    package init?(sql name: String) {
        var text = name.uppercased()
        if text.hasPrefix("SQL_TSI_") { text.removeFirst(8) }
        switch text {
        case "DAYOFYEAR": self = .dayOfYear
        case "DAYOFWEEK": self = .dayOfWeek
        case "DAYOFMONTH": self = .day
        default:
            if let unit = TimeUnit(rawValue: text) {
                self = unit
            } else if text.hasSuffix("S"), let unit = TimeUnit(rawValue: String(text.dropLast())) {
                self = unit
            } else {
                return nil
            }
        }
    }

    /// Whether the unit is a span of time, and not only a field of a date.
    package var isSpan: Bool {
        switch self {
        case .dayOfYear, .dayOfWeek, .isoDayOfWeek, .isoYear, .epoch: false
        default: true
        }
    }

    /// The unit in microseconds, where it always has the same length.
    package var microseconds: Int64? {
        switch self {
        case .microsecond: 1
        case .millisecond: 1000
        case .second: 1_000_000
        case .minute: 60_000_000
        case .hour: 3_600_000_000
        case .day: 86_400_000_000
        case .week: 604_800_000_000
        default: nil
        }
    }

    /// The unit in months, where it is a number of them.
    package var months: Int64? {
        switch self {
        case .month: 1
        case .quarter: 3
        case .year: 12
        case .decade: 120
        case .century: 1200
        case .millennium: 12000
        default: nil
        }
    }
}
