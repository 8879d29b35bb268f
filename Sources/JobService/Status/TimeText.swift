internal import Columnar

/// Points in time as ISO 8601 text in UTC. Without Foundation's formatters, which bring 4 MB of locale data into memory.
enum TimeText {
    /// `2026-01-31T12:00:00.000Z`
    static func full(milliseconds: Int64) -> String {
        let (days, time) = split(milliseconds)
        return "\(CivilDate(daysSinceEpoch: Int(days)).text)T\(clock(time))Z"
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
