import PipelineTesting
import Testing

/// What test files give to tables.
struct InputTests {
    @Test func rowsAreMapsOrRecordsAsText() throws {
        let report = try TestFolder.run(
            sql: TestSQL.filter,
            """
            cases:
              - name: all forms
                input:
                  orders:
                    - {id: 1, item: {name: Lamp, price: 100}, note: no}
                    - id: 2
                      item: {name: "5", price: 250.5}
                    - '{"id": 3, "item": {"name": "Chair", "price": 300}, "unknown": true}'
                    - |
                      {"id": 4, "item": {"name": "Shelf", "price": 400}}
                    - {id: 5, item: {name: Pen, price: 99.99}}
                expect:
                  large:
                    - {id: 4, name: Shelf, price: 400}
                    - {id: 1, name: Lamp, price: 100.00, note: "no"}
                    - {id: 3, name: Chair, price: 3e2}
                    - '{"id": 2, "name": "5", "price": 250.50}'
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func aMergedMapGivesColumnsThatARowDoesNotGive() throws {
        let report = try TestFolder.run(
            sql: TestSQL.filter,
            """
            cases:
              - name: anchors
                input:
                  orders:
                    - &order {id: 1, item: {name: Lamp, price: 100}, note: a}
                    - {<<: *order, id: 2}
                expect:
                  large:
                    - {id: 1, name: Lamp, price: 100, note: a}
                    - {id: 2, name: Lamp, price: 100, note: a}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func theRecordsOwnFieldsBecomeColumns() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE t (v STRING, p INT METADATA FROM 'partition' VIRTUAL, o BIGINT METADATA FROM 'offset' VIRTUAL,
                  ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, h STRING METADATA FROM 'headers' VIRTUAL,
                  k STRING)
                  WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'k',
                    'value.fields-include' = 'EXCEPT_KEY');
                CREATE TABLE u (v STRING, p INT, o BIGINT, ts TIMESTAMP_LTZ(3), h STRING, k STRING) WITH ('connector' = 'print');
                INSERT INTO u SELECT v, p, o, ts, h, k FROM t;
                """,
            """
            now: 2026-01-01 00:00:00Z
            cases:
              - name: metadata
                input:
                  t:
                    - {v: a, k: x}
                    - {v: b, $partition: 1, $timestamp: 2026-02-01 00:00:00Z, $headers: {trace: abc}, $key: y}
                    - {v: c, p: 1, ts: 1767225600001}
                expect:
                  u:
                    - {v: a, p: 0, o: 0, ts: 2026-01-01 00:00:00Z, h: "[]", k: x}
                    - {v: b, p: 1, o: 0, ts: 2026-02-01T00:00:00Z, h: '[{"key":"trace","value":"YWJj"}]', k: y}
                    - {v: c, p: 1, o: 1, ts: 2026-01-01 00:00:00.001Z, h: "[]"}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func aTombstoneDeletesAndAnUpsertReplaces() throws {
        let report = try TestFolder.run(
            sql: TestSQL.mirror,
            """
            cases:
              - name: contents
                input:
                  people_topic:
                    - {id: 1, name: ada}
                    - {id: 2, name: grace}
                    - {id: 1, name: ada l.}
                    - {id: 2, $delete: true}
                    - {$key: '{"id": 3}', $value: '{"id": 3, "name": "alan"}'}
                expect:
                  people: [{id: 3, name: ALAN}, {id: 1, name: ADA L.}]
              - name: changes
                input:
                  people_topic: [{id: 1, name: ada}, {id: 1, name: grace}, {id: 1, $delete: true}]
                expect:
                  people:
                    changes: [{id: 1, name: ADA}, {id: 1, name: GRACE}, {id: 1, $delete: true}]
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func lookedUpTablesAreGivenAsRows() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE orders (id BIGINT, who INT, now_ AS PROCTIME())
                  WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
                CREATE TABLE people (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
                  WITH ('connector' = 'postgres', 'table-name' = 'people');
                CREATE TABLE named (id BIGINT, name STRING) WITH ('connector' = 'print');
                INSERT INTO named SELECT o.id, p.name FROM orders AS o
                  LEFT JOIN people FOR SYSTEM_TIME AS OF o.now_ AS p ON o.who = p.id;
                """,
            """
            input:
              people: [{id: 1, name: Ada}, {id: 2, name: Grace}]
            cases:
              - name: found, missing, null
                input:
                  orders: [{id: 10, who: 1}, {id: 11, who: 3}, {id: 12}]
                expect:
                  named: [{id: 10, name: Ada}, {id: 11}, {id: 12}]
              - name: changes of the table hold for what comes later
                steps:
                  - orders: [{id: 1, who: 2}]
                  - people: [{id: 2, name: Alan}, {id: 1, $delete: true}]
                  - orders: [{id: 2, who: 2}, {id: 3, who: 1}]
                expect:
                  named:
                    ordered: true
                    rows: [{id: 1, name: Grace}, {id: 2, name: Alan}, {id: 3}]
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func generatedTablesTakeGivenRows() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
                CREATE TABLE squares (n BIGINT) WITH ('connector' = 'print');
                INSERT INTO squares SELECT n * n FROM numbers;
                """,
            """
            cases:
              - name: squares
                input: {numbers: [{n: 2}, {n: 3}]}
                expect: {squares: [{n: 9}, {n: 4}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func variablesComeFromTheFile() throws {
        let report = try TestFolder.run(
            sql: """
                CREATE TABLE t (n BIGINT) WITH ('connector' = 'kafka', 'topic' = '${TOPIC}', 'format' = 'json');
                CREATE TABLE u (n BIGINT, topic STRING) WITH ('connector' = 'print');
                INSERT INTO u SELECT n, '${TOPIC}' FROM t WHERE n > ${LIMIT:-5};
                """,
            """
            environment: {TOPIC: numbers, LIMIT: 1}
            cases:
              - name: variables
                input: {t: [{n: 1}, {n: 2}]}
                expect: {u: [{n: 2, topic: numbers}]}
            """)
        #expect(report.isPassed, "\(report.text)")
    }
}
