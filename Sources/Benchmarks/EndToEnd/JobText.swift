/// The SQL of a case of the matrix.
struct JobText {
    /// Whose SQL it is.
    enum Dialect {
        /// As the README writes it.
        case native
        /// What Flink takes unchanged too: times are numbers that a computed column makes timestamps of, and versions come
        /// of ROW_NUMBER.
        case portable
    }

    /// Where the job reads from and writes to.
    struct Places {
        var ratings: String
        var plays: String
        var films: String
        /// A topic's or a table's name.
        var output: String
        /// Written into the tables, for systems that know no variables; nil: from the environment.
        var bootstrapServers: String?
    }

    var job: JobCase.Job
    var target: JobCase.Target
    var guarantee: JobCase.Guarantee
    var places: Places
    var dialect = Dialect.native
    /// Whether the job ends when it has read what is there.
    var isBounded = true

    /// Columns of the output, with their SQL types.
    var columns: [(name: String, type: String)] {
        let plays = [
            ("id", "BIGINT"), ("user_id", "BIGINT"), ("movie_id", "BIGINT"), ("device", "STRING"), ("ts", timeType),
        ]
        switch job {
        case .passThrough, .filter: return plays
        case .enrichment: return plays + [("title", "STRING"), ("released", "INT")]
        case .asOfJoin: return plays + [("rating", "DOUBLE"), ("rated_at", timeType)]
        }
    }

    var sql: String {
        var statements = [tableOfPlays]
        if job == .enrichment { statements.append(tableOfFilms) }
        if job == .asOfJoin { statements += tableOfRatings }
        let columns = columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
        statements.append("CREATE TABLE result_ (\(columns))\nWITH (\(sinkOptions))")
        statements.append("INSERT INTO result_\n\(query)")
        return statements.map { $0 + ";\n" }.joined(separator: "\n")
    }

    private var timeType: String { dialect == .native ? "TIMESTAMP_LTZ(3)" : "BIGINT" }

    /// Name of the column with the event time.
    private var time: String { dialect == .native ? "ts" : "at_" }

    private var times: String {
        let column = dialect == .native ? "ts TIMESTAMP_LTZ(3)" : "ts BIGINT, at_ AS TO_TIMESTAMP_LTZ(ts, 3)"
        return "\(column), WATERMARK FOR \(time) AS \(time) - INTERVAL '5' SECOND"
    }

    private var tableOfPlays: String {
        let now = job == .enrichment ? ", now_ AS PROCTIME()" : ""
        return """
            CREATE TABLE plays (id BIGINT, user_id BIGINT, movie_id BIGINT, device STRING, \(times)\(now))
            WITH (\(scan("kafka", places.plays)))
            """
    }

    private var tableOfFilms: String {
        """
        CREATE TABLE movies (movie_id BIGINT, title STRING, released INT, PRIMARY KEY (movie_id) NOT ENFORCED)
        WITH (\(scan("upsert-kafka", places.films)))
        """
    }

    private var tableOfRatings: [String] {
        let key = dialect == .native ? ", PRIMARY KEY (user_id, movie_id) NOT ENFORCED" : ""
        let table = """
            CREATE TABLE ratings (user_id BIGINT, movie_id BIGINT, rating DOUBLE, \(times)\(key))
            WITH (\(scan("kafka", places.ratings)))
            """
        guard dialect == .portable else { return [table] }
        return [
            table,
            """
            CREATE TEMPORARY VIEW rating_versions AS
            SELECT user_id, movie_id, rating, ts, at_ FROM (
              SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id, movie_id ORDER BY at_ DESC) AS n FROM ratings)
            WHERE n = 1
            """,
        ]
    }

    private func scan(_ connector: String, _ topic: String) -> String {
        var options = [("connector", connector), ("topic", topic)]
        if connector == "kafka" {
            options += [("format", "json"), ("scan.startup.mode", "earliest-offset")]
        } else {
            options += [("key.format", "json"), ("value.format", "json")]
        }
        if isBounded { options.append(("scan.bounded.mode", "latest-offset")) }
        if let servers = places.bootstrapServers { options.append(("properties.bootstrap.servers", servers)) }
        return options.map { "'\($0.0)' = '\($0.1)'" }.joined(separator: ", ")
    }

    private var sinkOptions: String {
        switch target {
        case .kafka:
            let servers = places.bootstrapServers.map { ", 'properties.bootstrap.servers' = '\($0)'" } ?? ""
            // Flink names its transactions so, and has them end after an hour, which brokers refuse.
            let transactions =
                dialect == .portable && guarantee == .exactlyOnce
                ? ", 'sink.transactional-id-prefix' = '\(places.output)', 'properties.transaction.timeout.ms' = '600000'"
                : ""
            return "'connector' = 'kafka', 'topic' = '\(places.output)', 'format' = 'json', "
                + "'sink.delivery-guarantee' = '\(guarantee.rawValue)'\(servers)\(transactions)"
        case .postgres:
            return "'connector' = 'postgres', 'table-name' = '\(places.output)', 'sink.create-table' = 'true', "
                + "'sink.delivery-guarantee' = '\(guarantee.rawValue)'"
        case .blackhole: return "'connector' = 'blackhole'"
        }
    }

    private var query: String {
        let plays = "p.id, p.user_id, p.movie_id, p.device, p.ts"
        switch job {
        case .passThrough: return "SELECT \(plays) FROM plays AS p"
        case .filter: return "SELECT \(plays) FROM plays AS p WHERE p.device <> 'tv'"
        case .enrichment:
            return """
                SELECT \(plays), m.title, m.released FROM plays AS p
                LEFT JOIN movies FOR SYSTEM_TIME AS OF p.now_ AS m ON p.movie_id = m.movie_id
                """
        case .asOfJoin:
            let versions = dialect == .native ? "ratings" : "rating_versions"
            return """
                SELECT \(plays), r.rating, r.ts FROM plays AS p
                LEFT JOIN \(versions) FOR SYSTEM_TIME AS OF p.\(time) AS r
                ON p.user_id = r.user_id AND p.movie_id = r.movie_id
                """
        }
    }
}
