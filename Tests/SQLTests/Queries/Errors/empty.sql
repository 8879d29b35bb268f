CREATE TABLE t (i INT) WITH ('connector' = 'kafka', 'topic' = 't');
