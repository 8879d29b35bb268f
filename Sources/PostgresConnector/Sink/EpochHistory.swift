/// The rows of `millrace.job_epochs`: one for every epoch that this database committed, written in the epoch's own transaction.
///
/// They prove what `millrace.job_tasks` only says of the last epoch: that no epoch is missing, how many rows each brought, and by
/// the transaction's number which rows of a table are whose. Owned by the thread of its connection.
struct EpochHistory {
    static let table = "millrace.job_epochs"
    /// Epochs that are kept of a job and task; older ones go with each new one.
    static let retainedCount: Int64 = 10_000

    let job: String
    let task: String
    /// The number of the newest epoch here, counted over all lineages.
    private(set) var number: Int64 = 0
    /// Rows executed so far, by table.
    private(set) var totals: [String: Int64] = [:]

    init(job: String, task: String) {
        self.job = job
        self.task = task
    }

    /// Creates the table where it is missing.
    func createTable(_ connection: PostgresConnection) throws(PostgresConnectorError) {
        let creation = TableCreation(
            name: try QualifiedTableName(parsing: Self.table),
            body: """
                job text NOT NULL, task text NOT NULL, number bigint NOT NULL, lineage text NOT NULL,
                epoch bigint NOT NULL, manifest text NOT NULL, transaction bigint NOT NULL, tables text[] NOT NULL,
                row_counts bigint[] NOT NULL, row_totals bigint[] NOT NULL, offsets jsonb NOT NULL,
                committed_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (job, task, number)
                """)
        try creation.run(connection)
    }

    /// Reads where the history stands, and drops what is older than it keeps. After the fence, so that nobody adds to it meanwhile.
    mutating func load(_ connection: PostgresConnection) throws(PostgresConnectorError) {
        try connection.query(
            """
            DELETE FROM \(Self.table) WHERE job = $1 AND task = $2 AND number <= $3::bigint +
                (SELECT max(number) FROM \(Self.table) WHERE job = $1 AND task = $2)
            """, [job, task, String(-Self.retainedCount)])
        let rows = try connection.query(
            """
            SELECT e.number, t.name, t.total
            FROM (SELECT * FROM \(Self.table) WHERE job = $1 AND task = $2 ORDER BY number DESC LIMIT 1) e
            LEFT JOIN LATERAL ROWS FROM (unnest(e.tables), unnest(e.row_totals)) AS t(name, total) ON true
            """, [job, task])
        number = 0
        totals = [:]
        for row in 0..<rows.rowCount {
            number = Int64(try rows.required(row, 0)) ?? 0
            guard let name = rows.text(row, 1), let total = rows.text(row, 2).flatMap({ Int64($0) }) else { continue }
            totals[name] = total
        }
    }

    /// Adds an epoch in the open transaction and drops the one that has become too old.
    ///
    /// - Parameter rows: what the transaction has executed, by table: rows written, changed and deleted.
    func write(
        _ entry: BookkeepingEntry, rows: [String: Int64], _ connection: PostgresConnection
    ) throws(PostgresConnectorError) {
        let next = following(rows)
        let names = next.totals.keys.sorted()
        // In a part of the transaction of its own, so that its number is the last of all: what lies between the transaction's number and
        // that of this row belongs to the epoch.
        try connection.pipeline([
            PipelinedStatement("SAVEPOINT millrace_epoch"),
            PipelinedStatement(
                """
                INSERT INTO \(Self.table)
                    (job, task, number, lineage, epoch, manifest, transaction, tables, row_counts, row_totals, offsets)
                VALUES ($1, $2, $3::bigint, $4, $5::bigint, $6, txid_current(), $7::text[], $8::bigint[], $9::bigint[],
                    $10::jsonb)
                """,
                [
                    job, task, String(next.number), entry.lineage, String(entry.epoch), entry.manifestDigest,
                    Self.array(names), Self.array(names.map { String(rows[$0] ?? 0) }),
                    Self.array(names.map { String(next.totals[$0] ?? 0) }), entry.offsetsJSON,
                ]),
            PipelinedStatement("RELEASE SAVEPOINT millrace_epoch"),
            PipelinedStatement(
                "DELETE FROM \(Self.table) WHERE job = $1 AND task = $2 AND number = $3::bigint",
                [job, task, String(next.number - Self.retainedCount)]),
        ])
    }

    /// Notes that what `write` said has been committed.
    mutating func advance(rows: [String: Int64]) {
        self = following(rows)
    }

    private func following(_ rows: [String: Int64]) -> EpochHistory {
        var next = self
        next.number += 1
        for (table, count) in rows { next.totals[table, default: 0] += count }
        return next
    }

    /// An array in the server's text form.
    private static func array(_ items: [String]) -> String {
        let quoted = items.map { item in
            "\"" + item.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
        }
        return "{\(quoted.joined(separator: ","))}"
    }
}
