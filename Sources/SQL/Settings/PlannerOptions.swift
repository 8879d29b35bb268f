internal import Columnar
internal import Dataflow

/// The WITH options of a table that the planner answers for, not the connector.
package struct PlannerOptions: Hashable, Sendable {
    /// `scan.watermark.idle-timeout`
    package var idleTimeout: Duration?
    /// `scan.watermark.alignment.max-drift`
    package var maximumDrift: Duration?
    /// `scan.watermark.max-ahead`; zero for no limit.
    package var maximumAhead: Duration?
    /// `scan.parallelism`
    package var scanParallelism: Int?
    /// `sink.parallelism`
    package var sinkParallelism: Int?

    package init() {}
}

extension PlannerOptions {
    private static let names = [
        "scan.watermark.idle-timeout", "scan.watermark.alignment.max-drift", "scan.watermark.max-ahead",
        "scan.parallelism", "sink.parallelism",
    ]

    /// Whether the option is not a connector's.
    static func isKnown(_ key: String) -> Bool { names.contains(key) || key.hasPrefix("scan.watermark.") }

    /// Takes one option for which `isKnown` holds. Returns what is wrong with it.
    mutating func set(_ key: String, _ value: String) -> (message: String, hint: String?)? {
        switch key {
        case "scan.watermark.idle-timeout": return duration(key, value, into: \.idleTimeout)
        case "scan.watermark.alignment.max-drift": return duration(key, value, into: \.maximumDrift)
        case "scan.watermark.max-ahead": return duration(key, value, into: \.maximumAhead)
        case "scan.parallelism": return parallelism(key, value, into: \.scanParallelism)
        case "sink.parallelism": return parallelism(key, value, into: \.sinkParallelism)
        default:
            return ("unknown option '\(key)'", NearestName.hint(for: key, among: Self.names))
        }
    }

    private mutating func duration(
        _ key: String, _ value: String, into path: WritableKeyPath<PlannerOptions, Duration?>
    ) -> (message: String, hint: String?)? {
        guard let duration = DurationText.parse(value) else {
            return ("the value of '\(key)' must be \(DurationText.expectation)", nil)
        }
        self[keyPath: path] = duration
        return nil
    }

    private mutating func parallelism(
        _ key: String, _ value: String, into path: WritableKeyPath<PlannerOptions, Int?>
    ) -> (message: String, hint: String?)? {
        guard let number = Int(value), (1...4096).contains(number) else {
            return ("the value of '\(key)' must be a whole number from 1 to 4096", nil)
        }
        self[keyPath: path] = number
        return nil
    }
}
