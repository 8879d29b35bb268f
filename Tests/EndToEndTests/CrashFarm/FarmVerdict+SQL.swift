/// The statements; every line that they answer is a problem.
extension FarmVerdict {
    static let tables =
        ["ratings", "plays", "movies", "answers", "transfers", "copies"].map {
            "CREATE TABLE read_\($0) (origin int, place bigint, epoch bigint, value jsonb);\n"
        }.joined() + """
            CREATE TABLE answers_shape (
                id bigint, origin int, place bigint, title text, rating float8, rated_at bigint);
            CREATE TABLE transfers_shape (id bigint, account bigint, amount bigint, epoch text);
            CREATE TABLE latest_shape (user_id bigint, origin int, place bigint, id bigint);

            """

    /// O3: ratings before plays, from what the topics hold.
    static let views = """
        CREATE TABLE ratings AS
        SELECT (value->>'user_id')::bigint AS user_id, (value->>'movie_id')::bigint AS movie_id,
               (value->>'rating')::float8 AS rating, (value->>'ts')::bigint AS ts, place FROM read_ratings;
        CREATE INDEX ON ratings (user_id, movie_id, ts DESC, place DESC);
        ANALYZE ratings;
        CREATE TABLE plays AS
        SELECT (value->>'id')::bigint AS id, origin, place, (value->>'user_id')::bigint AS user_id,
               (value->>'movie_id')::bigint AS movie_id, (value->>'ts')::bigint AS ts FROM read_plays;
        CREATE TABLE expected AS
        SELECT p.id, p.origin, p.place, m.value->>'title' AS title, r.rating, r.ts AS rated_at
        FROM plays p
        LEFT JOIN read_movies m ON (m.value->>'movie_id')::bigint = p.movie_id
        LEFT JOIN LATERAL (
            SELECT rating, ts FROM ratings r
            WHERE r.user_id = p.user_id AND r.movie_id = p.movie_id AND r.ts <= p.ts
            ORDER BY r.ts DESC, r.place DESC LIMIT 1
        ) r ON true;
        CREATE TABLE expected_transfers AS
        SELECT id, user_id AS account, id % 97 + 1 AS amount FROM plays
        UNION ALL SELECT id, -movie_id, -(id % 97 + 1) FROM plays;
        CREATE VIEW answers_topic (id, origin, place, title, rating, rated_at) AS
        SELECT (value->>'id')::bigint, (value->>'origin')::int, (value->>'place')::bigint, value->>'title',
               (value->>'rating')::float8, (value->>'rated_at')::bigint FROM read_answers;
        CREATE VIEW transfers_topic AS
        SELECT (value->>'id')::bigint AS id, (value->>'account')::bigint AS account,
               (value->>'amount')::bigint AS amount, epoch FROM read_transfers;

        """

    /// O1, O3 and O4: the rows are the recomputed ones; O2: so are the balances.
    static func checks(answers: String, transfers: String, _ name: String) -> String {
        difference("O1/O3 \(name): answer missing or wrong", "SELECT * FROM expected", "SELECT * FROM \(answers)")
            + difference(
                "O1/O3 \(name): answer doubled or made up", "SELECT * FROM \(answers)", "SELECT * FROM expected")
            + difference(
                "O2 \(name): transfer missing", "SELECT * FROM expected_transfers",
                "SELECT id, account, amount FROM \(transfers)")
            + difference(
                "O2 \(name): transfer doubled", "SELECT id, account, amount FROM \(transfers)",
                "SELECT * FROM expected_transfers")
            + difference(
                "O2 \(name): balance", "SELECT account, sum(amount) FROM \(transfers) GROUP BY 1",
                "SELECT account, sum(amount) FROM expected_transfers GROUP BY 1")
    }

    /// Up to five of the rows that are in `left` more often than in `right`.
    private static func difference(_ problem: String, _ left: String, _ right: String) -> String {
        """
        SELECT '\(problem): ' || count(*) OVER () || ' ' || d::text
        FROM ((\(left)) EXCEPT ALL (\(right))) d LIMIT 5;

        """
    }

    /// The last play of each user, by the order of its partition.
    static func latestCheck(_ number: Int) -> String {
        let expected = "SELECT DISTINCT ON (user_id) user_id, origin, place, id FROM plays ORDER BY user_id, place DESC"
        return difference(
            "O1 database \(number): last play missing or wrong", expected, "SELECT * FROM latest_\(number)")
            + difference("O1 database \(number): made up last play", "SELECT * FROM latest_\(number)", expected)
    }

    /// O4: what became visible at once in the topic became visible at once in the database.
    static func epochCheck(_ number: Int) -> String {
        """
        SELECT 'O4 database \(number): epochs differ: ' || a || ' of the topic, ' || b || ' of the table, ' || c || ' in common'
        FROM (
            SELECT count(DISTINCT t.epoch) AS a, count(DISTINCT d.epoch) AS b, count(DISTINCT (t.epoch, d.epoch)) AS c
            FROM transfers_topic t JOIN transfers_\(number) d USING (id, account)
        ) e WHERE a <> b OR a <> c;

        """
    }

    /// O1: every play once, the plays of a user in their order.
    static let copiesCheck =
        difference("O1 copies: missing", "SELECT origin, place, id FROM plays", copies)
        + difference("O1 copies: doubled", copies, "SELECT origin, place, id FROM plays") + """
            SELECT 'O1 copies: out of order: ' || c::text FROM (
                SELECT origin, place, value->>'user_id' AS user_id, (value->>'place')::bigint AS came,
                       lag((value->>'place')::bigint) OVER w AS before,
                       lag(origin) OVER (PARTITION BY value->>'user_id' ORDER BY origin, place) AS beside
                FROM read_copies WINDOW w AS (PARTITION BY value->>'user_id', origin ORDER BY place)
            ) c WHERE came <= before OR beside <> origin LIMIT 5;

            """

    private static let copies =
        "SELECT (value->>'origin')::int, (value->>'place')::bigint, (value->>'id')::bigint FROM read_copies"
}
