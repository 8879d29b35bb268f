import DevPostgres
import Foundation
import JobService

/// What the sinks of a farm's job hold in the end, compared with a recomputation in PostgreSQL's own SQL.
///
/// Every topic and table is copied into one database, apart from the job's; there both directions of every comparison are multisets.
struct FarmVerdict {
    private let job: FarmJob
    private let database: String
    private var topics: [String: [TopicFollower.Record]] = [:]

    init(_ job: FarmJob) throws {
        self.job = job
        database = try job.system.postgres.createDatabase()
        for name in ["ratings", "plays", "movies"]
            + (job.variant.writesKafka ? ["answers", "transfers", "copies"] : [])
        {
            topics[name] = try TopicFollower.all(job.system.topic(name), job.system.bootstrapServers)
        }
        try load()
    }

    /// What a topic holds, by its full name.
    func records(_ topic: String) throws -> [TopicFollower.Record] {
        topics.first { job.system.topic($0.key) == topic }?.value ?? []
    }

    func problems(eventCount: Int, _ feed: FarmFeed) throws -> [String] {
        var problems = inputProblems(eventCount: eventCount, feed)
        var checks = ""
        for number in job.databases.indices {
            checks += Self.checks(answers: "answers_\(number)", transfers: "transfers_\(number)", "database \(number)")
            checks += Self.latestCheck(number)
            if job.variant.writesKafka { checks += Self.epochCheck(number) }
        }
        if job.variant.writesKafka {
            checks += Self.checks(answers: "answers_topic", transfers: "transfers_topic", "topic")
            checks += Self.copiesCheck
            problems += transferProblems()
        }
        return problems + (try query(checks)).split(separator: "\n").map(String.init)
    }

    /// The topics must hold what was produced, or nothing else can be right.
    private func inputProblems(eventCount: Int, _ feed: FarmFeed) -> [String] {
        let found = (topics["ratings"]?.count ?? 0) + (topics["plays"]?.count ?? 0)
        return found == eventCount ? [] : ["input: \(found) records of \(eventCount) events"]
    }

    /// O2 on Kafka: between two transactions, which show by the offset that their end takes, nothing is missing on either side.
    private func transferProblems() -> [String] {
        var balance = 0
        var last = -1
        for record in topics["transfers"] ?? [] {
            if record.offset != last + 1 && balance != 0 {
                return ["O2 topic: the transaction before offset \(record.offset) holds half a transfer: \(balance)"]
            }
            balance += Self.amount(record.value)
            last = record.offset
        }
        return balance == 0 ? [] : ["O2 topic: the last transaction holds half a transfer: \(balance)"]
    }

    private static func amount(_ value: Substring) -> Int {
        guard let field = value.range(of: "\"amount\":") else { return 0 }
        return Int(value[field.upperBound...].prefix { $0 == "-" || $0.isNumber }) ?? 0
    }

    private func query(_ sql: String) throws -> String {
        try job.system.postgres.query(sql, database: database)
    }

    // MARK: Copies

    private func load() throws {
        var script = Self.tables
        for (name, records) in topics {
            script += "COPY read_\(name) FROM stdin;\n"
            var epoch = 0
            var last = -1
            for record in records {
                // A transaction's end takes an offset: what lies between two gaps became visible at once.
                if record.offset != last + 1 { epoch += 1 }
                last = record.offset
                script += "\(record.partition)\t\(record.offset)\t\(epoch)\t\(record.value)\n"
            }
            script += "\\.\n"
        }
        for (number, source) in job.databases.enumerated() {
            for (table, columns) in Self.sinkTables {
                let rows = try job.system.postgres.query(
                    "COPY (SELECT \(columns) FROM \(table)) TO STDOUT", database: source)
                script += "CREATE TABLE \(table)_\(number) (LIKE \(table)_shape);\n"
                script += "COPY \(table)_\(number) FROM stdin;\n\(rows)\(rows.isEmpty ? "" : "\n")\\.\n"
            }
        }
        _ = try query(script + Self.views)
    }

    /// The columns are the job's; an epoch is known by the time of its commit, which a transaction shares with its savepoints.
    private static let sinkTables = [
        ("answers", "id, origin, place, title, rating, (extract(epoch FROM rated_at) * 1000)::bigint"),
        ("transfers", "id, account, amount, pg_xact_commit_timestamp(xmin)"),
        ("latest", "user_id, origin, place, id"),
    ]
}
