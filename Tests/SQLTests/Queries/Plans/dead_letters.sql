CREATE TABLE events (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'events', 'format' = 'json', 'scan.on-error' = 'dead-letter', 'scan.dead-letter.table' = 'rejected');
CREATE TABLE rejected (reason STRING, raw_value BYTES, topic STRING) WITH ('connector' = 'postgres', 'table-name' = 'rejected');
CREATE TABLE overridden (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'x', 'format' = 'json');
INSERT INTO overridden SELECT id FROM events;
