import Expressions
import TestKit
import Testing

@testable import SQL

/// Tables of films that are played and rated, and queries over them that meet every rule of the planner.
enum FilmQueries {
    static let tables = """
        CREATE TABLE plays (
          user_id BIGINT, movie_id BIGINT, seconds BIGINT, device STRING, ts TIMESTAMP(3), late AS seconds - 50, now_ AS PROCTIME(),
          WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
        ) WITH ('connector' = 'kafka', 'topic' = 'plays');
        CREATE TABLE ratings (
          user_id BIGINT, movie_id BIGINT, rating BIGINT, ts TIMESTAMP(3), doubled AS rating * 2, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND,
          PRIMARY KEY (user_id, movie_id) NOT ENFORCED
        ) WITH ('connector' = 'kafka', 'topic' = 'ratings');
        CREATE TABLE movies (movie_id BIGINT, title STRING, length_ BIGINT, PRIMARY KEY (movie_id) NOT ENFORCED)
        WITH ('connector' = 'upsert-kafka', 'topic' = 'movies');
        CREATE TABLE users (id BIGINT, country STRING) WITH ('connector' = 'postgres', 'table-name' = 'users');
        CREATE TABLE levels (
          level INT, name STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND, PRIMARY KEY (level) NOT ENFORCED
        ) WITH ('connector' = 'kafka', 'topic' = 'levels');
        CREATE TABLE countries (code STRING, size_ BIGINT, PRIMARY KEY (code) NOT ENFORCED)
        WITH ('connector' = 'upsert-kafka', 'topic' = 'countries');
        CREATE TABLE titles (id BIGINT, length_ BIGINT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'print');
        CREATE TABLE numbers (a BIGINT, b BIGINT, c BIGINT) WITH ('connector' = 'print');
        CREATE VIEW by_user AS SELECT user_id, rating, ts FROM (
          SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts DESC) AS n FROM ratings WHERE rating <> 3
        ) WHERE n = 1;
        CREATE VIEW good_ratings AS SELECT user_id AS u, movie_id AS m, rating + 1 AS r, ts FROM ratings WHERE rating > 2;
        CREATE VIEW good_by_user AS SELECT * FROM by_user WHERE rating > 1 AND user_id < 4;
        CREATE VIEW long_movies AS SELECT * FROM movies WHERE length_ > 50;
        CREATE VIEW long_plays AS SELECT user_id, movie_id AS m, seconds + late AS x, ts FROM plays WHERE seconds > 30;
        """

    static let queries = [
        "SELECT user_id, movie_id, late FROM plays WHERE seconds > 20 AND late < 40 OR device IS NULL",
        "SELECT m, x, x FROM (SELECT x * 2 AS x, m FROM long_plays WHERE x > 0) WHERE x < 150 AND m = 1",
        """
        SELECT p.user_id, r.rating, r.doubled FROM plays AS p LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r
        ON p.user_id = r.user_id AND p.movie_id = r.movie_id WHERE p.seconds > 30
        """,
        """
        SELECT p.user_id, r.rating, r.movie_id FROM plays AS p LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r
        ON p.user_id = r.user_id AND p.movie_id = r.movie_id AND r.rating > 2 AND p.seconds < 60 WHERE r.rating IS NULL OR p.late > r.doubled
        """,
        """
        SELECT p.late, r.rating, p.user_id FROM plays AS p JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r
        ON r.user_id = p.user_id AND r.movie_id = p.movie_id + 0 AND r.rating > 2 AND p.device = 'tv'
        """,
        """
        SELECT p.x, r.rating, p.user_id FROM long_plays AS p LEFT JOIN by_user FOR SYSTEM_TIME AS OF p.ts AS r
        ON r.user_id = p.user_id WHERE p.x > 10 AND COALESCE(r.rating, 5) > 2
        """,
        """
        SELECT p.user_id, m.length_, r.rating FROM plays AS p
        LEFT JOIN movies FOR SYSTEM_TIME AS OF p.now_ AS m ON m.movie_id = p.movie_id AND m.length_ > p.seconds
        LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON r.user_id = m.length_ - 100 AND r.movie_id = p.movie_id
        WHERE p.device <> 'tv'
        """,
        """
        SELECT p.user_id, u.id, CHAR_LENGTH(u.country) FROM plays AS p
        LEFT JOIN users FOR SYSTEM_TIME AS OF p.now_ AS u ON u.id = p.user_id AND u.country <> 'DE' WHERE p.seconds < 70
        """,
        """
        SELECT p.user_id, u.id, 1 FROM plays AS p JOIN users FOR SYSTEM_TIME AS OF p.now_ AS u
        ON u.country = 'DE' AND u.id = p.user_id + 1 WHERE u.id <> 3 AND p.seconds + 1 > 20
        """,
        """
        SELECT u.a, r.rating, u.b FROM (
          SELECT user_id AS a, movie_id AS b, ts FROM plays WHERE seconds > 10 UNION ALL SELECT user_id, m, ts FROM long_plays
          UNION ALL SELECT user_id, movie_id, ts FROM ratings
        ) AS u JOIN ratings FOR SYSTEM_TIME AS OF u.ts AS r ON u.a = r.user_id AND r.movie_id = u.b WHERE u.b > 1 AND r.rating < 5
        """,
        "SELECT 1, CASE WHEN device = 'tv' THEN seconds ELSE late END, 2 + 3 FROM plays WHERE TRUE AND 1 < 2",
        "SELECT user_id, movie_id, rating FROM ratings WHERE FALSE OR ts >= TIMESTAMP '1970-01-01 00:00:00.050'",
        """
        SELECT p.user_id, CHAR_LENGTH(l.name), l.level FROM plays AS p LEFT JOIN levels FOR SYSTEM_TIME AS OF p.ts AS l ON l.level = p.user_id
        """,
        """
        SELECT p.user_id, CHAR_LENGTH(l.name), r.rating FROM plays AS p
        JOIN by_user FOR SYSTEM_TIME AS OF p.ts AS r ON r.user_id = p.user_id
        LEFT JOIN levels FOR SYSTEM_TIME AS OF p.ts AS l ON l.level = p.user_id AND l.name <> 'high' WHERE r.rating > 1
        """,
        """
        SELECT u.id, c.size_, p.seconds FROM plays AS p
        JOIN users FOR SYSTEM_TIME AS OF p.now_ AS u ON u.id = p.user_id
        LEFT JOIN countries FOR SYSTEM_TIME AS OF p.now_ AS c ON c.code = CONCAT(u.country, '!') OR FALSE
        """,
        """
        SELECT p.user_id, r.rating, q.rating FROM plays AS p
        LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON r.user_id = p.user_id AND r.movie_id = p.movie_id
        LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS q ON q.user_id = p.user_id AND q.movie_id = r.rating
        """,
        """
        SELECT p.user_id, r.r, r.m FROM plays AS p LEFT JOIN good_ratings FOR SYSTEM_TIME AS OF p.ts AS r
        ON r.u = p.user_id AND r.m = p.movie_id
        """,
        """
        SELECT p.user_id, r.rating, m.length_ FROM plays AS p JOIN good_by_user FOR SYSTEM_TIME AS OF p.ts AS r ON r.user_id = p.user_id
        LEFT JOIN long_movies FOR SYSTEM_TIME AS OF p.now_ AS m ON m.movie_id = p.movie_id
        """,
        """
        SELECT a, b, c FROM (SELECT user_id AS a, 100 / (seconds - 50) AS b, seconds AS c FROM plays WHERE seconds > 50)
        WHERE b > 2 AND a < 4
        """,
        "WITH a AS (SELECT user_id, seconds FROM plays), b AS (SELECT * FROM a WHERE seconds > 5) SELECT b.*, 1 FROM b WHERE user_id > 1",
    ]

