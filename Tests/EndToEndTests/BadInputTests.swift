import DevPostgres
import Foundation
import KafkaConnector
import Testing

/// Records that are no rows, and rows that PostgreSQL would refuse, under each policy.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct BadInputTests {
    private static let records = [
        #"{"id":1,"s":"a"}"#, #"{"id":2,"s":"#, #"{"id":"three","s":"c"}"#, #"{"id":4,"s":"d"}"#,
    ]

    @Test func poisonMessageEndsTheJobWithItsPlace() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("bad", Self.records)
        let result = try system.run(
            """
            CREATE TABLE t (id BIGINT, s STRING) WITH (\(system.bounded("bad")));
            CREATE TABLE o (id BIGINT, s STRING) WITH (\(system.table("o")));
            INSERT INTO o SELECT id, s FROM t;
            """, job: "fail")
        #expect(result.status == 6, "\(result.output)")
        #expect(result.output.contains("topic \(system.topic("bad")), partition 0, offset 1"), "\(result.output)")
        #expect(try system.rows("SELECT * FROM o").isEmpty)
        let skipped = try system.run(
            """
            CREATE TABLE t (id BIGINT, s STRING) WITH (\(system.bounded("bad")), 'scan.on-error' = 'skip');
            CREATE TABLE o (id BIGINT, s STRING) WITH (\(system.table("o")));
            INSERT INTO o SELECT id, s FROM t;
            """, job: "skip")
        #expect(skipped.status == 0, "\(skipped.output)")
        #expect(try system.rows("SELECT id, s FROM o ORDER BY id") == ["1|a", "4|d"])
    }

    @Test func poisonMessagesAreWrittenOnceWithTheRestThroughKills() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let sql = """
            CREATE TABLE t (id BIGINT) WITH (\(system.unbounded("mixed")), 'scan.on-error' = 'dead-letter',
              'scan.dead-letter.table' = 'letters', 'scan.dead-letter.limit' = '100000');
            CREATE TABLE u (id BIGINT) WITH (\(system.unbounded("mixed")), 'scan.on-error' = 'dead-letter',
              'scan.dead-letter.table' = 'posts', 'scan.dead-letter.limit' = '100000');
            CREATE TABLE letters (topic STRING, `partition` INT, `offset` BIGINT, raw_value BYTES, reason STRING)
            WITH ('connector' = 'kafka', 'topic' = '\(system.topic("letters"))', 'format' = 'json');
            CREATE TABLE posts (topic STRING, `partition` INT, `offset` BIGINT, raw_value BYTES, reason STRING)
            WITH (\(system.table("posts")));
            CREATE TABLE o (id BIGINT) WITH (\(system.table("o")));
            CREATE TABLE p (id BIGINT) WITH (\(system.table("p")));
            EXECUTE STATEMENT SET BEGIN INSERT INTO o SELECT id FROM t; INSERT INTO p SELECT id FROM u; END;
            """
        try system.makeLoader().createTopic(system.topic("letters"), partitions: 1)
        var process: ServiceProcess?
        for round in 0..<4 {
            try system.produce(
                "mixed", (round * 500..<(round + 1) * 500).map { $0 % 5 == 0 ? "wrong \($0)" : "{\"id\":\($0)}" })
            process?.crash()
            process = try system.start(sql, job: "letters")
            TestSystem.pass(milliseconds: 150 + 200 * round)
        }
        let last = try #require(process)
        try system.wait(
            for: "posts",
            until: """
                SELECT (SELECT count(*) FROM o) >= 1600 AND (SELECT count(*) FROM p) >= 1600
                   AND (SELECT count(*) FROM posts) >= 400
                """)
        let letters = try system.records(system.topic("letters"), count: 400)
        #expect(last.stop() == 0, "\(last.output.suffix(2000))")
        #expect(try system.rows("SELECT count(*), count(DISTINCT id) FROM o") == ["1600|1600"])
        #expect(try system.rows("SELECT count(*), count(DISTINCT id) FROM p") == ["1600|1600"])
        #expect(
            try system.rows(
                """
                SELECT count(*), count(DISTINCT "offset"),
                  bool_and(convert_from(raw_value, 'utf8') = 'wrong ' || "offset"), min(topic) FROM posts
                """) == ["400|400|t|\(system.topic("mixed"))"])
        #expect(try system.allRecords(system.topic("letters")).count == 400)
        #expect(Set(letters.compactMap { $0["offset"] as? Int }).count == 400)
        let path = try system.write(sql, as: "letters.sql")
        let explained = try ServiceProcess.run(["explain", path], environment: system.environment())
        #expect(explained.output.contains("decided by a Kafka transaction with the rows of letters"))
        #expect(explained.output.contains("followed by PostgreSQL with the rows of o, p, posts"))
    }

    @Test func rowsThatPostgreSQLWouldRefuseFollowThePolicy() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce(
            "rows",
            [
                #"{"id":1,"s":"fine","n":5,"d":1.5}"#, #"{"id":2,"s":"nul\u0000","n":5,"d":1.5}"#,
                #"{"id":3,"s":"wide","n":70000,"d":1.5}"#, #"{"id":4,"s":null,"n":1,"d":1.5}"#,
                #"{"id":5,"s":"big","n":1,"d":99999.5}"#, #"{"id":6,"s":"fine","n":1,"d":2}"#,
            ])
        for policy in ["fail", "skip", "dead-letter"] {
            let name = "refused_\(policy.prefix(4))"
            try system.postgres.query(
                "CREATE TABLE \(name) (id bigint, s text NOT NULL, n smallint, d numeric(4, 1))",
                database: system.database)
            let result = try system.run(
                """
                CREATE TABLE t (id BIGINT, s STRING, n INT, d DECIMAL(10, 1)) WITH (\(system.bounded("rows")));
                CREATE TABLE o (id BIGINT, s STRING, n INT, d DECIMAL(10, 1))
                WITH ('connector' = 'postgres', 'table-name' = '\(name)', 'sink.on-error' = '\(policy)');
                INSERT INTO o SELECT id, s, n, d FROM t;
                """, job: name)
            #expect(result.status == (policy == "fail" ? 6 : 0), "\(result.output)")
            // What came before the row that stops the job is committed.
            #expect(
                try system.rows("SELECT id FROM \(name) ORDER BY id") == (policy == "fail" ? ["1"] : ["1", "6"]))
        }
        let letters = try system.rows("SELECT reason, raw_value FROM millrace.dead_letters ORDER BY reason")
        #expect(
            letters.map { String($0.prefix(14)) } == [
                "postgres.22003", "postgres.22003", "postgres.22021", "postgres.23502",
            ])
    }
}
