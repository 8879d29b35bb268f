internal import Dataflow
internal import PostgresConnector

/// Counts the rows of a PostgreSQL table epoch by epoch, by the transactions that wrote them.
struct TableAudit {
    let table: TableDefinition
    let database: DatabaseInspector
    let ages: EpochAges
    let ranges: EpochRanges
    /// Whether rows, once written, are never changed by the job.
    let isAppend: Bool
    /// Whether the last epoch that was committed has its marker.
    let isLastKnown: Bool

    /// - Returns: nil where the table does not exist.
    func run(into findings: inout [Finding]) throws -> AuditReport.Sink? {
        guard let (name, rowAges) = try database.rowAges(table) else {
            findings.append(
                Finding(.problem, "table-missing", place: table.name, "the table does not exist"))
            return nil
        }
        var counts: [Int64: Int64] = [:]
        var older: Int64 = 0
        var foreign: [RowAge] = []
        for age in rowAges {
            if let marker = ages.marker(age: age.age) {
                counts[marker.number, default: 0] += age.rows
            } else if ages.isOlder(age.age) {
                older += age.rows
            } else if !ages.isInGap(age.age, lastNumber: isLastKnown ? ages.markers.last?.number : nil) {
                foreign.append(age)
            }
        }
        for marker in ages.markers { verify(marker, name, held: counts[marker.number] ?? 0, &findings) }
        if isAppend { verifyOlder(name, older, &findings) }
        try report(foreign, name, &findings)
        let written = ages.markers.last?.totals[name] ?? 0
        return AuditReport.Sink(
            table: table.name, rowCount: Int(rowAges.reduce(0) { $0 + $1.rows }), writtenCount: Int(written),
            countedEpochs: ages.markers.count,
            method: isAppend
                ? "counted by the transactions of \(ages.markers.count) epochs"
                : "changed rows counted at most once; every row written last by one of \(ages.markers.count) epochs")
    }

    private func verify(_ marker: EpochMarker, _ name: String, held: Int64, _ findings: inout [Finding]) {
        let written = marker.rows[name] ?? 0
        let isRight = isAppend ? held == written : held <= written
        guard !isRight else { return }
        let read = ranges.text(of: marker.epoch).map { "; it read \($0)" } ?? ""
        let difference = abs(held - written)
        let isMissing = held < written
        findings.append(
            Finding(
                .problem, isMissing ? "rows-missing" : "rows-extra", checkpoint: marker.epoch, lineage: marker.lineage,
                place: table.name,
                "epoch \(marker.epoch) wrote \(written) rows, of which the table holds \(held): \(difference) "
                    + (isMissing ? "are missing" : "too many") + read,
                remedy: "millrace audit PIPELINE.sql --recompute names them"))
    }

    /// Rows older than every marker are those of epochs whose markers have been dropped.
    private func verifyOlder(_ name: String, _ older: Int64, _ findings: inout [Finding]) {
        guard let first = ages.markers.first else { return }
        let expected = (first.totals[name] ?? 0) - (first.rows[name] ?? 0)
        if first.number == 1 && older > 0 {
            findings.append(
                Finding(
                    .notice, "rows-before", place: table.name,
                    "\(older) rows are older than the job's first epoch marker: not its own, or written before markers were kept"
                ))
        } else if first.number > 1 && older < expected {
            findings.append(
                Finding(
                    .problem, "rows-missing", place: table.name,
                    "\(expected) rows were written before epoch \(first.epoch), the oldest with a marker, and \(older) are there",
                    remedy: "millrace audit PIPELINE.sql --recompute names them"))
        }
    }

    private func report(_ foreign: [RowAge], _ name: String, _ findings: inout [Finding]) throws {
        guard let newest = foreign.map(\.age).min(), let oldest = foreign.map(\.age).max() else { return }
        let count = foreign.reduce(0) { $0 + $1.rows }
        var shown: [String] = []
        for age in foreign.prefix(5) {
            shown += try database.rows(table, agedBetween: age.age...age.age, limit: 3)
        }
        let between =
            ages.markers.last { $0.ageOfLast > oldest }.map { "after epoch \($0.epoch)" } ?? "at an unknown time"
        let isOne = newest == oldest && count == 1
        findings.append(
            Finding(
                .problem, "rows-foreign", checkpoint: ages.markers.last { $0.ageOfLast > oldest }?.epoch,
                place: table.name,
                "no epoch of this job wrote \(isOne ? "a row" : "\(count) rows") that \(isOne ? "was" : "were") written or changed "
                    + "\(between): \(shown.prefix(5).joined(separator: " "))"))
    }
}
