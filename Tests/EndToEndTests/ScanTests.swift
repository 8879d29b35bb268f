import Foundation
import KafkaConnector
import Testing

/// Where a scan begins and ends, and what can be read of a record.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct ScanTests {
    @Test func aScanBeginsAndEndsWhereItsOptionsSay() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("scan", [#"{"id":1}"#, #"{"id":2}"#])
        TestSystem.pass(milliseconds: 20)
        let between = Int(Date().timeIntervalSince1970 * 1000)
        TestSystem.pass(milliseconds: 20)
        try system.produce("scan", [#"{"id":3}"#, #"{"id":4}"#])
        let toTheEnd = "'scan.bounded.mode' = 'latest-offset'"
        let variants: [(options: String, expected: String)] = [
            ("'scan.startup.mode' = 'earliest-offset', \(toTheEnd)", "1,2,3,4"),
            ("'scan.startup.mode' = 'latest-offset', \(toTheEnd)", ""),
            (
                "'scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = '\(between)', \(toTheEnd)", "3,4"
            ),
            (
                "'scan.startup.mode' = 'specific-offsets', "
                    + "'scan.startup.specific-offsets' = 'partition:0,offset:1', \(toTheEnd)", "2,3,4"
            ),
            (
                "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'timestamp', "
                    + "'scan.bounded.timestamp-millis' = '\(between)'", "1,2"
            ),
            (
                "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'specific-offsets', "
                    + "'scan.bounded.specific-offsets' = 'partition:0,offset:3'", "1,2,3"
            ),
        ]
        for (index, variant) in variants.enumerated() {
            let result = try system.run(
                """
                CREATE TABLE t (id BIGINT)
                WITH ('connector' = 'kafka', 'topic' = '\(system.topic("scan"))', 'format' = 'json', \(variant.options));
                CREATE TABLE o (id BIGINT) WITH (\(system.table("scan\(index)")));
                INSERT INTO o SELECT id FROM t;
                """, job: "scan\(index)")
            #expect(result.status == 0, "\(variant.options): \(result.output)")
            let found = try system.rows("SELECT string_agg(id::text, ',' ORDER BY id) FROM scan\(index)")
            #expect(found.first ?? "" == variant.expected, "\(variant.options)")
        }
    }

    @Test func nestedFieldsAndMetadataAreReadAndWritten() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce(
            "nested",
            [#"{"id":1,"a":{"b":{"c":7,"d":"x"},"e":[1]}}"#, #"{"id":2,"a":null}"#, #"{"id":3,"a":{"b":null}}"#],
            headers: ["k=v"])
        let result = try system.run(
            """
            CREATE TABLE t (id BIGINT, a ROW<b ROW<c INT, d STRING>>, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
              part INT METADATA FROM 'partition' VIRTUAL, `offset` BIGINT METADATA VIRTUAL,
              topic STRING METADATA VIRTUAL, headers STRING METADATA VIRTUAL) WITH (\(system.bounded("nested")));
            CREATE TABLE o (id BIGINT, c INT, d STRING, part INT, off BIGINT, topic STRING, headers STRING, fresh BOOLEAN)
            WITH (\(system.table("nested")));
            CREATE TABLE k (id BIGINT, x ROW<c INT, y ROW<d STRING>>, at_ TIMESTAMP_LTZ(3) METADATA FROM 'timestamp')
            WITH ('connector' = 'kafka', 'topic' = '\(system.topic("nestedout"))', 'format' = 'json');
            EXECUTE STATEMENT SET BEGIN
            INSERT INTO o SELECT id, a.b.c, t.a.b.d, part, `offset`, topic, headers,
              ts > TO_TIMESTAMP_LTZ(1600000000000, 3) FROM t;
            INSERT INTO k SELECT id, ROW(a.b.c, ROW(a.b.d)), TO_TIMESTAMP_LTZ(id, 3) FROM t;
            END;
            """, job: "nested")
        #expect(result.status == 0, "\(result.output)")
        let rest = "\(system.topic("nested"))|[{\"key\":\"k\",\"value\":\"dg==\"}]|t"
        #expect(
            try system.rows("SELECT * FROM nested ORDER BY id") == [
                "1|7|x|0|0|\(rest)", "2|||0|1|\(rest)", "3|||0|2|\(rest)",
            ])
        #expect(
            try system.keyedRecords("nestedout") == [
                #"NULL={"id":1,"x":{"c":7,"y":{"d":"x"}}}"#, #"NULL={"id":2,"x":{"c":null,"y":{"d":null}}}"#,
                #"NULL={"id":3,"x":{"c":null,"y":{"d":null}}}"#,
            ])
    }

    @Test func severalInsertsShareOneScanAndTwoTopicsOneTransaction() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        for topic in ["a", "b"] { try system.makeLoader().createTopic(system.topic(topic), partitions: 1) }
        try system.produce("shared", (1...50).map { "{\"id\":\($0)}" })
        let sql = """
            CREATE TABLE t (id BIGINT) WITH (\(system.unbounded("shared")));
            CREATE TABLE a (id BIGINT, x STRING) WITH ('connector' = 'kafka', 'topic' = '\(system.topic("a"))',
              'format' = 'json', 'key.format' = 'json', 'key.fields' = 'id');
            CREATE TABLE b (id BIGINT) WITH ('connector' = 'kafka', 'topic' = '\(system.topic("b"))', 'format' = 'json');
            EXECUTE STATEMENT SET BEGIN
            INSERT INTO a SELECT id, '${GIVEN:-not}${ABSENT:-default}' FROM t;
            INSERT INTO b SELECT id * 10 FROM t WHERE id > 1;
            END;
            """
        let path = try system.write(sql)
        let explained = try ServiceProcess.run(["explain", path], environment: system.environment())
        #expect(explained.output.components(separatedBy: "Source ").count == 2, "\(explained.output)")
        #expect(explained.output.contains("shared by 2 readers"))
        var process = try system.start(sql, job: "shared", further: ["GIVEN": "given "])
        _ = try system.records(system.topic("b"), count: 49)
        process.crash()
        try system.produce("shared", (51...100).map { "{\"id\":\($0)}" })
        process = try system.start(sql, job: "shared", further: ["GIVEN": "given "])
        _ = try system.records(system.topic("b"), count: 99)
        #expect(process.stop() == 0, "\(process.output)")
        let first = try system.allRecords(system.topic("a"))
        #expect(first.compactMap { $0["id"] as? Int }.sorted() == Array(1...100))
        #expect(first.allSatisfy { $0["x"] as? String == "given default" })
        #expect(
            try system.allRecords(system.topic("b")).compactMap { $0["id"] as? Int }.sorted()
                == (2...100).map { $0 * 10 })
    }
}
