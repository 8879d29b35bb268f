-- The form by which Flink users make a versioned table of an append topic.
CREATE TABLE rates (currency STRING, rate DECIMAL(10, 4), ts TIMESTAMP(3), source STRING, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'rates', 'format' = 'json');
CREATE VIEW versioned_rates AS
SELECT currency, rate, ts FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY ts DESC) AS rownum FROM rates WHERE source <> 'test'
) WHERE rownum = 1;
CREATE TABLE orders (id BIGINT, amount DECIMAL(10, 2), currency STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
CREATE TABLE converted (id BIGINT, amount DECIMAL(38, 6), rated_at TIMESTAMP(3)) WITH ('connector' = 'print');
SET 'table.exec.temporal-join.retention' = '10 min';
INSERT INTO converted
SELECT /*+ PARALLELISM('2') */ o.id, o.amount * r.rate, r.ts
FROM orders AS o JOIN versioned_rates FOR SYSTEM_TIME AS OF o.ts AS r ON UPPER(o.currency) = r.currency
WHERE o.amount > 0 AND r.rate > 1;
