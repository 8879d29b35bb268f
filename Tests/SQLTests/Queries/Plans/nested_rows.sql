-- Fields of ROW columns are read by path; no ROW exists at run time.
CREATE TABLE events (
  id BIGINT NOT NULL,
  payload ROW<user_ ROW<id BIGINT, name STRING>, `when` BIGINT, tags ARRAY<STRING>> NOT NULL,
  ts AS TO_TIMESTAMP_LTZ(payload.`when`, 3),
  WATERMARK FOR ts AS ts - INTERVAL '2' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'events', 'format' = 'json');
CREATE TABLE names (id BIGINT, user_id BIGINT, name STRING) WITH ('connector' = 'print');
INSERT INTO names SELECT id, payload.user_.id, e.payload.user_.name FROM events AS e WHERE e.payload.user_.id IS NOT NULL;
