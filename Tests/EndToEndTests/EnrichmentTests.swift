import DevPostgres
import Foundation
import Testing

/// Joins beside the one of the films: a view of versions, and a table of PostgreSQL.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct EnrichmentTests {
    @Test func aViewOfLastRowsServesEveryVersionHoweverOutOfOrder() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        // The version of second 2 arrives after that of second 3.
        try system.produce(
            "versions",
            [
                #"{"u":1,"r":1,"ts":1000}"#, #"{"u":1,"r":3,"ts":3000}"#, #"{"u":1,"r":2,"ts":2000}"#,
                #"{"u":2,"r":9,"ts":5000}"#,
            ])
        try system.produce(
            "events",
            [(1, 1, 2500), (2, 1, 900), (3, 1, 1500), (4, 1, 3500), (5, 2, 4000)].map {
                "{\"id\":\($0),\"u\":\($1),\"ts\":\($2)}"
            })
        let result = try system.run(
            """
            CREATE TABLE r (u BIGINT, r INT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
            WITH (\(system.bounded("versions")));
            CREATE TABLE e (id BIGINT, u BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
            WITH (\(system.bounded("events")));
            CREATE VIEW v AS SELECT u, r, ts
            FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY u ORDER BY ts DESC) AS rn FROM r) WHERE rn = 1;
            CREATE TABLE o (id BIGINT, r INT) WITH (\(system.table("o")));
            INSERT INTO o SELECT e.id, v.r FROM e LEFT JOIN v FOR SYSTEM_TIME AS OF e.ts ON e.u = v.u;
            """, job: "versions")
        #expect(result.status == 0, "\(result.output)")
        #expect(try system.rows("SELECT * FROM o ORDER BY id") == ["1|2", "2|", "3|1", "4|3", "5|"])
    }

    @Test func aLookupIsAnsweredFromItsCacheUntilThatExpires() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.postgres.query(
            "CREATE TABLE dim (id bigint PRIMARY KEY, name text); INSERT INTO dim VALUES (1, 'one'), (2, 'two')",
            database: system.database)
        try system.produce("asks", [#"{"id":1,"d":1}"#, #"{"id":2,"d":3}"#, #"{"id":3,"d":null}"#])
        func sql(_ cache: String) -> String {
            """
            CREATE TABLE t (id BIGINT, d BIGINT, now_ AS PROCTIME()) WITH (\(system.unbounded("asks")));
            CREATE TABLE dim (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
            WITH ('connector' = 'postgres', 'table-name' = 'dim'\(cache));
            CREATE TABLE o (id BIGINT, name STRING) WITH (\(system.table("o")));
            CREATE TABLE i (id BIGINT, name STRING) WITH (\(system.table("i")));
            EXECUTE STATEMENT SET BEGIN
            INSERT INTO o SELECT t.id, dim.name FROM t LEFT JOIN dim FOR SYSTEM_TIME AS OF t.now_ ON t.d = dim.id;
            INSERT INTO i SELECT t.id, dim.name FROM t JOIN dim FOR SYSTEM_TIME AS OF t.now_ ON t.d = dim.id;
            END;
            """
        }
        let cache =
            ", 'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.max-rows' = '100', "
            + "'lookup.partial-cache.expire-after-write' = '10 min'"
        var process = try system.start(sql(cache), job: "lookup")
        try system.wait(for: "o", until: "SELECT count(*) = 3 FROM o")
        try system.postgres.query("UPDATE dim SET name = 'uno' WHERE id = 1", database: system.database)
        try system.produce("asks", [#"{"id":4,"d":1}"#, #"{"id":5,"d":2}"#])
        try system.wait(for: "o", until: "SELECT count(*) = 5 FROM o")
        #expect(process.stop() == 0, "\(process.output)")
        // Without a cache every row asks.
        process = try system.start(sql(""), job: "lookup")
        try system.produce("asks", [#"{"id":6,"d":1}"#])
        try system.wait(for: "o", until: "SELECT count(*) = 6 FROM o")
        #expect(process.stop() == 0, "\(process.output)")
        #expect(try system.rows("SELECT * FROM o ORDER BY id") == ["1|one", "2|", "3|", "4|one", "5|two", "6|uno"])
        #expect(try system.rows("SELECT * FROM i ORDER BY id") == ["1|one", "4|one", "5|two", "6|uno"])
    }

    @Test func stateOfAnotherShapeIsRefusedWithTheField() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("versions", [#"{"u":1,"r":7,"ts":1000}"#, #"{"u":1,"r":8,"ts":90000}"#])
        try system.produce("events", [#"{"id":1,"u":1,"ts":2000}"#])
        func sql(_ type: String, table: String) -> String {
            """
            CREATE TABLE r (u BIGINT, r \(type), ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND,
              PRIMARY KEY (u) NOT ENFORCED) WITH (\(system.unbounded("versions")));
            CREATE TABLE e (id BIGINT, u BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
            WITH (\(system.unbounded("events")));
            CREATE TABLE o (id BIGINT, r \(type)) WITH (\(system.table(table)));
            INSERT INTO o SELECT e.id, r.r FROM e LEFT JOIN r FOR SYSTEM_TIME AS OF e.ts ON e.u = r.u;
            """
        }
        var process = try system.start(sql("BIGINT", table: "o"), job: "shape")
        try system.wait(for: "o", until: "SELECT count(*) = 1 FROM o")
        #expect(process.stop() == 0, "\(process.output)")
        // The same eight bytes would be another number.
        process = try system.start(sql("DOUBLE", table: "o2"), job: "shape")
        #expect(process.wait() == 3, "\(process.output)")
        #expect(process.output.contains("r BIGINT has become r DOUBLE"), "\(process.output)")
        #expect(process.output.contains("--from-checkpoint none"))
    }
}
