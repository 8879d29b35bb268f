internal import Dataflow

/// The row of `millrace.job_tasks` that names what this job last committed to this database, and who may commit next.
///
/// Owned by the thread of its connection. The protocol is that of exactly-once.md 3.4: taking ownership raises
/// `owner_epoch` and so waits for any commit under way; every commit is conditional on the epoch it took.
struct Bookkeeping {
    static let table = "millrace.job_tasks"

    let job: String
    let task: String
    let owner: String
    /// What this owner's fence returned; commits are conditional on it.
    private(set) var ownerEpoch: Int64?
    private(set) var last: BookkeepingEntry?
    /// The server that this owner works with, and the one that the row was last written on.
    private(set) var server = ServerIdentity()
    private(set) var formerServer = ServerIdentity()

    init(job: String, task: String, owner: String) {
        self.job = job
        self.task = task
        self.owner = owner
    }

    /// Creates the table where it is missing.
    func createTable(_ connection: PostgresConnection) throws(PostgresConnectorError) {
        let creation = TableCreation(
            name: try QualifiedTableName(parsing: Self.table),
            body: """
                job text NOT NULL, task text NOT NULL, lineage text, owner_epoch bigint NOT NULL, owner text NOT NULL,
                last_checkpoint bigint, manifest text, offsets jsonb, updated_at timestamptz NOT NULL DEFAULT now(),
                system_identifier text, timeline integer,
                PRIMARY KEY (job, task)
                """, suffix: " WITH (fillfactor = 50)")
        try creation.run(connection)
        // Tables of before.
        let known = try connection.query(
            """
            SELECT count(*) FROM pg_catalog.pg_attribute
            WHERE attrelid = to_regclass($1) AND attname IN ('system_identifier', 'timeline') AND NOT attisdropped
            """, [Self.table])
        guard known.text(0, 0) != "2" else { return }
        try connection.execute(
            """
            ALTER TABLE \(Self.table) ADD COLUMN IF NOT EXISTS system_identifier text,
                ADD COLUMN IF NOT EXISTS timeline integer
            """)
    }

    /// Who owns the row, as far as that is committed; nil: nobody ever did.
    func currentOwner(_ connection: PostgresConnection) throws(PostgresConnectorError) -> String? {
        let row = try connection.query("SELECT owner FROM \(Self.table) WHERE job = $1 AND task = $2", [job, task])
        return row.rowCount == 1 ? row.text(0, 0) : nil
    }

    /// Takes the row, waiting for whoever is committing, and answers what it says; nil: nothing was ever committed.
    ///
    /// - Parameters:
    ///   - interval: how long the row is waited for before somebody looks who holds it, and then again.
    ///   - another: opens a second session, to look at what this one waits for.
    mutating func acquire(
        _ connection: PostgresConnection, lookingEvery interval: Duration,
        another: () throws(PostgresConnectorError) -> PostgresConnection
    ) throws(PostgresConnectorError) -> BookkeepingEntry? {
        server = try ServerIdentity.read(connection)
        let row = try acquireRow(connection, interval, another: another)
        guard let epoch = Int64(try row.required(0, 0)) else {
            throw PostgresConnectorError(.internalError, "the bookkeeping row has no owner epoch")
        }
        var entry: BookkeepingEntry?
        if let lineage = row.text(0, 1), let last = row.text(0, 2).flatMap({ Int64($0) }) {
            entry = BookkeepingEntry(
                lineage: lineage, epoch: last, manifestDigest: row.text(0, 3) ?? "",
                offsets: try readOffsets(connection))
        }
        formerServer = ServerIdentity(
            systemIdentifier: row.text(0, 4), timeline: row.text(0, 5).flatMap { Int($0) })
        ownerEpoch = epoch
        last = entry
        return entry
    }

    /// What is wrong with the server, which is not a copy of the one that the row was written on; nil: nothing.
    var strangeness: String? {
        guard let last, let former = formerServer.systemIdentifier, let now = server.systemIdentifier, former != now
        else { return nil }
        return
            "the database lies on another server than the one that checkpoint \(last.epoch) was committed on (system "
            + "identifier \(now) instead of \(former)): a restored dump, an upgraded cluster or a wrong url; the table's "
            + "rows are those of checkpoint \(last.epoch) if nobody changed them since"
    }

    private func acquireRow(
        _ connection: PostgresConnection, _ interval: Duration,
        another: () throws(PostgresConnectorError) -> PostgresConnection
    ) throws(PostgresConnectorError) -> PostgresResult {
        let statement = """
            INSERT INTO \(Self.table) AS t (job, task, owner_epoch, owner) VALUES ($1, $2, 1, $3)
            ON CONFLICT (job, task) DO UPDATE
            SET owner_epoch = t.owner_epoch + 1, owner = EXCLUDED.owner, updated_at = now()
            RETURNING owner_epoch, lineage, last_checkpoint, manifest, system_identifier, timeline
            """
        var blockers = ""
        for _ in 0..<Self.acquireAttempts {
            do {
                return try connection.query(statement, [job, task, owner], every: interval) {
                    // Whoever holds the row was stopped between its last statement and its commit, or is about to commit.
                    if let found = try? endBlockers(of: connection.processID, another()) { blockers = found }
                }
            } catch {
                guard error.sqlState == SQLState("55P03") else { throw error }
            }
        }
        throw PostgresConnectorError(
            .statementFailed,
            "the job's row in \(Self.table) is held by \(blockers.isEmpty ? "another session" : blockers), which is none of "
                + "this job's: it must commit or end first",
            sqlState: SQLState("55P03"))
    }

    private static let acquireAttempts = 3

