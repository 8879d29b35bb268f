import Foundation
import Testing

/// Which systems decide and follow the epochs of a farm's job.
enum FarmVariant: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case kafka
    case postgres
    case kafkaAndPostgres = "kafka+postgres"
    case kafkaAndTwoDatabases = "kafka+2 databases"

    var testDescription: String { rawValue }
    var writesKafka: Bool { self != .postgres }
    var hasFollowers: Bool { writesKafka && databaseCount > 0 }

    /// How many databases the job writes to.
    var databaseCount: Int {
        switch self {
        case .kafka: 0
        case .postgres, .kafkaAndPostgres: 1
        case .kafkaAndTwoDatabases: 2
        }
    }

    /// The worker threads: both an odd job without exchanges and one with them.
    var parallelism: Int { self == .kafka ? 1 : 2 }

    /// The job: each play's answer; a transfer from the film's account to the user's, which is two rows that belong together; each
    /// user's last play, which replaces the one before; and a plain copy of the plays in their order.
    var sql: String {
        var tables = Self.sources
        var inserts = ""
        for number in 0..<databaseCount {
            tables += Self.databaseTables(number)
            inserts += """
                INSERT INTO answers_\(number) SELECT id, origin, place, title, rating, rated_at FROM answered;
                INSERT INTO transfers_\(number) SELECT id, account, amount FROM transferred;
                INSERT INTO latest_\(number) SELECT user_id, origin, place, id FROM plays;

                """
        }
        if writesKafka {
            tables += Self.topicTables
            inserts += """
                INSERT INTO answers_topic SELECT id, origin, place, title, rating, rated_at FROM answered;
                INSERT INTO transfers_topic SELECT id, account, amount FROM transferred;
                INSERT INTO copies_topic SELECT user_id, id, origin, place FROM plays;

                """
        }
        return tables + "EXECUTE STATEMENT SET BEGIN\n" + inserts + "END;\n"
    }

    /// Idle only after half a minute: what feeds a farm may be held up by its machine, and rows that come late by rule are no fault.
    static let idleTimeout: TimeInterval = 30

    private static let sources = """
        CREATE TABLE ratings (
          user_id BIGINT, movie_id BIGINT, rating DOUBLE, ts TIMESTAMP_LTZ(3),
          WATERMARK FOR ts AS ts - INTERVAL '2' SECOND, PRIMARY KEY (user_id, movie_id) NOT ENFORCED
        ) WITH ('connector' = 'kafka', 'topic' = '${RATINGS}', 'format' = 'json',
                'scan.startup.mode' = 'earliest-offset', 'scan.watermark.idle-timeout' = '\(Int(idleTimeout)) s');
        CREATE TABLE plays (
          id BIGINT, user_id BIGINT, movie_id BIGINT, ts TIMESTAMP_LTZ(3), now_ AS PROCTIME(),
          origin INT METADATA FROM 'partition' VIRTUAL, place BIGINT METADATA FROM 'offset' VIRTUAL,
          WATERMARK FOR ts AS ts - INTERVAL '2' SECOND
        ) WITH ('connector' = 'kafka', 'topic' = '${PLAYS}', 'format' = 'json',
                'scan.startup.mode' = 'earliest-offset', 'scan.watermark.idle-timeout' = '\(Int(idleTimeout)) s');
        CREATE TABLE movies (movie_id BIGINT, title STRING, PRIMARY KEY (movie_id) NOT ENFORCED)
        WITH ('connector' = 'upsert-kafka', 'topic' = '${MOVIES}', 'key.format' = 'json', 'value.format' = 'json');
        CREATE TEMPORARY VIEW answered AS
        SELECT p.id, p.origin, p.place, p.user_id, p.movie_id, m.title, r.rating, r.ts AS rated_at
        FROM plays AS p
        LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON p.user_id = r.user_id AND p.movie_id = r.movie_id
        LEFT JOIN movies FOR SYSTEM_TIME AS OF p.now_ AS m ON p.movie_id = m.movie_id;
        CREATE TEMPORARY VIEW transferred AS
        SELECT id, user_id AS account, id % 97 + 1 AS amount FROM answered
        UNION ALL
        SELECT id, -movie_id AS account, -(id % 97 + 1) AS amount FROM answered;

        """

    private static func databaseTables(_ number: Int) -> String {
        let options = "'connector' = 'postgres', 'url' = '${DATABASE_\(number)}', 'sink.create-table' = 'true'"
        return """
            CREATE TABLE answers_\(number) (
              id BIGINT, origin INT, place BIGINT, title STRING, rating DOUBLE, rated_at TIMESTAMP_LTZ(3)
            ) WITH (\(options), 'table-name' = 'answers');
            CREATE TABLE transfers_\(number) (id BIGINT, account BIGINT, amount BIGINT)
            WITH (\(options), 'table-name' = 'transfers');
            CREATE TABLE latest_\(number) (
              user_id BIGINT, origin INT, place BIGINT, id BIGINT, PRIMARY KEY (user_id) NOT ENFORCED
            ) WITH (\(options), 'table-name' = 'latest');

            """
    }

    private static let topicTables = """
        CREATE TABLE answers_topic (
          id BIGINT, origin INT, place BIGINT, title STRING, rating DOUBLE, rated_at TIMESTAMP_LTZ(3)
        ) WITH ('connector' = 'kafka', 'topic' = '${ANSWERS}', 'format' = 'json',
                'json.encode.timestamp' = 'epoch-millis');
        CREATE TABLE transfers_topic (id BIGINT, account BIGINT, amount BIGINT)
        WITH ('connector' = 'kafka', 'topic' = '${TRANSFERS}', 'format' = 'json');
        CREATE TABLE copies_topic (user_id BIGINT, id BIGINT, origin INT, place BIGINT)
        WITH ('connector' = 'kafka', 'topic' = '${COPIES}', 'format' = 'json', 'key.format' = 'json',
              'key.fields' = 'user_id');

        """
}
