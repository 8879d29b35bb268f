-- Orders with the names of their customers, asked for in PostgreSQL, and their products, held from a compacted topic.

CREATE TABLE orders (
  order_id BIGINT, customer_id BIGINT, product_id BIGINT, quantity INT, ordered_at TIMESTAMP_LTZ(3), now_ AS PROCTIME()
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');

CREATE TABLE products (
  product_id BIGINT, name STRING, price DECIMAL(10, 2), PRIMARY KEY (product_id) NOT ENFORCED
) WITH ('connector' = 'upsert-kafka', 'topic' = 'products', 'key.format' = 'json', 'value.format' = 'json');

CREATE TABLE customers (
  customer_id BIGINT, name STRING, city STRING, PRIMARY KEY (customer_id) NOT ENFORCED
) WITH ('connector' = 'postgres', 'table-name' = 'customers');

-- A second record of an order replaces its row.
CREATE TABLE enriched_orders (
  order_id BIGINT, customer STRING, city STRING, product STRING, quantity INT, total DECIMAL(12, 2),
  ordered_at TIMESTAMP_LTZ(3), PRIMARY KEY (order_id) NOT ENFORCED
) WITH ('connector' = 'postgres', 'table-name' = 'enriched_orders', 'sink.create-table' = 'true');

INSERT INTO enriched_orders
SELECT o.order_id, c.name, c.city, p.name, o.quantity, CAST(p.price * o.quantity AS DECIMAL(12, 2)), o.ordered_at
FROM orders AS o
LEFT JOIN products FOR SYSTEM_TIME AS OF o.now_ AS p ON o.product_id = p.product_id
LEFT JOIN customers FOR SYSTEM_TIME AS OF o.now_ AS c ON o.customer_id = c.customer_id;
