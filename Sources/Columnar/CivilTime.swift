/// Times of the proleptic Gregorian calendar as ISO 8601 writes them.
package enum CivilTime {
    /// `2024-02-29T12:30:00.000001` for microseconds since 1970-01-01.
    package static func text(_ microseconds: Int64) -> String {
        let perDay: Int64 = 86_400_000_000
        var days = microseconds / perDay
        var rest = microseconds % perDay
        if rest < 0 {
            rest += perDay
            days -= 1
        }
        let seconds = Int(rest / 1_000_000)
        let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { CivilDate.padded($0, 2) }
        let date = CivilDate(daysSinceEpoch: Int(days)).text
        return "\(date)T\(time.joined(separator: ":")).\(CivilDate.padded(Int(rest % 1_000_000), 6))"
    }
}
