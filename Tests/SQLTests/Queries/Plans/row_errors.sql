SET 'millrace.on-error' = 'dead-letter';
SET 'millrace.dead-letter.table' = 'letters';
CREATE TABLE plays (user_id BIGINT, seconds BIGINT, parts BIGINT, twice AS seconds * 2) WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json');
CREATE TABLE letters (reason STRING, raw_value BYTES) WITH ('connector' = 'kafka', 'topic' = 'letters', 'format' = 'json');
CREATE TABLE means (user_id BIGINT, mean BIGINT) WITH ('connector' = 'print');
CREATE TABLE names (user_id BIGINT, twice BIGINT) WITH ('connector' = 'print');
INSERT INTO means SELECT user_id, seconds / parts FROM plays;
INSERT INTO names SELECT user_id, twice FROM plays WHERE user_id > 0;
