-- ROW columns go through select lists as their leaves, and into sinks.
CREATE TABLE events (id BIGINT, payload ROW<user_ ROW<id INT, name STRING>, amount DECIMAL(10, 2)>, ts TIMESTAMP(3))
WITH ('connector' = 'kafka', 'topic' = 'events', 'format' = 'json');
CREATE TABLE copy_ (id BIGINT, payload ROW<user_ ROW<id BIGINT, name STRING>, amount DECIMAL(10, 2)>, ts TIMESTAMP(3))
WITH ('connector' = 'kafka', 'topic' = 'copy', 'format' = 'json');
CREATE TABLE users (who ROW<name STRING, id BIGINT>, score DOUBLE, key_ ROW<a INT, b INT>) WITH ('connector' = 'kafka', 'topic' = 'users', 'format' = 'json');
CREATE VIEW v AS SELECT e.payload AS p, id, payload.user_ FROM events AS e;
CREATE VIEW w (x, y, z) AS SELECT * FROM v;
INSERT INTO copy_ SELECT * FROM events WHERE payload.amount > 0;
INSERT INTO copy_ SELECT id, ROW(ROW(payload.user_.id + 1, 'x'), payload.amount), ts FROM events;
INSERT INTO users SELECT CAST(ROW(UPPER(p.user_.name), p.user_.id) AS ROW<n STRING, i BIGINT>), 1, (1, 2) FROM v;
INSERT INTO users (score, who) SELECT x.user_.id, (z.name, z.id) FROM w;
INSERT INTO users (key_, who) SELECT ROW(1, 2), ROW(name, id) FROM (SELECT user_.name, user_.id FROM v);
