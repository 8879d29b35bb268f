-- The second join reads where the first one wrote: rows with its key are in their subtask already.
CREATE TABLE plays (user_id BIGINT, movie_id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = 'plays');
CREATE TABLE names (user_id BIGINT, name STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (user_id) NOT ENFORCED) WITH ('connector' = 'kafka', 'topic' = 'names');
CREATE TABLE mails (user_id BIGINT, mail STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (user_id) NOT ENFORCED) WITH ('connector' = 'kafka', 'topic' = 'mails');
CREATE TABLE out_ (user_id BIGINT, name STRING, mail STRING) WITH ('connector' = 'print');
INSERT INTO out_ SELECT p.user_id, n.name, m.mail FROM plays AS p
LEFT JOIN names FOR SYSTEM_TIME AS OF p.ts AS n ON n.user_id = p.user_id
LEFT JOIN mails FOR SYSTEM_TIME AS OF p.ts AS m ON m.user_id = p.user_id
WHERE n.name <> '';
