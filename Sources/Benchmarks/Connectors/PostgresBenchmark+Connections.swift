internal import KernelBenchmarks
internal import PostgresConnector

extension PostgresBenchmark {
    /// What several sessions bring: the rows of `millrace_bench` divided among them by key, from files, by COPY into a table
    /// without an index and by the hand-made merge, each session committing by itself.
    func connectionsBesideEachOther(
        _ counts: [Int], _ address: String, _ session: PostgresConnection, _ report: inout MeasurementReport
    ) throws {
        let wanted = counts.filter {
            options.includes(Self.name("copy", $0)) || options.includes(Self.name("merge", $0))
        }
        guard !wanted.isEmpty else { return }
        try session.execute(
            """
            DROP TABLE IF EXISTS millrace_bench_copied; CREATE TABLE millrace_bench_copied (LIKE millrace_bench)
            """)
        let directory = try session.execute("SHOW data_directory").required(0, 0)
        let keyed = "millrace_bench_keyed"
        var figures = PostgresFigures(options, session)
        let ways = try wanted.map { count in
            let files = try (0..<count).map { part in
                let file = SQLIdentifier.quoteLiteral("\(directory)/millrace_bench.\(count).\(part)")
                let own = "SELECT * FROM millrace_bench WHERE (hashint8(user_id) & 65535) % \(count) = \(part)"
                try session.execute("COPY (\(own)) TO \(file) (FORMAT binary)")
                return file
            }
            let merge = try HandMadeMerge(
                from: "millrace_bench", into: keyed, rows: rows / 5, epochRows: epochRows, parts: count, session)
            return (count: count, files: files, merge: merge)
        }
        for round in 0..<options.warmUp + options.repetitions {
            for (count, files, merge) in ways {
                try session.execute("TRUNCATE millrace_bench_copied")
                try measure(&figures, Self.name("copy", count), rows: rows, round: round) {
                    try ConnectionCrew(count, address: address, opening: "SELECT 1") { session, number in
                        try session.execute("COPY millrace_bench_copied FROM \(files[number]) (FORMAT binary)")
                    }
                }
                try session.execute("TRUNCATE \(keyed)")
                for keys in ["new keys", "same keys"] {
                    try measure(&figures, "\(Self.name("merge", count)), \(keys)", rows: rows / 5, round: round) {
                        try ConnectionCrew(count, address: address, opening: merge.createStage) { session, number in
                            try merge.run(part: number, session)
                        }
                    }
                }
            }
        }
        figures.show(&report)
    }

    private static func name(_ way: String, _ count: Int) -> String { "\(way) by \(count) connections" }

    private func measure(
        _ figures: inout PostgresFigures, _ name: String, rows: Int, round: Int, crew: () throws -> ConnectionCrew
    ) throws {
        guard options.includes(name) else { return }
        let crew = try crew()
        defer { crew.close() }
        try figures.measure(name, rows: rows, round: round) { try crew.run() }
    }
}
