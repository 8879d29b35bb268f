internal import Dataflow

extension DurationText {
    /// The shortest exact form of a number of milliseconds: `1s`, `90s`, `2min`.
    static func text(_ milliseconds: Int) -> String {
        if milliseconds % 3_600_000 == 0 && milliseconds > 0 { return "\(milliseconds / 3_600_000)h" }
        if milliseconds % 60_000 == 0 && milliseconds > 0 { return "\(milliseconds / 60_000)min" }
        if milliseconds % 1000 == 0 && milliseconds > 0 { return "\(milliseconds / 1000)s" }
        return "\(milliseconds)ms"
    }
}
