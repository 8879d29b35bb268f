-- A compacted topic as a table in PostgreSQL: the last record of each key is its row, a record without a value deletes it.

CREATE TABLE customers_topic (
  customer_id BIGINT, name STRING, email STRING, PRIMARY KEY (customer_id) NOT ENFORCED
) WITH ('connector' = 'upsert-kafka', 'topic' = 'customers', 'key.format' = 'json', 'value.format' = 'json');

CREATE TABLE customers (
  customer_id BIGINT, name STRING, email STRING, PRIMARY KEY (customer_id) NOT ENFORCED
) WITH ('connector' = 'postgres', 'table-name' = 'customers', 'sink.create-table' = 'true');

INSERT INTO customers
SELECT customer_id, TRIM(name), LOWER(email)
FROM customers_topic;
