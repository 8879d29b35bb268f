internal import Dataflow
package import Execution
package import Foundation
internal import StateBackends

/// Checkpoints as text for `millrace checkpoints`.
package enum CheckpointReport {
    /// One line per checkpoint, newest last.
    package static func list(_ repository: CheckpointRepository, now: Date) throws -> String {
        let summaries = try repository.summaries()
        guard !summaries.isEmpty else { return "no checkpoints in \(repository.store.location)" }
        var rows = [["checkpoint", "lineage", "age", "state", "committed", "offsets"]]
        for summary in summaries {
            let manifest = try repository.manifest(named: summary.name).manifest
            let age = now.timeIntervalSince1970 - Double(manifest.createdAt) / 1000
            let records = summary.offsets.values.reduce(0, +)
            rows.append([
                String(summary.epoch), CheckpointNames.short(summary.lineage), duration(age),
                byteCount(manifest.stateByteCount), summary.isAcknowledged ? "yes" : "not known",
                "\(summary.offsets.count) partitions, sum \(records)",
            ])
        }
        var text = table(rows)
        if let newest = summaries.last(where: \.isAcknowledged) ?? summaries.last,
            let warning = warning(try repository.manifest(named: newest.name).manifest, now: now)
        {
            text += "\n\n" + warning
        }
        return text
    }

    /// What to know of a checkpoint that is the last and old; nil where it is young.
    static func warning(_ manifest: CheckpointManifest, now: Date) -> String? {
        let age = now.timeIntervalSince1970 - Double(manifest.createdAt) / 1000
        guard age * 1000 > Double(CheckpointManifest.staleMilliseconds), !manifest.isFinal else { return nil }
        return
            "warning: the last commit is \(duration(age)) old. Kafka forgets the offsets of a stopped job after 7 days "
            + "(offsets.retention.minutes): the job then goes on from checkpoint \(manifest.epoch) if nothing was begun after it. "
            + "Topics forget records by their own retention (see 'scan.on-data-loss')."
    }

    /// Everything about one checkpoint.
    ///
    /// - Throws: `JobServiceError(.invalidInput)` where there is none of that number.
    package static func show(_ repository: CheckpointRepository, epoch: Int64) throws -> String {
        let summaries = try repository.summaries()
        let found = summaries.filter { $0.epoch == epoch }
        guard let summary = found.last(where: \.isAcknowledged) ?? found.last else {
            let known = summaries.suffix(5).map { String($0.epoch) }.joined(separator: ", ")
            throw JobServiceError(
                .invalidInput,
                "there is no checkpoint \(epoch) in \(repository.store.location)"
                    + (known.isEmpty ? "" : "; the newest are \(known)"))
        }
        let manifest = try repository.manifest(named: summary.name).manifest
        var lines = [
            "checkpoint   \(manifest.epoch)",
            "job          \(manifest.job)",
            "lineage      \(manifest.lineage)",
            "follows      \((manifest.parent?.epoch).map(String.init) ?? "-")",
            "committed    \(summary.isAcknowledged ? "yes" : "not known")",
            "taken        \(TimeText.full(milliseconds: manifest.createdAt))",
            "state        \(byteCount(manifest.stateByteCount)) in memory",
            "manifest     \(summary.name)",
            "sha-256      \(summary.digest)",
            "final        \(manifest.isFinal ? "yes: every source was bounded and has ended" : "no")",
            "",
        ]
        var offsets = [["partition", "next offset", "watermark"]]
        for split in manifest.splits.sorted(by: { $0.id < $1.id }) {
            let watermark = split.watermark.map { TimeText.full(milliseconds: $0 / 1000) }
            offsets.append([split.id.description, String(split.nextOffset), watermark ?? "-"])
        }
        lines.append(table(offsets))
        lines.append("")
        var sizes = [["operator", "state", "bytes", "pieces"]]
        for state in OperatorSizes.of(manifest) {
            sizes.append([state.uid, state.state, byteCount(state.byteCount), String(state.segmentCount)])
        }
        lines.append(table(sizes))
        lines.append("")
        if let written = manifest.written, !written.isEmpty {
            var counts = [["sink", "rows of this epoch", "rows in all"]]
            for sink in written {
                counts.append([sink.table, String(sink.rows), sink.total.map { String($0) } ?? "not known"])
            }
            lines.append(table(counts))
            lines.append("")
        }
        var states = [["operator", "state", "saved", "key groups", "bytes", "file"]]
        for segment in manifest.segments {
            states.append([
                segment.operatorUID, segment.stateName, segment.kind.rawValue,
                "\(segment.firstKeyGroup)..<\(segment.endKeyGroup)", String(segment.byteCount), segment.file,
            ])
        }
        lines.append(table(states))
        lines.append("")
        lines.append("to run from here: millrace run PIPELINE.sql --from-checkpoint \(epoch)")
        return lines.joined(separator: "\n")
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