    /// Ends the sessions that a session of ours waits for, as far as they are of other instances of this job.
    ///
    /// - Returns: those that are not, for people.
    private func endBlockers(
        of processID: Int32, _ connection: PostgresConnection
    ) throws(PostgresConnectorError) -> String {
        let found = try connection.query(
            """
            SELECT a.pid, a.application_name,
                CASE WHEN starts_with(a.application_name, $2) AND a.datname = current_database()
                    THEN pg_terminate_backend(a.pid) END
            FROM unnest(pg_blocking_pids($1::integer)) AS b(pid) JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
            """, [String(processID), prefix])
        var others: [String] = []
        for row in 0..<found.rowCount where found.text(row, 2) == nil {
            others.append("process \(found.text(row, 0) ?? "?") ('\(found.text(row, 1) ?? "")')")
        }
        return others.joined(separator: ", ")
    }

    /// Ends sessions in which earlier instances of this job are at work or left a transaction open: they can no longer
    /// commit, and what they have locked would hold this one up.
    func endLeftovers(_ connection: PostgresConnection) throws(PostgresConnectorError) {
        try connection.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
            WHERE starts_with(application_name, $1) AND application_name <> $2
              AND pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user
              AND state <> 'idle'
            """, [prefix, owner])
    }

    /// Says in the open transaction that the entry is committed with it.
    ///
    /// - Throws: `.fenced` when another instance owns the row, `.lineageMismatch` when the entry does not follow the last.
    func write(_ entry: BookkeepingEntry, _ connection: PostgresConnection) throws(PostgresConnectorError) {
        guard let ownerEpoch else {
            throw PostgresConnectorError(.internalError, "a commit before the fence")
        }
        if let last, last.lineage == entry.lineage, entry.epoch != last.epoch + 1 {
            throw PostgresConnectorError(
                .lineageMismatch, "checkpoint \(entry.epoch) does not follow checkpoint \(last.epoch)")
        }
        let result = try connection.query(
            """
            UPDATE \(Self.table) SET lineage = $4, last_checkpoint = $5::bigint, manifest = $6, offsets = $7::jsonb,
                updated_at = clock_timestamp(), system_identifier = $10, timeline = $11::integer
            WHERE job = $1 AND task = $2 AND owner_epoch = $3::bigint AND lineage IS NOT DISTINCT FROM $8
              AND last_checkpoint IS NOT DISTINCT FROM $9::bigint AND manifest IS NOT DISTINCT FROM $12
            """,
            [
                job, task, String(ownerEpoch), entry.lineage, String(entry.epoch), entry.manifestDigest,
                entry.offsetsJSON, last?.lineage, last.map { String($0.epoch) }, server.systemIdentifier,
                server.timeline.map { String($0) }, last?.manifestDigest,
            ])
        if result.affectedRowCount == 1 { return }
        try check(connection)
        // The row was another one when the statement met it.
        throw Self.fenced
    }

    /// Looks whether this owner still is one, and the row what it was.
    ///
    /// - Throws: `.fenced`; `.transactionConflict` where the database has gone back behind what this owner knows.
    func check(_ connection: PostgresConnection) throws(PostgresConnectorError) {
        let row = try connection.query(
            "SELECT owner_epoch, lineage, last_checkpoint, manifest FROM \(Self.table) WHERE job = $1 AND task = $2",
            [job, task])
        var committed: CommittedEpoch?
        if row.rowCount == 1, let lineage = row.text(0, 1), let epoch = row.text(0, 2).flatMap({ Int64($0) }) {
            committed = CommittedEpoch(
                lineage: lineage, epoch: epoch, manifestDigestPrefix: row.text(0, 3) ?? "", offsets: [:])
        }
        let owner = row.rowCount == 1 ? row.text(0, 0).flatMap { Int64($0) } : nil
        switch claim.verdict(ownerEpoch: owner, committed: committed) {
        case .holds: return
        case .fenced: throw Self.fenced
        case .wentBack:
            throw PostgresConnectorError(
                .transactionConflict,
                "the database does not hold what this job committed to it last: it was restored, or a standby that was behind "
                    + "has taken over; it is given what it lacks")
        }
    }

    private var claim: CommitClaim {
        CommitClaim(
            ownerEpoch: ownerEpoch ?? 0,
            last: last.map {
                CommittedEpoch(
                    lineage: $0.lineage, epoch: $0.epoch, manifestDigestPrefix: $0.manifestDigest, offsets: [:])
            })
    }

    /// Notes that what `write` said has been committed.
    mutating func advance(to entry: BookkeepingEntry) {
        last = entry
    }

    private var prefix: String { SessionSettings.prefix(job: job) }

    private static var fenced: PostgresConnectorError {
        PostgresConnectorError(
            .fenced, "another instance of this job has taken over its bookkeeping row; this one stops")
    }

    private func readOffsets(_ connection: PostgresConnection) throws(PostgresConnectorError) -> [BookkeepingEntry
        .Offset]
    {
        let rows = try connection.query(
            """
            SELECT o->>'topic', o->>'partition', o->>'offset'
            FROM \(Self.table) t CROSS JOIN LATERAL jsonb_array_elements(t.offsets) o
            WHERE t.job = $1 AND t.task = $2
            """, [job, task])
        var offsets: [BookkeepingEntry.Offset] = []
        for row in 0..<rows.rowCount {
            guard let partition = Int32(try rows.required(row, 1)), let next = Int64(try rows.required(row, 2)) else {
                throw PostgresConnectorError(.lineageMismatch, "the offsets of the bookkeeping row are not whole")
            }
            offsets.append(.init(topic: try rows.required(row, 0), partition: partition, next: next))
        }
        return offsets
    }
}
