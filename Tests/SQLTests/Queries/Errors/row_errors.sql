SET 'millrace.on-error' = 'dead-letters';
SET 'millrace.dead-letter.limit-percent' = '101';
CREATE TABLE plays (user_id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json');
