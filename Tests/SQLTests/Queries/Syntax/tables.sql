CREATE TEMPORARY TABLE IF NOT EXISTS a.b.`my table` (
  id INT NOT NULL PRIMARY KEY NOT ENFORCED COMMENT 'the id',
  `select` STRING,
  amount DECIMAL(10, 2) COMMENT 'it''s money',
  payload ROW<a INT, b ROW<`c` STRING NOT NULL, d ARRAY<INT>> NULL>,
  other ROW(x INT, y MAP<STRING, BIGINT>),
  at_ TIMESTAMP(3) WITH LOCAL TIME ZONE,
  plain TIMESTAMP(6) WITHOUT TIME ZONE,
  zoned TIMESTAMP WITH LOCAL TIME ZONE,
  dp DOUBLE PRECISION,
  partition_ INT METADATA FROM 'partition' VIRTUAL,
  `timestamp` TIMESTAMP_LTZ(3) METADATA,
  upper_name AS UPPER(`select`) COMMENT 'computed',
  proc AS PROCTIME(),
  WATERMARK FOR `timestamp` AS `timestamp` - INTERVAL '1:30' MINUTE TO SECOND
) COMMENT 'a table' WITH (
  'connector' = 'kafka',
  'topic' = '${TOPIC}',
  'properties.bootstrap.servers' = '${BROKER_URL}',
  'x' = '${QUOTED}',
  'y' = '${MISSING:-a default}',
  'z' = '$${NOT_A_VARIABLE}' -- ${IN_A_COMMENT}
);
CREATE TABLE t (constraint INT, CONSTRAINT pk PRIMARY KEY (constraint) NOT ENFORCED);
CREATE VIEW v AS SELECT * FROM t;
CREATE TEMPORARY VIEW IF NOT EXISTS v2 (a, b) COMMENT 'two' AS SELECT 1, 2;
DROP TABLE t;
DROP TEMPORARY VIEW IF EXISTS v2;
SET 'table.local-time-zone' = 'UTC';
/* a block
   comment ; with ' everything */
CREATE TABLE l LIKE t;
CREATE TABLE l2 (b INT) WITH ('x' = 'y') LIKE t (INCLUDING ALL EXCLUDING OPTIONS OVERWRITING WATERMARKS);
