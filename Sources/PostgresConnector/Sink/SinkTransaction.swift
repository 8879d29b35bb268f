internal import Columnar
internal import Dataflow
internal import Failpoints
internal import Glibc
internal import StateBackends

/// An open transaction that units are executed in, each behind a savepoint. Owned by the session's thread.
final class SinkTransaction {
    let connection: PostgresConnection
    let targets: [SinkTarget]
    private let settings: SinkSessionSettings
    private let log: @Sendable (LogEvent) -> Void
    /// By target: what checks its deferred constraints after a unit.
    private let checks: [String?]
    /// Where executed rows are noted; nil where nobody asks for them.
    var redo: RedoLog?
    private var hasSavepoint = false
    /// Tables whose temporary twin holds rows of this transaction.
    private var filledStages: Set<Int> = []
    private var refusedCount = 0
    /// Rows written, changed and deleted so far, by target.
    private var executedCounts: [Int: Int64] = [:]

    init(
        _ connection: PostgresConnection, targets: [SinkTarget], settings: SinkSessionSettings,
        log: @escaping @Sendable (LogEvent) -> Void
    ) {
        self.connection = connection
        self.targets = targets
        self.settings = settings
        self.log = log
        let written = Set(targets.compactMap(\.deferred?.table))
        checks = targets.map { $0.deferred?.check(written: written) }
    }

    /// Rows written, changed and deleted so far, by table.
    var executedRows: [String: Int64] {
        var rows: [String: Int64] = [:]
        for (number, count) in executedCounts { rows[targets[number].table.name.description, default: 0] += count }
        return rows
    }

    /// The name of a table's temporary twin.
    static func stage(_ table: Int) throws(PostgresConnectorError) -> SQLIdentifier {
        try SQLIdentifier("millrace_stage_\(table)")
    }

    /// Executes a unit; rows that the table refuses are dealt with by the table's policy.
    func execute(_ unit: RowUnit) throws(PostgresConnectorError) {
        let target = targets[unit.table]
        let rows = 0..<unit.rowCount
        refusedCount += unit.refusedRows.count
        if case .deadLetter(let table) = target.onError { try keep(unit.refusedRows, in: table) }
        do {
            try executeWithRetry(unit, rows)
            redo?.append(unit, rows: rows, signature: target.table.signature)
        } catch  where error.code == .rowRefused && target.onError != .fail {
            try isolate(unit, rows, error)
        } catch {
            throw error.at("table \(target.table.name)")
        }
    }

    /// Executes a unit of a redo log: its rows were accepted once, so that a refusal stops the job.
    func executeAgain(_ unit: RowUnit) throws(PostgresConnectorError) {
        do {
            try executeWithRetry(unit, 0..<unit.rowCount)
        } catch {
            throw error.at("table \(targets[unit.table].table.name)")
        }
    }

    /// Logs what was left out, once an epoch.
    func report() {
        guard refusedCount > 0 else { return }
        log(LogEvent(.warning, "rows were refused by PostgreSQL", ["rows": String(refusedCount)]))
    }

    /// Keeps refused rows in a dead letter table.
    func keep(_ rows: [RefusedRow], in table: QualifiedTableName) throws(PostgresConnectorError) {
        if rows.isEmpty { return }
        try Failpoint.postgresBeforeDeadLetters.hit(PostgresConnectorError.atFailpoint)
        if hasSavepoint {
            try connection.execute("RELEASE SAVEPOINT millrace_unit")
            hasSavepoint = false
        }
        try connection.pipeline(rows.map { DeadLetterTable.insertion(of: $0, into: table, job: settings.job) })
        for row in rows { redo?.append(row, table: table) }
        try Failpoint.postgresAfterDeadLetters.hit(PostgresConnectorError.atFailpoint)
    }

    private func executeWithRetry(_ unit: RowUnit, _ rows: Range<Int>) throws(PostgresConnectorError) {
        var attempt = 0
        while true {
            do {
                try send(unit, rows)
                let live = rows.count == unit.rowCount ? unit.liveCount : rows.count(where: unit.isLive)
                executedCounts[unit.table, default: 0] += Int64(live)
                if attempt > 0 { tell(unit, .answered) }
                return
            } catch  where error.code == .transactionConflict && attempt < settings.retryCount {
                try rollBackUnit()
                attempt += 1
                tell(unit, .retried(error.description))
                // Two transactions that met must not meet again in step.
                usleep(UInt32.random(in: 1000...20_000) * UInt32(min(attempt, 5)))
            } catch {
                if !connection.isLost { try rollBackUnit() }
                throw error
            }
        }
    }

