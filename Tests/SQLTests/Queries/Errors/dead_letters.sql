CREATE TABLE a (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'a', 'scan.dead-letter.table' = 'rejectd');
CREATE TABLE b (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'b', 'scan.dead-letter.table' = 'out_');
CREATE TABLE c (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'c', 'scan.dead-letter.table' = 'wrong_type');
CREATE TABLE d (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'd', 'scan.dead-letter.table' = 'generated');
CREATE TABLE rejected (topic STRING) WITH ('connector' = 'print');
CREATE TABLE wrong_type (topic INT) WITH ('connector' = 'print');
CREATE TABLE generated (topic STRING) WITH ('connector' = 'datagen');
CREATE TABLE out_ (id BIGINT) WITH ('connector' = 'print');
INSERT INTO out_ SELECT id FROM a UNION ALL SELECT id FROM b UNION ALL SELECT id FROM c UNION ALL SELECT id FROM d;
