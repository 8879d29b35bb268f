-- Large orders go on to a topic of their own; what is no order is put aside with the reason.

SET 'millrace.on-error' = 'dead-letter';
SET 'millrace.dead-letter.table' = 'rejected';

CREATE TABLE orders (
  order_id BIGINT NOT NULL, customer_id BIGINT, amount DECIMAL(10, 2), country STRING, ordered_at TIMESTAMP_LTZ(3)
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');

CREATE TABLE large_orders (
  order_id BIGINT, customer_id BIGINT, amount DECIMAL(10, 2), country STRING, ordered_at TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'kafka', 'topic' = 'large_orders', 'format' = 'json', 'key.format' = 'json', 'key.fields' = 'order_id'
);

CREATE TABLE rejected (
  `operator` STRING, reason STRING, message STRING, topic STRING, `partition` INT, `offset` BIGINT, raw_value BYTES,
  failed_at TIMESTAMP_LTZ(3)
) WITH ('connector' = 'kafka', 'topic' = 'rejected', 'format' = 'json');

INSERT INTO large_orders
SELECT order_id, customer_id, amount, UPPER(country), ordered_at
FROM orders
WHERE amount >= 100;