    private func tell(_ unit: RowUnit, _ news: SystemNews) {
        if let name = targets[unit.table].operatorName { settings.hear(name, news) }
    }

    /// Sends the rows that stand.
    private func send(_ unit: RowUnit, _ rows: Range<Int>) throws(PostgresConnectorError) {
        guard rows.contains(where: { unit.isLive($0) }) else { return }
        try Failpoint.postgresBeforeCopy.hit(PostgresConnectorError.atFailpoint)
        let target = targets[unit.table].table
        var opening = hasSavepoint ? "RELEASE SAVEPOINT millrace_unit; " : ""
        opening += "SAVEPOINT millrace_unit; "
        if target.keyCount == 0 {
            hasSavepoint = true
            try connection.beginCopy(opening + target.copyStatement)
            try copy(unit, rows)
            if let check = checks[unit.table] { try connection.execute(check) }
            try Failpoint.postgresAfterCopy.hit(PostgresConnectorError.atFailpoint)
            return
        }
        let stage = try Self.stage(unit.table)
        if filledStages.contains(unit.table) { opening += "TRUNCATE pg_temp.\(stage.quoted); " }
        hasSavepoint = true
        try connection.beginCopy(opening + target.stageStatement(stage))
        try copy(unit, rows)
        filledStages.insert(unit.table)
        try connection.execute(target.mergeStatements(stage, hasDeletes: unit.hasDeletes))
        if let check = checks[unit.table] { try connection.execute(check) }
        try Failpoint.postgresAfterCopy.hit(PostgresConnectorError.atFailpoint)
    }

    private func copy(_ unit: RowUnit, _ rows: Range<Int>) throws(PostgresConnectorError) {
        // Signature, no flags, no extension; a field count of -1 ends the rows.
        let header: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try put(header)
        try unit.forEachRun(rows) { run throws(PostgresConnectorError) in try connection.putCopy(run) }
        try Failpoint.postgresBeforeCopyEnd.hit(PostgresConnectorError.atFailpoint)
        try put([0xFF, 0xFF])
        _ = try connection.endCopy()
    }

    private func put(_ bytes: [UInt8]) throws(PostgresConnectorError) {
        var failure: PostgresConnectorError?
        bytes.withUnsafeBytes { bytes in
            do throws(PostgresConnectorError) { try connection.putCopy(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func rollBackUnit() throws(PostgresConnectorError) {
        guard hasSavepoint else { return }
        try connection.execute("ROLLBACK TO SAVEPOINT millrace_unit")
    }

    /// Halves the rows until those that are refused stand alone; the others are executed.
    private func isolate(
        _ unit: RowUnit, _ rows: Range<Int>, _ error: PostgresConnectorError
    ) throws(PostgresConnectorError) {
        guard rows.count > 1 else {
            try refuse(unit, rows.lowerBound, error)
            return
        }
        let middle = rows.lowerBound + rows.count / 2
        for half in [rows.lowerBound..<middle, middle..<rows.upperBound] {
            do {
                try executeWithRetry(unit, half)
                redo?.append(unit, rows: half, signature: targets[unit.table].table.signature)
            } catch  where error.code == .rowRefused {
                try isolate(unit, half, error)
            }
        }
    }

    private func refuse(
        _ unit: RowUnit, _ row: Int, _ error: PostgresConnectorError
    ) throws(PostgresConnectorError) {
        let target = targets[unit.table]
        let origin = unit.origin(row)
        let why = RefusedRow.Refusal(
            table: target.table.name.description, reason: "postgres.\(error.sqlState?.code ?? "unknown")",
            message: error.message)
        refusedCount += 1
        try target.countRefusal(why.reason, why.message, place: origin.flatMap { $0.batch.place(of: $0.row) })
        guard case .deadLetter(let table) = target.onError else { return }
        try keep([RefusedRow(why, origin)], in: table)
    }
}
