import Foundation

/// What a farm did, in one line, and what was wrong.
struct FarmReport: Sendable {
    var variant: FarmVariant
    var seed: UInt64
    var faults: [String: Int] = [:]
    /// Processes started.
    var starts = 0
    /// Returns to the last checkpoint within a process.
    var restarts = 0
    var epochs = 0
    var rows = 0
    var snapshots = 0
    var refusals = 0
    /// Sessions of the database that were ended while they were committing.
    var committingSessionsEnded = 0
    /// Milliseconds from a process's start to its first committed epoch, of those that lived so long.
    var recoveries: [Int] = []
    var violations: [String] = []
    /// Of the last process, at its end.
    var descriptors = 0
    var threads = 0
    /// Spent on proving the result by the service's own commands.
    var proofSeconds = 0.0
    /// Between two events of the input, in seconds: a long one makes rows late by rule.
    var longestFeedPause: TimeInterval = 0

    var line: String {
        let sorted = recoveries.sorted()
        func percentile(_ share: Double) -> String {
            sorted.isEmpty ? "-" : "\(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))])"
        }
        let faults = faults.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return "crash farm \(variant.rawValue): \(faults); \(starts) starts, \(restarts) restarts inside, "
            + "\(epochs) epochs, \(rows) rows, \(snapshots) snapshots, \(refusals) refusals, "
            + "\(committingSessionsEnded) sessions ended in COMMIT, "
            + "\(violations.count) violations; recovery ms p50 \(percentile(0.5)) p99 \(percentile(0.99)) "
            + "max \(sorted.last.map(String.init) ?? "-") of \(sorted.count); "
            + "\(descriptors) descriptors, \(threads) threads; "
            + "proof \(Int(proofSeconds * 1000)) ms; "
            + "longest pause of the feed \(Int(longestFeedPause * 1000)) ms; seed \(seed)"
    }
}
