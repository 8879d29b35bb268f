internal import Foundation

/// What `millrace replay` has found.
package struct ReplayReport: Codable, Hashable, Sendable {
    package var job: String
    /// The checkpoint that the replay started from; nil for nothing.
    package var from: Int64?
    /// The checkpoint whose offsets ended it.
    package var until: Int64
    package var lineage: String
    package var sinks: [SinkComparison]
    package var notes: [String]
    package var seconds: Double

    package var differenceCount: Int { sinks.reduce(0) { $0 + $1.differenceCount } }

    package var text: String {
        var lines = [
            "replay of \(job) from \(from.map { "checkpoint \($0)" } ?? "nothing") until checkpoint \(until)"
                + String(format: ", %.1f s", seconds)
        ]
        lines += sinks.map(\.text)
        lines += notes.map { "note: \($0)" }
        return lines.joined(separator: "\n")
    }

    /// The same as a JSON document.
    package func json() throws -> String { try ReportJSON.text(self) }
}