    /// Streams of updates, of `titles`.
    static let updates = [
        "SELECT movie_id, length_ FROM movies",
        "SELECT id, x * 2 FROM (SELECT movie_id AS id, length_ + 1 AS x FROM movies WHERE length_ > 40) WHERE x < 90 AND id < 3",
        "SELECT m, length_ FROM (SELECT 100 / (length_ - 50) AS y, movie_id AS m, length_ FROM movies WHERE length_ > 50) WHERE y > 2",
    ]

    /// All of it, one INSERT INTO a query.
    static var text: String {
        tables + queries.map { "INSERT INTO numbers \($0);\n" }.joined()
            + updates.map { "INSERT INTO titles \($0);\n" }.joined()
    }

    /// The query of an INSERT INTO, for messages.
    static func name(_ position: Int) -> String { "query \(position): \((queries + updates)[position])" }

    static func bind() throws -> BoundScript {
        let (source, _) = SourceText.substituting(text, fileName: "films.sql", environment: [:])
        let (script, errors) = Binder.bind(Parser.parse(source).statements, source, .fake) { _, _ in [:] }
        try #require(errors.isEmpty, "\(errors)")
        return script
    }

    /// Small values, so that keys meet, filters let about half through and times tie; a tenth of what may be null is.
    static func randomTables(seed: UInt64) -> [String: [PlanInterpreter.Row]] {
        var random = SeededRandom(seed: seed)
        func number(_ range: ClosedRange<Int64>) -> ScalarValue {
            Int.random(in: 0..<10, using: &random) == 0 ? .null : .bigint(Int64.random(in: range, using: &random))
        }
        func key(_ range: ClosedRange<Int64>) -> ScalarValue { .bigint(Int64.random(in: range, using: &random)) }
        func time() -> ScalarValue { .timestamp(Int64.random(in: 0...100, using: &random) * 1000) }
        func text(_ choices: [String], isNullable: Bool = true) -> ScalarValue {
            isNullable && Int.random(in: 0..<10, using: &random) == 0
                ? .null : .string(choices[Int.random(in: 0..<choices.count, using: &random)])
        }
        // One play of exactly 50 seconds, which a division behind a filter must not meet.
        return [
            "plays": [[.bigint(1), .bigint(1), .bigint(50), .null, .timestamp(0)]]
                + (0..<80).map { _ in
                    [number(1...4), number(1...3), number(0...100), text(["tv", "phone"]), time()]
                },
            "ratings": (0..<60).map { _ in [key(1...4), key(1...3), number(1...5), time()] },
            "movies": (0..<6).map { _ in [key(1...3), text(["a", "b"]), number(20...104)] }
                + [[.bigint(1), .null, .bigint(50)]],
            "levels": (0..<20).map { _ in
                [.int(Int32.random(in: 1...4, using: &random)), text(["low", "high", "middling"]), time()]
            },
            "countries": (0..<8).map { _ in [text(["DE!", "FR!", "USA!"], isNullable: false), number(1...9)] },
            "users": (0..<12).map { _ in [number(1...5), text(["DE", "FR", "USA"])] },
        ]
    }
}
