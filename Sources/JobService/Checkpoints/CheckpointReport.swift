internal import Execution
internal import Foundation

/// Pieces of text that reports are made of.
enum CheckpointReport {
    /// What to know of a checkpoint that is the last and old; nil where it is young.
    static func warning(_ manifest: CheckpointManifest, now: Date) -> String? {
        let age = now.timeIntervalSince1970 - Double(manifest.createdAt) / 1000
        guard age * 1000 > Double(CheckpointManifest.staleMilliseconds), !manifest.isFinal else { return nil }
        return
            "warning: the last commit is \(duration(age)) old. Kafka forgets the offsets of a stopped job after 7 days "
            + "(offsets.retention.minutes): the job then goes on from checkpoint \(manifest.epoch) if nothing was begun after it. "
            + "Topics forget records by their own retention (see 'scan.on-data-loss')."
    }

    static func byteCount(_ count: Int) -> String {
        if count < 1024 { return "\(count) B" }
        let units = ["KiB", "MiB", "GiB", "TiB"]
        var value = Double(count) / 1024
        var unit = 0
        while value >= 1024 && unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return String(format: "%.1f %@", value, units[unit])
    }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds))
        if whole < 120 { return "\(whole) s" }
        if whole < 7200 { return "\(whole / 60) min" }
        return whole < 172_800 ? "\(whole / 3600) h" : "\(whole / 86_400) d"
    }

    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { index, cell in
                index == columns - 1 ? cell : cell.padding(toLength: widths[index], withPad: " ", startingAt: 0)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
