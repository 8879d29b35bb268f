CREATE TABLE out_ (id BIGINT, name STRING, at_ TIMESTAMP(3)) WITH ('connector' = 'print');
INSERT INTO out_ VALUES (1, 'a', NULL), (2, 'b', TIMESTAMP '2024-01-31 12:30:00.5'), (NULL, 'c' || 'd', NULL);
INSERT INTO out_ (id) SELECT 1 + 2;
INSERT INTO out_ (id, name) SELECT * FROM (VALUES (1, 'a')) AS v (i, n) UNION ALL VALUES (2, 'b') ;
