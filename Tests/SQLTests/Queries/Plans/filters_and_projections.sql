-- Filters go below projections and views, projections become one, only used columns are read.
CREATE TABLE plays (
  user_id BIGINT, movie_id BIGINT, device STRING, seconds INT, unused STRING, also_unused ARRAY<STRING>,
  ts TIMESTAMP_LTZ(3), hour_ AS EXTRACT(HOUR FROM ts),
  partition_ INT METADATA FROM 'partition' VIRTUAL,
  record_time TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL,
  WATERMARK FOR ts AS ts
) WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json', 'scan.parallelism' = '3');
CREATE TABLE long_plays (user_id BIGINT, minutes DOUBLE, device STRING, hour_ BIGINT, partition_ BIGINT)
WITH ('connector' = 'blackhole');
CREATE VIEW tv_plays AS SELECT user_id, seconds / 60.0 AS minutes, UPPER(device) AS device, hour_, partition_ FROM plays WHERE device = 'tv';
INSERT INTO long_plays
SELECT v.user_id, v.minutes, v.device, v.hour_, v.partition_ FROM (SELECT * FROM tv_plays WHERE minutes > 10) AS v WHERE v.hour_ BETWEEN 8 AND 10 + 12;
INSERT INTO long_plays (device, user_id, minutes) SELECT CAST(record_time AS STRING), user_id, seconds FROM plays AS p WHERE TRUE;
