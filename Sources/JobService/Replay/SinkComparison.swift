internal import Foundation

/// How one sink's contents differ from what a replay computes.
package struct SinkComparison: Codable, Hashable, Sendable {
    /// One row that differs.
    package struct Example: Codable, Hashable, Sendable {
        /// What is the matter with the row.
        package enum Kind: String, Codable, Sendable {
            case onlyInOld, onlyInNew, changed
        }

        package var kind: Kind
        package var key: String
        /// The row of the sink and that of the replay, as JSON; nil where there is none.
        package var old: String?
        package var new: String?
        /// The epoch that wrote the sink's row, where its markers tell.
        package var epoch: Int64?
        /// Where the record that made the row lies, where that was found: `topic-partition@offset`.
        package var origin: String?
    }

    package var table: String
    /// The columns that rows are paired by; empty where whole rows are counted against each other.
    package var key: [String]
    /// Rows that the replay gave to the sink, and rows of the sink that were held against them.
    package var replayedCount = 0
    package var comparedCount = 0
    package var equalCount = 0
    package var onlyInOldCount = 0
    package var onlyInNewCount = 0
    package var changedCount = 0
    /// Rows that the replay gave only because its input ended there, and which the running job has not given yet.
    package var notDueCount = 0
    /// Rows of the sink that other epochs wrote, or of which it is not known whether the replayed range did.
    package var outsideCount = 0
    package var examples: [Example] = []
    package var notes: [String] = []

    package var differenceCount: Int { onlyInOldCount + onlyInNewCount + changedCount }

    init(table: String, key: [String]) {
        self.table = table
        self.key = key
    }

    var text: String {
        var lines = [
            "\(table): \(equalCount) equal, \(changedCount) changed, \(onlyInOldCount) only in old, "
                + "\(onlyInNewCount) only in new"
        ]
        var others: [String] = []
        if notDueCount > 0 { others.append("\(notDueCount) not due yet (held back by the watermark at the end)") }
        if outsideCount > 0 { others.append("\(outsideCount) rows of the table are not of the replayed range") }
        lines += (others + notes).map { "    \($0)" }
        for example in examples {
            var line: String
            switch example.kind {
            case .onlyInOld: line = "  - \(example.old ?? example.key)"
            case .onlyInNew: line = "  + \(example.new ?? example.key)"
            case .changed: line = "  ~ \(example.key)\n      old \(example.old ?? "-")\n      new \(example.new ?? "-")"
            }
            var places: [String] = []
            if let epoch = example.epoch { places.append("epoch \(epoch)") }
            if let origin = example.origin { places.append("from \(origin)") }
            if !places.isEmpty { line += "   [\(places.joined(separator: ", "))]" }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
