import PipelineTesting
import Testing

/// Order, lateness, idleness and the clock.
struct TimeTests {
    @Test func theOrderOfTablesDoesNotMatterToAnAsOfJoin() throws {
        let report = try TestFolder.run(
            sql: TestSQL.asOf,
            """
            cases:
              - name: orders first
                steps:
                  - orders: [{id: 1, currency: EUR, ts: 2026-01-01 20:00:05Z}]
                  - rates: [{currency: EUR, rate: 1.1, ts: 2026-01-01 20:00:04Z}]
                  - rates: [{currency: EUR, rate: 1.2, ts: 2026-01-01 20:00:06Z}]
                expect: {priced: [{id: 1, rate: 1.1}]}
              - name: rates first
                steps:
                  - rates: [{currency: EUR, rate: 1.1, ts: 2026-01-01 20:00:04Z}]
                  - orders: [{id: 1, currency: EUR, ts: 2026-01-01 20:00:05Z}]
                expect: {priced: [{id: 1, rate: 1.1}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func aRowWaitsForTheWatermarkOfBothSides() throws {
        let report = try TestFolder.run(
            sql: TestSQL.asOf,
            """
            cases:
              - name: waiting
                end-of-input: false
                steps:
                  - rates: [{currency: EUR, rate: 1.1, ts: 2026-01-01 20:00:00Z}]
                  - orders: [{id: 1, currency: EUR, ts: 2026-01-01 20:00:01Z}]
                  - orders: [{id: 2, currency: EUR, ts: 2026-01-01 20:00:30Z}]
                  - expect: {priced: []}
                  - rates: [{currency: USD, rate: 1, ts: 2026-01-01 20:00:06Z}]
                  - expect: {priced: [{id: 1, rate: 1.1}]}
                  - expect: {priced: []}
                expect: {priced: [{id: 1, rate: 1.1}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func aLateRatingServesLaterOrdersOnly() throws {
        let report = try TestFolder.run(
            sql: TestSQL.asOf,
            """
            cases:
              - name: late
                steps:
                  - rates: [{currency: EUR, rate: 1.1, ts: 2026-01-01 20:00:00Z}]
                  - orders: [{id: 1, currency: EUR, ts: 2026-01-01 20:00:10Z}]
                  - rates: [{currency: USD, rate: 1, ts: 2026-01-01 20:01:00Z}]
                  - orders: [{id: 2, currency: USD, ts: 2026-01-01 20:01:00Z}]
                  - expect: {priced: [{id: 1, rate: 1.1}]}
                  - rates: [{currency: EUR, rate: 1.2, ts: 2026-01-01 20:00:05Z}]
                  - orders: [{id: 3, currency: EUR, ts: 2026-01-01 20:00:20Z}]
                  # Late itself, so answered at once, with what is known by now.
                  - expect: {priced: [{id: 3, rate: 1.2}]}
                expect: {priced: [{id: 1, rate: 1.1}, {id: 2, rate: 1}, {id: 3, rate: 1.2}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func aSilentPartitionHoldsNothingBackOnceItIsIdle() throws {
        let report = try TestFolder.run(
            sql: TestSQL.asOf,
            """
            partitions: {rates: 2}
            cases:
              - name: idle
                end-of-input: false
                steps:
                  - rates: [{currency: EUR, rate: 1.1, ts: 2026-01-01 20:00:00Z}]
                  - advance: 900 ms
                  - rates: [{currency: USD, rate: 1.1, ts: 2026-01-01 20:00:20Z}]
                  - orders: [{id: 1, currency: EUR, ts: 2026-01-01 20:00:05Z}, {id: 2, currency: EUR, ts: 2026-01-01 20:00:30Z}]
                  # Partition 1 of rates has never said anything.
                  - expect: {priced: []}
                  - advance: 100 ms
                  - expect: {priced: [{id: 1, rate: 1.1}]}
                  - advance: 5 s
                  - expect: {priced: [{id: 2, rate: 1.1}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func theWallClockStandsWhereTheCaseSays() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE t (n BIGINT, at AS PROCTIME()) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');
                CREATE TABLE u (n BIGINT, at TIMESTAMP_LTZ(3)) WITH ('connector' = 'print');
                INSERT INTO u SELECT n, at FROM t;
                """,
            """
            now: 2026-01-01 00:00:00Z
            cases:
              - name: clock
                steps:
                  - t: [{n: 1}]
                  - advance: 90 min
                  - t: [{n: 2}]
                expect: {u: [{n: 1, at: 2026-01-01 00:00:00Z}, {n: 2, at: 2026-01-01 01:30:00Z}]}
              - name: its own
                now: 2027-01-01 00:00:00Z
                input: {t: [{n: 1}]}
                expect: {u: [{n: 1, at: 2027-01-01 00:00:00Z}]}
              - name: unset
                input: {t: [{n: 1}]}
                expect: {u: {rows: [{n: 1}], ignore: [at]}}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func aCompactedTopicIsLoadedBeforeRowsFlow() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE orders (id BIGINT, who BIGINT, now_ AS PROCTIME())
                  WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
                CREATE TABLE people (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
                  WITH ('connector' = 'upsert-kafka', 'topic' = 'people', 'key.format' = 'json', 'value.format' = 'json');
                CREATE TABLE named (id BIGINT, name STRING) WITH ('connector' = 'print');
                INSERT INTO named SELECT o.id, p.name FROM orders AS o
                  LEFT JOIN people FOR SYSTEM_TIME AS OF o.now_ AS p ON o.who = p.id;
                """,
            """
            cases:
              - name: what is there at the start
                input:
                  orders: [{id: 1, who: 1}]
                  people: [{id: 1, name: Ada}, {id: 1, name: Grace}]
                expect: {named: [{id: 1, name: Grace}]}
              - name: what comes later
                steps:
                  - orders: [{id: 1, who: 1}]
                  - people: [{id: 1, name: Ada}]
                  - orders: [{id: 2, who: 1}]
                  - people: [{id: 1, $delete: true}]
                  - orders: [{id: 3, who: 1}]
                expect: {named: [{id: 1}, {id: 2, name: Ada}, {id: 3}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }
}
