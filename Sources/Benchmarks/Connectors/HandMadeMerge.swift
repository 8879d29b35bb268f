internal import PostgresConnector

/// The ceiling of upserts, made by hand and by the server alone: the same rows from files into a temporary table, then the last
/// one of each key into the table, a transaction a checkpoint.
struct HandMadeMerge: Sendable {
    /// Makes the temporary table, once a session.
    let createStage: String
    private let merge: String
    /// By part: a file a checkpoint.
    private let files: [[String]]

    /// Writes the files.
    ///
    /// - Parameters:
    ///   - source: a table that holds the rows in the order in which the sink gets them.
    ///   - parts: the rows are divided by their keys among so many sessions.
    init(
        from source: String, into table: String, rows: Int, epochRows: Int, parts: Int, _ session: PostgresConnection
    ) throws {
        let directory = try session.execute("SHOW data_directory").required(0, 0)
        files = try (0..<parts).map { part in
            try stride(from: 0, to: rows, by: epochRows).map { start in
                let file = SQLIdentifier.quoteLiteral("\(directory)/\(table).\(parts).\(part).\(start)")
                let epoch =
                    "SELECT * FROM \(source) ORDER BY ctid OFFSET \(start) LIMIT \(min(epochRows, rows - start))"
                let own = "SELECT * FROM (\(epoch)) epoch WHERE (hashint8(user_id) & 65535) % \(parts) = \(part)"
                try session.execute("COPY (\(own)) TO \(file) (FORMAT binary)")
                return file
            }
        }
        createStage = "CREATE TEMP TABLE stage ON COMMIT DELETE ROWS AS SELECT * FROM \(table) WITH NO DATA"
        let values = ["title", "device", "played_at", "rating", "rated_at"].map { "\($0) = excluded.\($0)" }
        merge = """
            INSERT INTO \(table) SELECT DISTINCT ON (user_id, movie_id) * FROM stage
            ORDER BY user_id, movie_id, ctid DESC
            ON CONFLICT (user_id, movie_id) DO UPDATE SET \(values.joined(separator: ", "))
            """
    }

    /// Merges the rows of a part.
    func run(part: Int, _ session: PostgresConnection) throws {
        for file in files[part] {
            try session.execute("BEGIN; COPY stage FROM \(file) (FORMAT binary)")
            try session.execute("\(merge); COMMIT")
        }
    }
}
