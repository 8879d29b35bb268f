CREATE TABLE plays (
  user_id BIGINT, device STRING, ts TIMESTAMP_LTZ(3), hour_ AS EXTRACT(HOUR FROM ts), PRIMARY KEY (user_id) NOT ENFORCED,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json');
CREATE TABLE more_plays (WATERMARK FOR ts AS ts) WITH ('topic' = 'more') LIKE plays (OVERWRITING WATERMARKS EXCLUDING CONSTRAINTS);

CREATE TABLE out2 WITH ('connector' = 'blackhole') LIKE plays (EXCLUDING ALL);
INSERT INTO out2
WITH tv AS (SELECT * FROM plays WHERE device = 'tv'), all_ (u, d, t) AS (
  SELECT user_id, device, ts FROM tv UNION ALL SELECT user_id, device, ts FROM more_plays
)
SELECT u, d, t FROM all_ WHERE u > 0;
