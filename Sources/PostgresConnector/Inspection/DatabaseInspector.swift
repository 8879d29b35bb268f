package import Columnar
package import Dataflow

/// Looks at what a job has left in a database: all answers of one inspector are of one moment. Locks nothing, writes nothing, and owns
/// nobody's bookkeeping row. One thread; calls block.
package final class DatabaseInspector {
    private let connection: PostgresConnection

    /// - Parameter table: a `postgres` table; its `url` names the database.
    package convenience init(_ table: TableDefinition) throws {
        try self.init(PostgresTables.options(table).parameters)
    }

    /// - Parameter url: `postgres://user:password@host:port/database`.
    package convenience init(url: String) throws {
        let parameters: ConnectionParameters
        do {
            parameters = try ConnectionParameters(url: url, username: nil, password: nil)
        } catch {
            throw DataflowError(error)
        }
        try self.init(parameters)
    }

    private init(_ parameters: ConnectionParameters) throws {
        do {
            connection = try PostgresConnection(parameters, session: SessionSettings(applicationName: "millrace audit"))
            try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        } catch {
            throw DataflowError(error)
        }
    }

    /// The bookkeeping rows of a job; none where it never committed here.
    package func bookkeeping(job: String) throws -> [BookkeepingRecord] {
        try wrapped { () throws(PostgresConnectorError) in
            guard try exists(Bookkeeping.table) else { return [] }
            let rows = try connection.query(
                """
                SELECT task, lineage, last_checkpoint, manifest, coalesce(offsets, '[]'::jsonb)::text
                FROM \(Bookkeeping.table) WHERE job = $1 AND lineage IS NOT NULL ORDER BY task
                """, [job])
            var records: [BookkeepingRecord] = []
            for row in 0..<rows.rowCount {
                records.append(
                    BookkeepingRecord(
                        task: try rows.required(row, 0), lineage: try rows.required(row, 1),
                        epoch: Int64(try rows.required(row, 2)) ?? 0, manifestDigest: rows.text(row, 3) ?? "",
                        offsets: OffsetsText.read(try rows.required(row, 4))))
            }
            return records
        }
    }

    /// The epoch markers of a job's task, oldest first; nil where no release that writes them has run here.
    package func markers(job: String, task: String) throws -> [EpochMarker]? {
        try wrapped { () throws(PostgresConnectorError) in
            guard try exists(EpochHistory.table) else { return nil }
            // An aborted part of a transaction has a number too, so the last part is known by the marker's own row alone.
            let rows = try connection.query(
                """
                SELECT number, lineage, epoch, manifest, array_to_string(tables, E'\\n'),
                       array_to_string(row_counts, ','), array_to_string(row_totals, ','), offsets::text,
                       committed_at::text, age((transaction & 4294967295)::text::xid), age(xmin)
                FROM \(EpochHistory.table) WHERE job = $1 AND task = $2 ORDER BY number
                """, [job, task])
            var markers: [EpochMarker] = []
            for row in 0..<rows.rowCount { markers.append(try Self.marker(rows, row, task: task)) }
            return markers
        }
    }

    private static func marker(
        _ rows: borrowing PostgresResult, _ row: Int, task: String
    ) throws(PostgresConnectorError) -> EpochMarker {
        let tables = (rows.text(row, 4) ?? "").split(separator: "\n").map(String.init)
        func counts(_ column: Int) -> [String: Int64] {
            let numbers = (rows.text(row, column) ?? "").split(separator: ",").map { Int64($0) ?? 0 }
            return Dictionary(zip(tables, numbers), uniquingKeysWith: { first, _ in first })
        }
        return EpochMarker(
            task: task, number: Int64(try rows.required(row, 0)) ?? 0, lineage: try rows.required(row, 1),
            epoch: Int64(try rows.required(row, 2)) ?? 0, manifestDigest: try rows.required(row, 3), rows: counts(5),
            totals: counts(6), offsets: OffsetsText.read(try rows.required(row, 7)),
            committedAt: try rows.required(row, 8), ageOfFirst: Int64(try rows.required(row, 9)) ?? 0,
            ageOfLast: Int64(try rows.required(row, 10)) ?? 0)
    }

    /// The name by which markers speak of a table, and how many of its rows each transaction wrote last, oldest first.
    package func rowAges(_ table: TableDefinition) throws -> (name: String, ages: [RowAge])? {
        let options = try PostgresTables.options(table)
        return try wrapped { () throws(PostgresConnectorError) in
            guard let name = options.table, try exists(name.quoted) else { return nil }
            let rows = try connection.execute(
                "SELECT age(xmin), count(*) FROM \(name.quoted) GROUP BY 1 ORDER BY 1 DESC")
            var ages: [RowAge] = []
            for row in 0..<rows.rowCount {
                ages.append(
                    RowAge(
                        age: Int64(try rows.required(row, 0)) ?? 0, rows: Int64(try rows.required(row, 1)) ?? 0))
            }
            return (name.description, ages)
        }
    }

    /// Some rows of a table that transactions of these ages wrote, as JSON objects.
    package func rows(_ table: TableDefinition, agedBetween ages: ClosedRange<Int64>, limit: Int) throws -> [String] {
        let options = try PostgresTables.options(table)
        return try wrapped { () throws(PostgresConnectorError) in
            guard let name = options.table else { return [] }
            let rows = try connection.query(
                """
                SELECT to_jsonb(t)::text FROM \(name.quoted) t WHERE age(t.xmin) BETWEEN $1::int AND $2::int
                LIMIT \(limit)
                """, [String(ages.lowerBound), String(ages.upperBound)])
            var texts: [String] = []
            for row in 0..<rows.rowCount { texts.append(try rows.required(row, 0)) }
            return texts
        }
    }

    /// Reads every row of a sink's table as the sink would write it.
    ///
    /// - Parameter body: called with batches of the spec's schema and, by row, how many transactions ago it was written.
    package func read(_ spec: SinkSpec, _ body: (RecordBatch, [Int64]) throws -> Void) throws {
        let options = try PostgresTables.options(spec.table)
        try TableReader(connection: connection, spec: spec, options: options).read(body)
    }

    private func exists(_ name: String) throws(PostgresConnectorError) -> Bool {
        try connection.query("SELECT to_regclass($1) IS NOT NULL", [name]).text(0, 0) == "t"
    }

    private func wrapped<Result>(_ body: () throws(PostgresConnectorError) -> Result) throws(DataflowError) -> Result {
        do {
            return try body()
        } catch {
            throw DataflowError(error)
        }
    }
}
