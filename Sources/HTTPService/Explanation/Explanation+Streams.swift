/// What partitions, queues and operators say.
extension Explanation {
    /// Lag that is worth telling behind a watermark.
    private static func behind(_ partition: PartitionState) -> String {
        guard let lag = partition.lag else { return "its end is not known" }
        return lag > 0 ? "\(Words.count(lag)) behind" : "at its end"
    }

    /// Systems that are tried again and again while the attempt goes on.
    static func ofSystems(_ snapshot: JobSnapshot) -> [Finding] {
        let operators = snapshot.operators.map { ($0.name, $0.trouble, $0.id) }
        let participants = snapshot.participants.map { ($0.id, $0.trouble, $0.id) }
        return (operators + participants).compactMap { name, trouble, subject in
            guard let trouble, snapshot.takenAt - trouble.since > patienceMilliseconds else { return nil }
            return Finding(.blocked, "retrying", "\(name): \(Words.trouble(trouble))", subject: subject)
        }
    }

    static func ofPartitions(_ snapshot: JobSnapshot) -> [Finding] {
        var findings: [Finding] = []
        for table in tables(snapshot) {
            findings += gated(table, snapshot)
            findings += unreachable(table, at: snapshot.takenAt)
        }
        findings += heldWatermark(snapshot)
        return findings
    }

    private struct Table {
        var source: String
        var name: String
        var partitions: [PartitionState]
    }

    private static func tables(_ snapshot: JobSnapshot) -> [Table] {
        var tables: [Table] = []
        for partition in snapshot.partitions {
            if let index = tables.firstIndex(where: { $0.source == partition.source }) {
                tables[index].partitions.append(partition)
            } else {
                tables.append(Table(source: partition.source, name: partition.table, partitions: [partition]))
            }
        }
        return tables
    }

    private static func gated(_ table: Table, _ snapshot: JobSnapshot) -> [Finding] {
        guard table.partitions.contains(where: { $0.activity == "gated" }) else { return [] }
        let others = Set(
            snapshot.partitions.filter { $0.activity == "reading" && $0.source != table.source }.map(\.source))
        let loading = tables(snapshot).filter { others.contains($0.source) }
        let what =
            loading.isEmpty
            ? "the tables that it is joined with are loaded"
            : loading.map { other in
                let lags = other.partitions.compactMap(\.lag)
                let left = lags.isEmpty ? "" : " (\(Words.count(lags.reduce(0, +))) records left)"
                return "\(other.name)\(left)"
            }.joined(separator: " and ") + " is loaded"
        return [Finding(.waiting, "gated", "\(table.name) is not read before \(what)", subject: table.source)]
    }

    private static func unreachable(_ table: Table, at now: Int64) -> [Finding] {
        // A source that gives rows at a rate of its own waits between them.
        let silent = table.partitions.filter { partition in
            partition.activity == "waiting" && now - (partition.lastRecordAt ?? 0) > patienceMilliseconds
        }
        guard !silent.isEmpty else { return [] }
        let list = Words.list(silent.map { String($0.partition) })
        let (numbers, they) = silent.count == 1 ? ("partition \(list)", "it ends") : ("partitions \(list)", "they end")
        let known = silent.compactMap(\.lag).reduce(0, +)
        let text =
            known > 0
            ? "the broker gives nothing of \(table.name), \(numbers), though \(Words.count(known)) records are there"
            : "it is not known whether there is more in \(table.name), \(numbers): the broker has not said where \(they)"
        return [Finding(.waiting, "broker", text, subject: table.source)]
    }

