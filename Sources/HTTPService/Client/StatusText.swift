/// A job's status as text for a terminal. Pure functions.
package enum StatusText {
    /// Everything, some 30 lines.
    package static func full(_ document: StatusDocument) -> String {
        let snapshot = document.snapshot
        let job = snapshot.job
        var lines = [headline(snapshot)]
        lines += document.why.map { "  \(mark($0.severity)) \($0.text)" }
        lines.append("")
        var rows = [["operator", "in/s", "out/s", "in", "out", "state", "watermark", "queued"]]
        for vertex in snapshot.operators {
            rows.append([
                vertex.name, Words.count(Int64(vertex.rowsInRate)), Words.count(Int64(vertex.rowsOutRate)),
                Words.count(Int64(vertex.rowsIn)), Words.count(Int64(vertex.rowsOut)),
                vertex.stateBytes > 0 ? bytes(vertex.stateBytes) : "-", vertex.watermark.map(Words.time) ?? "-",
                String(vertex.queuedBatches),
            ])
        }
        lines.append(table(rows))
        if !snapshot.partitions.isEmpty {
            lines.append("")
            var rows = [["partition", "offset", "end", "behind", "watermark", "is"]]
            for partition in snapshot.partitions {
                rows.append([
                    "\(partition.topic)-\(partition.partition)", Words.count(partition.nextOffset),
                    partition.endOffset.map(Words.count) ?? "?", partition.lag.map(Words.count) ?? "?",
                    partition.watermark.map(Words.time) ?? "-", partition.activity,
                ])
            }
            lines.append(table(rows))
        }
        lines.append("")
        lines.append(checkpoints(snapshot, job))
        return lines.joined(separator: "\n")
    }

    /// `job film is running, checkpoint 12, up 3 min, 2 workers 45 % busy, 41.2 MiB, 12 threads`
    package static func headline(_ snapshot: JobSnapshot) -> String {
        let job = snapshot.job
        var parts = ["job \(job.name) is \(job.isPaused ? "paused" : job.phase)", "checkpoint \(job.epoch)"]
        parts.append("up \(Words.duration(snapshot.takenAt - job.startedAt))")
        if !snapshot.workers.isEmpty {
            let busy = snapshot.workers.reduce(0) { $0 + $1.busyShare } / Double(snapshot.workers.count)
            parts.append("\(snapshot.workers.count) workers \(Int(busy * 100)) % busy")
        }
        if let lag = snapshot.lag, !snapshot.partitions.isEmpty { parts.append("\(Words.count(lag)) behind") }
        parts.append("\(bytes(snapshot.process.residentBytes)), \(snapshot.process.threads) threads")
        return parts.joined(separator: ", ")
    }

    private static func checkpoints(_ snapshot: JobSnapshot, _ job: JobState) -> String {
        let own = snapshot.checkpoints.filter { !$0.isEarlier }
        guard let last = own.last else { return "no checkpoint of this process yet" }
        let recent = own.suffix(20).map(\.totalMilliseconds).sorted()
        let median = recent[recent.count / 2]
        let savepoint = job.lastSavepoint.map { ", savepoint \($0)" } ?? ""
        return "checkpoint \(last.epoch) at \(Words.time(last.committedAt)) in \(Int(last.totalMilliseconds)) ms"
            + " (median \(Int(median)) ms), \(bytes(last.bytes)) written, state \(bytes(last.stateBytes))\(savepoint)"
    }

    private static func mark(_ severity: Finding.Severity) -> String {
        switch severity {
        case .blocked: "!!"
        case .waiting: "! "
        case .note: "- "
        case .well: "ok"
        }
    }

    /// `41.2 MiB`
    package static func bytes(_ count: Int) -> String {
        if count < 1024 { return "\(count) B" }
        var tenths = count * 10 / 1024
        var unit = 0
        while tenths >= 10_240 && unit < 3 {
            tenths /= 1024
            unit += 1
        }
        return "\(tenths / 10).\(tenths % 10) \(["KiB", "MiB", "GiB", "TiB"][unit])"
    }

    /// The first column to the left, the others to the right.
    private static func table(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
