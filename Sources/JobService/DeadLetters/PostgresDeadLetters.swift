internal import Columnar
internal import PostgresConnector

/// Dead letters in a table of PostgreSQL. Used by one thread.
///
/// Records that were put back are marked. A replay first writes its number beside them, then puts them back, then writes when; where the
/// process dies in between, the number tells the next one what to ask Kafka about.
final class PostgresDeadLetters {
    private let connection: PostgresConnection
    private let table: QualifiedTableName

    init(url: String, table: String) throws {
        self.table = try QualifiedTableName(parsing: table)
        connection = try PostgresConnection(
            ConnectionParameters(url: url, username: nil, password: nil),
            session: SessionSettings(applicationName: "millrace deadletters"))
    }

    /// Those that match, by topic, partition and offset; those of unknown records last.
    func entries(_ filter: DeadLetterFilter) throws -> [DeadLetterEntry] {
        var conditions = ["true"]
        var parameters: [String?] = []
        func add(_ condition: (String) -> String, _ value: String) {
            parameters.append(value)
            conditions.append(condition("$\(parameters.count)"))
        }
        if let reason = filter.reason {
            add({ "(t->>'reason' = \($0) OR starts_with(t->>'reason', \($0) || '.'))" }, reason)
        }
        if let name = filter.operatorName { add({ "t->>'operator' = \($0)" }, name) }
        if let topic = filter.topic { add({ "t->>'topic' = \($0)" }, topic) }
        if let job = filter.job { add({ "t->>'job' = \($0)" }, job) }
        if let since = filter.since {
            add({ "(t->>'failed_at')::timestamptz >= to_timestamp(\($0)::bigint / 1000.0)" }, String(since))
        }
        // Columns that a table does not have are null.
        let result = try connection.query(
            """
            SELECT t->>'job', t->>'operator', t->>'reason', t->>'message', t->>'topic', t->>'partition', t->>'offset',
                floor(extract(epoch FROM (t->>'timestamp')::timestamptz) * 1000)::bigint, t->>'raw_key', t->>'raw_value',
                t->>'headers', floor(extract(epoch FROM (t->>'failed_at')::timestamptz) * 1000)::bigint, t->>'replayed_at'
            FROM (SELECT to_jsonb(letters) AS t FROM \(table.quoted) AS letters) AS all_letters
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY t->>'topic', (t->>'partition')::int, (t->>'offset')::bigint, t->>'failed_at'
            """, parameters)
        var entries: [DeadLetterEntry] = []
        for row in 0..<result.rowCount {
            var entry = DeadLetterEntry()
            entry.job = result.text(row, 0) ?? ""
            entry.operatorName = result.text(row, 1) ?? ""
            entry.reason = result.text(row, 2) ?? ""
            entry.message = result.text(row, 3) ?? ""
            entry.topic = result.text(row, 4)
            entry.partition = result.text(row, 5).flatMap { Int32($0) }
            entry.offset = result.text(row, 6).flatMap { Int64($0) }
            entry.timestamp = result.text(row, 7).flatMap { Int64($0) }
            entry.rawKey = result.text(row, 8).map(Self.bytes)
            entry.rawValue = result.text(row, 9).map(Self.bytes)
            entry.headers = result.text(row, 10)
            entry.failedAt = result.text(row, 11).flatMap { Int64($0) }
            entry.replayedAt = result.text(row, 12)
            entry.readGap()
            if filter.matches(entry) { entries.append(entry) }
        }
        return entries
    }

    /// `\x6162` as bytes; a text column's text as it is.
    private static func bytes(_ text: String) -> [UInt8] {
        guard text.hasPrefix("\\x"), text.utf8.count % 2 == 0 else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text.dropFirst(2) {
            guard let digit = character.hexDigitValue else { return Array(text.utf8) }
            if let first = high {
                bytes.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        return bytes
    }

    // MARK: Marks of replays

    /// Makes room for the marks.
    func prepareMarks() throws {
        try connection.execute(
            "ALTER TABLE \(table.quoted) ADD COLUMN IF NOT EXISTS replay bigint, ADD COLUMN IF NOT EXISTS replayed_at timestamptz"
        )
    }

    /// The replays that were begun and not ended, each with the first of its topics by name.
    func openReplays() throws -> [(number: Int64, topic: String)] {
        let result = try connection.query(
            """
            SELECT replay, min(topic COLLATE "C") FROM \(table.quoted)
            WHERE replay IS NOT NULL AND replayed_at IS NULL GROUP BY replay ORDER BY 1
            """, [])
        var found: [(number: Int64, topic: String)] = []
        for row in 0..<result.rowCount {
            found.append((Int64(try result.required(row, 0)) ?? 0, try result.required(row, 1)))
        }
        return found
    }

    /// Notes what became of a replay.
    func end(_ replay: Int64, wasCommitted: Bool) throws {
        try connection.query(
            wasCommitted
                ? "UPDATE \(table.quoted) SET replayed_at = clock_timestamp() WHERE replay = $1::bigint AND replayed_at IS NULL"
                : "UPDATE \(table.quoted) SET replay = NULL WHERE replay = $1::bigint AND replayed_at IS NULL",
            [String(replay)])
    }

    /// Notes that these records are about to be put back.
    ///
    /// - Returns: the replay's number, greater than all before.
    func begin(_ entries: [DeadLetterEntry]) throws -> Int64 {
        try connection.execute("BEGIN; LOCK TABLE \(table.quoted) IN SHARE ROW EXCLUSIVE MODE")
        do {
            let number = try connection.query(
                "SELECT COALESCE(max(replay), 0) + 1 FROM \(table.quoted)", [])
            let replay = Int64(try number.required(0, 0)) ?? 1
            try connection.pipeline(
                entries.map { entry in
                    PipelinedStatement(
                        """
                        UPDATE \(table.quoted) SET replay = $1::bigint, replayed_at = NULL
                        WHERE topic = $2 AND "partition" = $3::int AND "offset" = $4::bigint
                        """,
                        [
                            String(replay), entry.topic, entry.partition.map { String($0) },
                            entry.offset.map { String($0) },
                        ])
                })
            try connection.execute("COMMIT")
            return replay
        } catch {
            _ = try? connection.execute("ROLLBACK")
            throw error
        }
    }
}
