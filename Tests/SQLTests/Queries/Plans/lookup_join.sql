CREATE TABLE plays (user_id BIGINT, movie_id INT, score INT, now_ AS PROCTIME()) WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json');
CREATE TABLE users (id INT NOT NULL, name STRING, country STRING, password STRING, PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'jdbc', 'table-name' = 'users', 'url' = 'jdbc:postgresql://db/x');
CREATE TABLE movies (movie_id BIGINT, title STRING, minimum INT, PRIMARY KEY (movie_id) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = 'movies', 'key.format' = 'json', 'value.format' = 'json');
CREATE TABLE out_ (user_id BIGINT, name STRING, title STRING) WITH ('connector' = 'print');
INSERT INTO out_
SELECT p.user_id, u.name, m.title FROM plays AS p
LEFT JOIN users FOR SYSTEM_TIME AS OF p.now_ AS u ON u.id = p.user_id AND u.country = 'DE'
LEFT JOIN movies FOR SYSTEM_TIME AS OF p.now_ AS m ON m.movie_id = p.movie_id AND p.score >= m.minimum;
INSERT INTO out_ (user_id, name)
SELECT p.user_id, u.name FROM plays AS p
JOIN users FOR SYSTEM_TIME AS OF PROCTIME() AS u ON u.country = 'DE' AND u.name = UPPER('x') WHERE p.score + 1 > 2 AND u.id > 3;
