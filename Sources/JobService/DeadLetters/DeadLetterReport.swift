internal import Dataflow
package import Foundation

/// Dead letters as text for `millrace deadletters`.
package enum DeadLetterReport {
    /// Counts by reason, then the newest ones, one a line.
    package static func list(_ entries: [DeadLetterEntry], foreignCount: Int, limit: Int, now: Date) -> String {
        guard !entries.isEmpty else { return "no dead letters" + foreign(foreignCount) }
        var counts: [String: (count: Int, example: DeadLetterEntry)] = [:]
        for entry in entries { counts[entry.reason, default: (0, entry)].count += 1 }
        var rows = [["reason", "count", "operator", "message"]]
        for (reason, group) in counts.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            rows.append([reason, String(group.count), group.example.operatorName, group.example.message])
        }
        var text = CheckpointReport.table(rows)
        let newest = entries.sorted { ($0.failedAt ?? 0) > ($1.failedAt ?? 0) }.prefix(limit)
        rows = [["record", "reason", "operator", "failed", "put back"]]
        for entry in newest {
            let age = entry.failedAt.map { now.timeIntervalSince1970 - Double($0) / 1000 }
            rows.append([
                entry.place ?? "not known", entry.reason, entry.operatorName,
                age.map { CheckpointReport.duration($0) + " ago" } ?? "-", entry.replayedAt ?? "-",
            ])
        }
        text += "\n\n" + CheckpointReport.table(rows)
        if newest.count < entries.count { text += "\n... and \(entries.count - newest.count) older ones (--limit)" }
        return text + foreign(foreignCount)
    }

    /// Everything about one of them.
    package static func show(_ entry: DeadLetterEntry) -> String {
        var lines = [
            "record      \(entry.place ?? "not known: the row as the operator saw it stands for the value")",
            "reason      \(entry.reason)",
            "message     \(entry.message)",
            "operator    \(entry.operatorName)",
            "job         \(entry.job)",
            "failed      \(entry.failedAt.map { TimeText.full(milliseconds: $0) } ?? "-")",
            "timestamp   \(entry.timestamp.map { TimeText.full(milliseconds: $0) } ?? "-")",
            "put back    \(entry.replayedAt ?? "-")",
        ]
        if let note = note(entry) { lines.append("incomplete  \(note)") }
        for header in entry.headerList { lines.append("header      \(header.name) = \(decoded(header.value))") }
        lines.append("key         \(decoded(entry.rawKey))")
        lines.append("value       \(decoded(entry.rawValue))")
        return lines.joined(separator: "\n")
    }

    /// What an incomplete letter lacks, and where that is.
    private static func note(_ entry: DeadLetterEntry) -> String? {
        guard !entry.gap.isEmpty else { return nil }
        var parts = entry.gap.cuts.map { "\($0.keptCount) of \($0.wholeCount) bytes of \($0.column) are kept" }
        if entry.gap.holdsRow { parts.insert("the value is the row as the operator saw it", at: 0) }
        let whereabouts = entry.place.map { "; the record is \($0), if its topic still has it (--raw)" } ?? ""
        return parts.joined(separator: ", ") + whereabouts
    }

    /// What a replay did or would do.
    package static func replay(_ outcome: DeadLetterArchive.Outcome) -> String {
        var lines: [String] = []
        for (partition, count) in outcome.byPartition { lines.append("\(partition)  \(count) records") }
        if outcome.doneCount > 0 {
            lines.append("\(outcome.doneCount) were put back before and are left out (--again)")
        }
        if outcome.placelessCount > 0 {
            lines.append("\(outcome.placelessCount) are left out: their records are not known")
        }
        for refusal in outcome.refusals { lines.append("\(refusal.place) is left out: \(refusal.reason)") }
        switch (outcome.count, outcome.wasExecuted) {
        case (0, _): lines.append("there is nothing to put back")
        case (let count, true): lines.append("\(count) records were put back in one transaction")
        case (let count, false): lines.append("\(count) records would be put back; add --execute to do it")
        }
        return lines.joined(separator: "\n")
    }

    /// Text as it is, with what a terminal must not see escaped; other bytes in hexadecimal.
    private static func decoded(_ bytes: [UInt8]?) -> String {
        guard let bytes else { return "null" }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            let isPlain = (scalar.value >= 0x20 && scalar.value != 0x7f) || scalar == "\n" || scalar == "\t"
            result += isPlain ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    private static func foreign(_ count: Int) -> String {
        count == 0 ? "" : "\n\(count) records of the topic are no dead letters"
    }
}
