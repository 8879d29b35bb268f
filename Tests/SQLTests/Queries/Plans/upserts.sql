CREATE TABLE movies (movie_id BIGINT, title STRING, PRIMARY KEY (movie_id) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = 'movies', 'key.format' = 'json', 'value.format' = 'json');
CREATE TABLE copy_ (id BIGINT, title STRING, PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'postgres', 'table-name' = 'movies', 'sink.parallelism' = '2');
INSERT INTO copy_ SELECT movie_id, UPPER(title) FROM movies WHERE movie_id > 10;
INSERT INTO copy_ SELECT id, t FROM (SELECT movie_id AS id, LOWER(title) AS t FROM movies) WHERE t <> '' AND id < 100;
