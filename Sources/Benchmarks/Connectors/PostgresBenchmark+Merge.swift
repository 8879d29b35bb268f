internal import KernelBenchmarks
internal import PostgresConnector

extension PostgresBenchmark {
    /// The ceiling of upserts, made by hand and by the server alone: the same rows from files into a temporary table, then the
    /// last one of each key into the table, a transaction a checkpoint. Into an empty table, and then over it.
    ///
    /// - Parameter source: a table that holds the rows in the order in which the sink gets them.
    func mergeByHand(
        from source: String, into table: String, _ session: PostgresConnection, _ report: inout MeasurementReport
    ) throws {
        guard options.includes("hand-made merge") else { return }
        let directory = try session.execute("SHOW data_directory").required(0, 0)
        let count = rows / 5
        let files = try stride(from: 0, to: count, by: epochRows).map { start in
            let file = SQLIdentifier.quoteLiteral("\(directory)/\(table).\(start)")
            let part = "SELECT * FROM \(source) ORDER BY ctid OFFSET \(start) LIMIT \(min(epochRows, count - start))"
            try session.execute("COPY (\(part)) TO \(file) (FORMAT binary)")
            return file
        }
        let values = ["title", "device", "played_at", "rating", "rated_at"].map { "\($0) = excluded.\($0)" }
        let merge = """
            INSERT INTO \(table) SELECT DISTINCT ON (user_id, movie_id) * FROM stage
            ORDER BY user_id, movie_id, ctid DESC
            ON CONFLICT (user_id, movie_id) DO UPDATE SET \(values.joined(separator: ", "))
            """
        for name in ["hand-made merge, new keys", "hand-made merge, same keys"] {
            var rates: [Double] = []
            for _ in 0..<options.repetitions {
                if name.hasSuffix("new keys") { try session.execute("TRUNCATE \(table)") }
                let start = Measurement.nanoseconds(.wall)
                for file in files {
                    try session.execute(
                        "BEGIN; CREATE TEMP TABLE stage (LIKE \(table)) ON COMMIT DROP; COPY stage FROM \(file) (FORMAT binary)"
                    )
                    try session.execute("\(merge); COMMIT")
                }
                rates.append(Double(count) / Double(Measurement.nanoseconds(.wall) - start) * 1e9)
            }
            report.add(Measurement(name: name, unit: "rows/s wall", samples: rates))
        }
    }
}
