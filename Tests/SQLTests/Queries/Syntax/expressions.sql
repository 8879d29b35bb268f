INSERT INTO t SELECT
  1, 1.5, .5, 1e3, 'it''s', X'0aFF', TRUE, FALSE, NULL, DATE '2024-01-31', TIME '12:00:00', TIMESTAMP '2024-01-31 12:00:00.5',
  INTERVAL '5' SECOND, INTERVAL -'5' DAYS, INTERVAL '1-2' YEAR TO MONTH, INTERVAL '10' DAY(3), INTERVAL '1 02' DAY TO HOUR,
  a + b * c - d / e % f, (a + b) * c, -a, - -1, a || b || c, a - b - c, a - (b - c),
  a = b, a <> b, a != b, a < b, a <= b, a > b, a >= b,
  a OR b AND NOT c = d, (a OR b) AND c, NOT a IS NULL, a = b IS NOT TRUE, a IS FALSE, a IS UNKNOWN,
  a IS DISTINCT FROM b + 1, a IS NOT DISTINCT FROM b AND c,
  CASE WHEN a > 1 THEN 'x' WHEN a > 0 THEN 'y' ELSE 'z' END, CASE a WHEN 1 THEN 'x' END,
  COALESCE(a, b, 0), CAST(a AS DECIMAL(10, 2)), TRY_CAST(a AS TIMESTAMP_LTZ(3)),
  a IN (1, 2, 3), a NOT IN ('x'), a BETWEEN 1 AND 2 AND b, a NOT BETWEEN SYMMETRIC 1 + 1 AND 2,
  a LIKE 'x%', a NOT LIKE 'x!%%' ESCAPE '!', a LIKE 'x' || 'y',
  EXTRACT(DAY FROM ts), CURRENT_TIMESTAMP, LOCALTIMESTAMP, CURRENT_DATE, NOW(), `my function`(1),
  TRIM(a), TRIM(BOTH FROM a), TRIM(LEADING 'x' FROM a), TRIM(TRAILING FROM a), TRIM(BOTH 'x' FROM a), TRIM('x' FROM a),
  SUBSTRING(a FROM 2), SUBSTRING(a FROM 2 FOR 3), SUBSTRING(a, 2, 3), POSITION('x' IN a || b),
  FLOOR(ts TO HOUR), CEIL(ts TO DAY), FLOOR(a), TIMESTAMPADD(DAY, 1, ts), TIMESTAMPDIFF(SECOND, a, b),
  ROW(1, ROW(a, b)), (1, 'x') , CAST((a, b) AS ROW<x INT, y STRING>), (a),
  t.a, t.payload.b.c, `t`.`a b`, LEFT(a, 1), RIGHT(a, 1), IF(a, 1, 2), DATE_FORMAT(ts, 'yyyy'), TO_TIMESTAMP_LTZ(a, 3)
FROM t;