    /// Which partition keeps event time from going on, where operators wait for it.
    private static func heldWatermark(_ snapshot: JobSnapshot) -> [Finding] {
        let timed = Set(snapshot.partitions.filter { $0.watermark != nil || $0.lastEventTime != nil }.map(\.source))
        let ahead = snapshot.partitions.filter { $0.activity == "ahead" }
        // A table whose partitions all lack times either has no watermark or has seen no row yet.
        let taking = snapshot.partitions.filter { partition in
            timed.contains(partition.source) && partition.activity != "idle" && partition.activity != "finished"
        }
        guard let slowest = taking.min(by: { ($0.watermark ?? .min) < ($1.watermark ?? .min) }) else { return [] }
        let watermark = slowest.watermark.map { " at \(Words.time($0))" } ?? ""
        let event = slowest.lastEventTime.map { "last event \(Words.time($0))" } ?? "no row yet"
        // Level with all others it is nobody's obstacle.
        let foremost = snapshot.partitions.compactMap(\.watermark).max() ?? .min
        guard !ahead.isEmpty || slowest.watermark.map({ foremost - $0 > skewMilliseconds }) ?? (foremost > .min) else {
            return []
        }
        var text =
            "watermark of \(slowest.table)\(watermark) waits for partition \(slowest.partition): \(event), \(behind(slowest))"
        if !ahead.isEmpty {
            let names = Words.list(ahead.map { "\($0.table) \($0.partition)" })
            text += "; \(names) \(ahead.count == 1 ? "is" : "are") not read meanwhile, being too far ahead"
        }
        let lag = slowest.lag ?? 1
        let isHeld = !ahead.isEmpty || lag > 0 && (slowest.activity == "waiting" || slowest.activity == "reading")
        guard isHeld || slowest.activity == "atEnd" else { return [] }
        if slowest.activity == "atEnd" && lag == 0 {
            text += "; it lets go when it has been silent for its 'scan.watermark.idle-timeout'"
            let severity: Finding.Severity = isWorthWaiting(slowest, snapshot) ? .waiting : .note
            return [Finding(severity, "watermark", text, subject: slowest.source)]
        }
        return [Finding(.waiting, "watermark", text, subject: slowest.source)]
    }

    /// At its end a partition soon lets go by itself. One that has not done so for long keeps rows that wait for event time.
    private static func isWorthWaiting(_ partition: PartitionState, _ snapshot: JobSnapshot) -> Bool {
        let silence = snapshot.takenAt - (partition.lastRecordAt ?? snapshot.job.startedAt)
        let keepsRows = snapshot.operators.contains { $0.role == "operator" && $0.rowsIn > 0 && $0.stateEntries > 0 }
        return silence > silenceMilliseconds && keepsRows
    }

    static func ofBackPressure(_ snapshot: JobSnapshot) -> [Finding] {
        let held = snapshot.workers.filter { $0.heldBackShare > heldBackShare }
        guard !held.isEmpty, !snapshot.job.isPaused, !snapshot.job.isHeld else { return [] }
        let share = Int((held.map(\.heldBackShare).max() ?? 0) * 100)
        let queued = snapshot.operators.filter { $0.queuedBatches > 0 }.max { $0.queuedBatches < $1.queuedBatches }
        let sinks = snapshot.operators.filter { $0.role == "sink" }.map(\.name)
        let behind = queued.map { "\($0.queuedBatches) batches wait before \($0.name)" }
        let what = behind ?? "\(Words.list(sinks)) takes no more"
        return [
            Finding(
                .waiting, "back-pressure",
                "\(held.count) of \(snapshot.workers.count) workers had no room to go on for up to \(share) % of the last seconds: \(what)",
                subject: queued?.id)
        ]
    }

    static func ofOperators(_ snapshot: JobSnapshot) -> [Finding] {
        // While a table has given nothing, what is joined with it has nothing to say.
        guard snapshot.operators.allSatisfy({ $0.role != "source" || $0.rowsOut > 0 }) else { return [] }
        return snapshot.operators.filter { $0.role == "operator" && $0.rowsIn > 0 && $0.rowsOut == 0 }.map { vertex in
            let waits = vertex.stateEntries > 0 && vertex.watermark != nil
            let kept = waits ? "; it keeps \(Words.count(Int64(vertex.stateEntries))) entries" : ""
            return Finding(
                .note, "nothing-out",
                "\(vertex.name) has taken \(Words.count(Int64(vertex.rowsIn))) rows and given none\(kept)",
                subject: vertex.id)
        }
    }

    static func ofDeadLetters(_ snapshot: JobSnapshot) -> [Finding] {
        guard snapshot.deadLetters.total > 0 else { return [] }
        var reasons: [String: Int] = [:]
        for counts in snapshot.deadLetters.reasons.values { reasons.merge(counts, uniquingKeysWith: +) }
        let most = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3)
            .map { "\($0.key) \(Words.count(Int64($0.value)))" }.joined(separator: ", ")
        return [
            Finding(
                .note, "dead-letters",
                "\(Words.count(Int64(snapshot.deadLetters.total))) rows were put aside as dead letters"
                    + (most.isEmpty ? "" : ": \(most)"))
        ]
    }
}
