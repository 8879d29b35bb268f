-- For every play of a film: the rating that the same user gave the same film last before that play, never after.

CREATE TABLE ratings (
  user_id BIGINT, movie_id BIGINT, rating DOUBLE, ts TIMESTAMP_LTZ(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
  PRIMARY KEY (user_id, movie_id) NOT ENFORCED
) WITH ('connector' = 'kafka', 'topic' = 'ratings', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');

CREATE TABLE plays (
  user_id BIGINT, movie_id BIGINT, device STRING, ts TIMESTAMP_LTZ(3), now_ AS PROCTIME(),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');

-- A compacted topic: the title of a film is the last one written under its key.
CREATE TABLE movies (
  movie_id BIGINT, title STRING, PRIMARY KEY (movie_id) NOT ENFORCED
) WITH ('connector' = 'upsert-kafka', 'topic' = 'movies', 'key.format' = 'json', 'value.format' = 'json');

CREATE TABLE enriched_plays (
  user_id BIGINT, movie_id BIGINT, title STRING, device STRING, played_at TIMESTAMP_LTZ(3), rating DOUBLE,
  rated_at TIMESTAMP_LTZ(3)
) WITH ('connector' = 'postgres', 'table-name' = 'enriched_plays', 'sink.create-table' = 'true');

INSERT INTO enriched_plays
SELECT p.user_id, p.movie_id, m.title, p.device, p.ts, r.rating, r.ts
FROM plays AS p
LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON p.user_id = r.user_id AND p.movie_id = r.movie_id
LEFT JOIN movies FOR SYSTEM_TIME AS OF p.now_ AS m ON p.movie_id = m.movie_id;
