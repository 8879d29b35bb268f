/// The units of INTERVAL literals and EXTRACT.
package enum TimeUnitSyntax: String, CaseIterable, Hashable, Sendable {
    case millennium = "MILLENNIUM"
    case century = "CENTURY"
    case decade = "DECADE"
    case year = "YEAR"
    case quarter = "QUARTER"
    case month = "MONTH"
    case week = "WEEK"
    case day = "DAY"
    case dayOfWeek = "DOW"
    case isoDayOfWeek = "ISODOW"
    case isoYear = "ISOYEAR"
    case dayOfYear = "DOY"
    case hour = "HOUR"
    case minute = "MINUTE"
    case second = "SECOND"
    case millisecond = "MILLISECOND"
    case microsecond = "MICROSECOND"
    case nanosecond = "NANOSECOND"
    case epoch = "EPOCH"

    /// The unit that `word` spells in any case, in the plural too.
    package init?(word: String) {
        let upper = word.uppercased()
        if let unit = Self(rawValue: upper) {
            self = unit
        } else if upper.hasSuffix("S"), let unit = Self(rawValue: String(upper.dropLast())) {
            self = unit
        } else {
            return nil
        }
    }
}
