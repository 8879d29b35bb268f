/// The SQL of the demonstration.
enum DemoSQL {
    /// The job; equal to docker/ratings-before-plays.sql, which a test asserts.
    static let pipeline = """
        -- For every play of a film: the rating that the same user gave the same film last before that play, never after.

        CREATE TABLE ratings (
          user_id BIGINT, movie_id BIGINT, rating DOUBLE, ts TIMESTAMP_LTZ(3),
          WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
          PRIMARY KEY (user_id, movie_id) NOT ENFORCED
        ) WITH ('connector' = 'kafka', 'topic' = 'ratings', 'format' = 'json');

        CREATE TABLE plays (
          user_id BIGINT, movie_id BIGINT, device STRING, ts TIMESTAMP_LTZ(3), now_ AS PROCTIME(),
          WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
        ) WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json');

        -- A compacted topic: the title of a film is the last one written under its key.
        CREATE TABLE movies (
          movie_id BIGINT, title STRING, PRIMARY KEY (movie_id) NOT ENFORCED
        ) WITH ('connector' = 'upsert-kafka', 'topic' = 'movies', 'key.format' = 'json', 'value.format' = 'json');

        -- Its url comes from MILLRACE_POSTGRES_URL.
        CREATE TABLE enriched_plays (
          user_id BIGINT, movie_id BIGINT, title STRING, device STRING, played_at TIMESTAMP_LTZ(3), rating DOUBLE,
          rated_at TIMESTAMP_LTZ(3)
        ) WITH ('connector' = 'postgres', 'table-name' = 'enriched_plays');

        INSERT INTO enriched_plays
        SELECT p.user_id, p.movie_id, m.title, p.device, p.ts, r.rating, r.ts
        FROM plays AS p
        LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON p.user_id = r.user_id AND p.movie_id = r.movie_id
        LEFT JOIN movies FOR SYSTEM_TIME AS OF p.now_ AS m ON p.movie_id = m.movie_id;

        """

    /// Where the raw events go beside Kafka, for the recomputation.
    static let rawTables = """
        CREATE TABLE raw_ratings (seq bigint, user_id bigint, movie_id bigint, rating float8, ts bigint);
        CREATE TABLE raw_plays (seq bigint, user_id bigint, movie_id bigint, device text, ts bigint);
        CREATE TABLE raw_movies (movie_id bigint PRIMARY KEY, title text);
        """

    /// The right answer by PostgreSQL's own means, compared as multisets; one line `rows|right|missing|doubled|wrong`.
    static let comparison = """
        CREATE INDEX ON raw_ratings (user_id, movie_id, ts DESC, seq DESC);
        ANALYZE raw_ratings;
        CREATE TEMP TABLE expected AS
        SELECT p.user_id, p.movie_id, m.title, p.device, to_timestamp(p.ts / 1000.0) AS played_at, r.rating,
               to_timestamp(r.ts / 1000.0) AS rated_at
        FROM raw_plays p
        LEFT JOIN raw_movies m USING (movie_id)
        LEFT JOIN LATERAL (
            SELECT rating, ts FROM raw_ratings r
            WHERE r.user_id = p.user_id AND r.movie_id = p.movie_id AND r.ts <= p.ts
            ORDER BY r.ts DESC, r.seq DESC LIMIT 1
        ) r ON true;
        WITH e AS (
            SELECT user_id, movie_id, title, device, played_at, rating, rated_at, count(*) AS n
            FROM expected GROUP BY 1, 2, 3, 4, 5, 6, 7
        ), a AS (
            SELECT user_id, movie_id, title, device, played_at, rating, rated_at, count(*) AS n
            FROM enriched_plays GROUP BY 1, 2, 3, 4, 5, 6, 7
        ), pairs AS (
            SELECT coalesce(e.n, 0) AS expected, coalesce(a.n, 0) AS actual
            FROM e FULL JOIN a ON e.user_id = a.user_id AND e.movie_id = a.movie_id AND e.played_at = a.played_at
                AND (e.title, e.device, e.rating, e.rated_at)
                    IS NOT DISTINCT FROM (a.title, a.device, a.rating, a.rated_at)
        )
        SELECT sum(actual), sum(least(expected, actual)), sum(greatest(expected - actual, 0)),
               sum(CASE WHEN expected > 0 THEN greatest(actual - expected, 0) ELSE 0 END),
               sum(CASE WHEN expected = 0 THEN actual ELSE 0 END)
        FROM pairs;
        """
}
