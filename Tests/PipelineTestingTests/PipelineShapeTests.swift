import Foundation
import PipelineTesting
import Testing

/// Pipelines of many shapes come to rest and to their end.
struct PipelineShapeTests {
    @Test func twoInsertsShareAScanAndOneTableTakesTwoInserts() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE t (a BIGINT, b STRING) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');
                CREATE TABLE u (a BIGINT, b STRING) WITH ('connector' = 'print');
                CREATE TABLE v (a BIGINT, b STRING) WITH ('connector' = 'blackhole');
                BEGIN STATEMENT SET;
                INSERT INTO u SELECT a, b FROM t WHERE a > 1;
                INSERT INTO v (b, a) SELECT b, -a FROM t;
                INSERT INTO v (a) SELECT a FROM t WHERE a = 3;
                END;
                """,
            """
            cases:
              - name: three inserts
                input: {t: [{a: 1, b: x}, {a: 2, b: y}, {a: 3, b: z}]}
                expect:
                  u: [{a: 2, b: y}, {a: 3, b: z}]
                  v: [{a: -1, b: x}, {a: -2, b: y}, {a: -3, b: z}, {a: 3}]
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func streamsAreUnitedInTheOrderOfTheSteps() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE t (a BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts)
                  WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');
                CREATE TABLE s (a BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts)
                  WITH ('connector' = 'kafka', 'topic' = 's', 'format' = 'json');
                CREATE TABLE u (a BIGINT) WITH ('connector' = 'print');
                INSERT INTO u SELECT a FROM t UNION ALL SELECT a FROM s;
                """,
            """
            cases:
              # However far apart their times are, and though s has said nothing yet.
              - name: union
                steps:
                  - t: [{a: 1, ts: 2026-01-01 00:00:00Z}, {a: 2, ts: 2026-06-01 00:00:00Z}]
                  - s: [{a: 3, ts: 2026-01-01 00:00:00Z}]
                    t: [{a: 4, ts: 2026-06-01 00:00:01Z}]
                  - expect: {u: {ordered: true, rows: [{a: 1}, {a: 2}, {a: 3}, {a: 4}]}}
                expect: {u: {ordered: true, rows: [{a: 1}, {a: 2}, {a: 3}, {a: 4}]}}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func aTopicThatIsJoinedWithItselfIsReadThoughItWaitsForItself() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE people (id BIGINT, name STRING, boss BIGINT, now_ AS PROCTIME(), PRIMARY KEY (id) NOT ENFORCED)
                  WITH ('connector' = 'upsert-kafka', 'topic' = 'people', 'key.format' = 'json', 'value.format' = 'json');
                CREATE TABLE orders (id BIGINT, who BIGINT, now_ AS PROCTIME())
                  WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
                CREATE TABLE named (id BIGINT, name STRING, boss STRING) WITH ('connector' = 'print');
                INSERT INTO named SELECT o.id, p.name, b.name FROM orders AS o
                  LEFT JOIN people FOR SYSTEM_TIME AS OF o.now_ AS p ON o.who = p.id
                  LEFT JOIN people FOR SYSTEM_TIME AS OF o.now_ AS b ON p.boss = b.id;
                """,
            """
            cases:
              - name: bosses
                input:
                  orders: [{id: 1, who: 1}, {id: 2, who: 2}]
                  people: [{id: 1, name: Ada}, {id: 2, name: Grace, boss: 1}]
                steps:
                  - orders: [{id: 3, who: 2}]
                expect: {named: [{id: 1, name: Ada}, {id: 2, name: Grace, boss: Ada}, {id: 3, name: Grace, boss: Ada}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func partitionsAndSubtasksMayDiffer() throws {
        let report = try TestFolder.run(
            sql: TestSQL.asOf.replacingOccurrences(
                of: "'topic' = 'orders'", with: "'topic' = 'orders', 'scan.parallelism' = '4'"),
            """
            cases:
              - name: more subtasks than partitions
                input:
                  rates: [{currency: EUR, rate: 1.1, ts: 2026-01-01 20:00:00Z, $partition: 2}]
                  orders:
                    - {id: 1, currency: EUR, ts: 2026-01-01 20:00:01Z}
                    - {id: 2, currency: EUR, ts: 2026-01-01 20:00:02Z, $partition: 1}
                expect: {priced: [{id: 1, rate: 1.1}, {id: 2, rate: 1.1}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func rowsOfObjectsAreExpectedAsMaps() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE t (id BIGINT, a INT, `my col` STRING, d DATE, b BYTES, p DECIMAL(20, 3), ts TIMESTAMP(6))
                  WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');
                CREATE TABLE u (id BIGINT, item ROW<a INT, sub ROW<x STRING>>, d DATE, b BYTES, p DECIMAL(20, 3), ts TIMESTAMP(6))
                  WITH ('connector' = 'kafka', 'topic' = 'u', 'format' = 'json');
                INSERT INTO u SELECT id, ROW(a, ROW(`my col`)), d, b, p, ts FROM t;
                """,
            """
            cases:
              - name: nested
                input:
                  t: [{id: 1, a: 2, my col: hello, d: 2026-01-01, b: aGk=, p: 1.5, ts: 2026-01-01 10:00:00.123456}]
                expect:
                  u:
                    - {id: 1, item: {a: 2, sub: {x: hello}}, d: 2026-01-01, b: aGk=, p: 1.500, ts: 2026-01-01T10:00:00.123456}
              - name: one column differs
                input:
                  t: [{id: 1, a: 2, my col: hello}]
                expect:
                  u: {rows: [{id: 1, item: {a: 3, sub: {x: hello}}}], ignore: [item.sub.x]}
            """)
        #expect(report.cases.map(\.passed) == [true, false], "\(report.text)")
        #expect(report.cases[1].tables[0].differences[0].fields.map(\.column) == ["item.a"], "\(report.text)")
    }

    @Test func manyRecordsOneAfterAnother() throws {
        let rows = (0..<1000).map { "{id: \($0), currency: EUR, ts: \(1_767_297_600_000 + $0)}" }
        let report = try TestFolder.run(
            sql: TestSQL.asOf,
            """
            cases:
              - name: many
                steps:
                  - orders: [\(rows.joined(separator: ", "))]
                  - rates: [{currency: EUR, rate: 2, ts: 1767297600000}]
                expect:
                  priced:
                    ordered: true
                    rows: [\((0..<1000).map { "{id: \($0), rate: 2}" }.joined(separator: ", "))]
            """)
        #expect(report.isPassed, "\(report.text)")
    }
}
