-- Three inserts, one scan; equal steps are made once.
SET 'pipeline.name' = 'fan-out';
SET 'table.exec.source.idle-timeout' = '5 s';
CREATE TABLE events (id BIGINT, kind STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE)
WITH ('connector' = 'kafka', 'topic' = 'events', 'format' = 'json', 'scan.watermark.alignment.max-drift' = '2 min', 'scan.watermark.max-ahead' = '1 h');
CREATE TABLE a (id BIGINT, amount DECIMAL(12, 2)) WITH ('connector' = 'postgres', 'table-name' = 'a');
CREATE TABLE b (id BIGINT, kind STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'postgres', 'table-name' = 'b', 'sink.parallelism' = '1');
CREATE TABLE c (id BIGINT, kind STRING) WITH ('connector' = 'print');
EXECUTE STATEMENT SET BEGIN
  INSERT INTO a SELECT id, amount FROM events WHERE kind = 'pay';
  INSERT INTO b SELECT id, kind FROM events WHERE kind <> 'pay';
  INSERT INTO c SELECT id, kind FROM events WHERE kind <> 'pay';
END;
