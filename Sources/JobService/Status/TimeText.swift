internal import Columnar

/// Points in time as ISO 8601 text in UTC. Without Foundation's formatters, which bring 4 MB of locale data into memory.
enum TimeText {
    /// `2026-01-31T12:00:00.000Z`
    static func full(milliseconds: Int64) -> String {
        let (days, time) = split(milliseconds)
        return "\(CivilDate(daysSinceEpoch: Int(days)).text)T\(clock(time))Z"
    }

    /// Reads what `full` wrote; fewer digits behind the point, or none, will do. Nil for anything else.
    static func milliseconds(of text: String) -> Int64? {
        guard text.hasSuffix("Z"), let day = text.firstIndex(of: "T") else { return nil }
        let date = text[..<day].split(separator: "-").map { Int64($0) }
        let time = text[text.index(after: day)...].dropLast().split(separator: ":")
        guard date.count == 3, time.count == 3, let year = date[0], let month = date[1], let dayOfMonth = date[2],
            (1...12).contains(month), (1...31).contains(dayOfMonth), let hours = Int64(time[0]),
            let minutes = Int64(time[1]), (0..<24).contains(hours), (0..<60).contains(minutes)
        else { return nil }
        let parts = time[2].split(separator: ".")
        guard let seconds = parts.first.flatMap({ Int64($0) }), (0..<60).contains(seconds) else { return nil }
        let digits = parts.count > 1 ? parts[1].prefix(3) : "0"
        guard let fraction = Int64(digits + String(repeating: "0", count: 3 - digits.count)) else { return nil }
        // Days from civil, proleptic Gregorian.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + dayOfMonth - 1
        let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
        return ((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + fraction
    }

    /// `12:00:00.000`
    static func time(milliseconds: Int64) -> String {
        clock(split(milliseconds).time)
    }

    private static func split(_ milliseconds: Int64) -> (days: Int64, time: Int64) {
        let dayLength: Int64 = 86_400_000
        let rest = milliseconds % dayLength
        return rest < 0 ? (milliseconds / dayLength - 1, rest + dayLength) : (milliseconds / dayLength, rest)
    }

    private static func clock(_ milliseconds: Int64) -> String {
        let seconds = Int(milliseconds / 1000)
        let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { CivilDate.padded($0, 2) }
        return "\(parts.joined(separator: ":")).\(CivilDate.padded(Int(milliseconds % 1000), 3))"
    }
}
