-- Run by PostgreSQL when its container starts for the first time.
CREATE TABLE customers (customer_id bigint PRIMARY KEY, name text, city text);
INSERT INTO customers VALUES (1, 'Ada', 'London'), (2, 'Grace', 'New York');
