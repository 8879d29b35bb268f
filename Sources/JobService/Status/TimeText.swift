internal import Columnar

/// Points in time as ISO 8601 text in UTC. Without Foundation's formatters, which bring 4 MB of locale data into memory.
enum TimeText {
    /// `2026-01-31T12:00:00.000Z`
    static func full(milliseconds: Int64) -> String {
        let (days, time) = split(milliseconds)
        let date = CivilDate(daysSinceEpoch: Int(days))
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock(time))Z"
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
        return "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
            + ".\(padded(Int(milliseconds % 1000), 3))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
