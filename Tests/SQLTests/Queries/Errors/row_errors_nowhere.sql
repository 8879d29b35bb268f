SET 'millrace.on-error' = 'dead-letter';
CREATE TABLE plays (user_id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json');
CREATE TABLE o (user_id BIGINT) WITH ('connector' = 'print');
INSERT INTO o SELECT user_id FROM plays;
