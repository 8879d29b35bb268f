CREATE TABLE a (id INT, x DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'a', 'format' = 'json');
CREATE TABLE b (id BIGINT, x DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'b', 'format' = 'json');
CREATE TABLE rates (id BIGINT, rate DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'kafka', 'topic' = 'rates', 'format' = 'json');
CREATE TABLE out_ (id BIGINT, x DOUBLE) WITH ('connector' = 'print');
CREATE VIEW both_ AS SELECT id, x, ts FROM a UNION ALL SELECT id, x, ts FROM b UNION ALL SELECT NULL, x, ts FROM a;
INSERT INTO out_ SELECT u.id, u.x * r.rate FROM both_ AS u JOIN rates FOR SYSTEM_TIME AS OF u.ts AS r ON r.id = u.id WHERE u.x > 1;
