import Columnar
import DevPostgres
import Foundation
import Testing

@testable import KafkaConnector

/// The holes that the protocol's design lists, met by whole processes.
@Suite(.sideBySide, .timeLimit(.minutes(20)))
struct HolesTests {
    // MARK: two instances with one transactional.id

    /// They fence each other in turns until one has been fenced twice; the other one goes on and nothing is lost or doubled.
    @Test(arguments: FilmJob.Sinks.allCases)
    func twoInstancesWithOneId(sinks: FilmJob.Sinks) throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 31, ratings: 1500, plays: 3500), sinks: sinks, parallelism: 1)
        // While there is work: an idle job touches no system, and so does not meet the one that has taken over.
        let producer = job.produce(overSeconds: 20)
        let processes = try (1...2).map { number in
            try ServiceProcess(
                ["run", job.sqlPath], environment: system.environment(["MILLRACE_PARALLELISM": "1"]),
                log: "\(system.directory)/instance\(number).log")
        }
        let deadline = Date(timeIntervalSinceNow: 120)
        while processes.allSatisfy(\.isRunning), Date() < deadline { TestSystem.pass(milliseconds: 50) }
        let ended = processes.filter { !$0.isRunning }
        #expect(ended.count == 1, "\(processes.map { $0.output.suffix(1500) })")
        #expect(ended.first?.wait() == 5)
        #expect(
            ended.first?.output.contains("another instance uses the id of job 'job-\(system.suffix)'") == true,
            "\(ended.first?.output.suffix(1500) ?? "")")
        let problems = try job.differences()
        #expect(problems.isEmpty, "\(problems.prefix(5)) \(processes.map { $0.output.suffix(1500) })")
        let survivor = processes.first(where: \.isRunning)
        #expect(survivor?.stop() == 0, "\(survivor?.output.suffix(1500) ?? "")")
        _ = producer
    }

    // MARK: failover to a lagging standby

    /// The standby that takes over lacks a second of commits. As the decider it takes rows and offsets back together; as the follower
    /// it is given the rows again. The url names both servers.
    @Test(arguments: [FilmJob.Sinks.postgres, .both])
    func failoverToALaggingStandby(sinks: FilmJob.Sinks) throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let films = Films(seed: 32, ratings: 2400, plays: 5600)
        let job = try FilmJob(system, films, sinks: sinks, parallelism: 2)
        let standby = try system.postgres.makeStandby()
        defer { standby.stop() }
        let url =
            "postgres://postgres@127.0.0.1:\(system.postgres.port),127.0.0.1:\(standby.port)/\(system.database)"
        let process = try job.start(
            further: ["MILLRACE_POSTGRES_URL": url, "MILLRACE_CHECKPOINT_RETAINED": "1000"])
        let producer = job.produce(overSeconds: 6)
        try system.waitForRows("enriched", count: 200)
        try standby.halt()
        let before = try system.rows("SELECT count(*) FROM enriched")
        try system.postgres.waitUntil(
            "SELECT count(*) > \(before[0]) + 500 FROM enriched", database: system.database)
        try system.postgres.crash()
        try standby.start()
        #expect(TestSystem.wait(process, prints: "no connection to PostgreSQL"), "\(process.output.suffix(2000))")
        try standby.promote()
        let lost = try standby.query("SELECT \(before[0]) + 500 - count(*) FROM enriched", database: system.database)
        #expect(Int(lost) ?? 0 > 0, "the standby had not fallen behind")
        try standby.waitUntil(
            "SELECT count(*) >= \(films.answers.count) FROM enriched", database: system.database)
        let problems = films.differences(try job.tableRows(on: standby))
        #expect(problems.isEmpty, "\(problems.prefix(5)) \(process.output.suffix(3000))")
        if sinks == .both {
            _ = try system.records(system.topic("output"), count: films.answers.count)
            #expect(films.differences(try job.topicRows()).isEmpty)
        }
        #expect(process.output.contains("failed over"))
        #expect(process.stop() == 0, "\(process.output.suffix(2000))")
        // What was lost is not mistaken for what came after it.
        let starts = process.output.components(separatedBy: "The job is running").count
        let again = try job.start(further: ["MILLRACE_POSTGRES_URL": url, "MILLRACE_CHECKPOINT_RETAINED": "1000"])
        let deadline = Date(timeIntervalSinceNow: 60)
        while again.output.components(separatedBy: "The job is running").count == starts, Date() < deadline {
            TestSystem.pass(milliseconds: 20)
        }
        #expect(again.stop() == 0)
        #expect(films.differences(try job.tableRows(on: standby)).isEmpty)
        _ = producer
    }

    // MARK: ENOSPC and fsync

    /// The disk is full for a while: the checkpoint fails, nothing is read, the job comes back when there is room.
    @Test func noSpaceForCheckpoints() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 33, ratings: 900, plays: 2100), sinks: .both, parallelism: 1)
        let process = try job.start(further: ["MILLRACE_FAILPOINTS": "fileWrite=enospc@12*6"])
        let producer = job.produce(overSeconds: 3)
        let problems = try job.differences()
        #expect(problems.isEmpty, "\(problems.prefix(5)) \(process.output.suffix(3000))")
        #expect(process.output.contains("No space left on device"), "\(process.output.suffix(3000))")
        #expect(process.stop() == 0)
        _ = producer
    }

    /// Below the least free space no job begins; it says so and waits, and stops when asked.
    @Test func tooLittleFreeSpace() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 34, ratings: 3, plays: 7), sinks: .postgres, parallelism: 1)
        let process = try job.start(further: ["MILLRACE_CHECKPOINT_MINIMUM_FREE": "900000gb"])
        #expect(TestSystem.wait(process, prints: "attempt=2"), "\(process.output)")
        #expect(process.output.contains("MILLRACE_CHECKPOINT_MINIMUM_FREE"))
        #expect(process.stop() == 0, "\(process.output)")
    }

    /// A device that could not write what it was given is not asked a second time.
    @Test func syncFailureIsFatal() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 35, ratings: 300, plays: 700), sinks: .both, parallelism: 1)
        let producer = job.produce(overSeconds: 1)
        var process = try job.start(further: ["MILLRACE_FAILPOINTS": "fileSync=fsync@5"])
        #expect(process.wait() == 4, "\(process.output.suffix(2000))")
        #expect(process.output.contains("nothing is tried again"), "\(process.output.suffix(2000))")
        process = try job.start()
        let problems = try job.differences()
        #expect(problems.isEmpty, "\(problems.prefix(5)) \(process.output.suffix(3000))")
        #expect(process.stop() == 0)
        _ = producer
    }

    // MARK: transaction.timeout vs interval

    @Test func tooRareCheckpointsAreRefusedBeforeAnythingIsRead() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 36, ratings: 3, plays: 7), sinks: .kafka, parallelism: 1)
        let process = try job.start(
            further: ["MILLRACE_CHECKPOINT_INTERVAL": "20s", "MILLRACE_KAFKA_TRANSACTION_TIMEOUT_MS": "30000"])
        #expect(process.wait() == 2, "\(process.output)")
        #expect(process.output.contains("MILLRACE_CHECKPOINT_INTERVAL"), "\(process.output)")
    }

    // MARK: offsets for monitoring

    /// PostgreSQL decides; the group's offsets are there for whoever asks for the lag.
    @Test func offsetsAreExportedToTheGroup() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let films = Films(seed: 37, ratings: 300, plays: 700)
        let job = try FilmJob(system, films, sinks: .postgres, parallelism: 1)
        let process = try job.start()
        let producer = job.produce(overSeconds: 1)
        #expect(try job.differences().isEmpty)
        let properties = KafkaProperties(["bootstrap.servers": system.bootstrapServers]) { _, _ in }
        let admin = try ClientHandle(
            .administration, properties: properties.administration(group: "job-\(system.suffix)"), events: .ignored)
        let places = (0..<4).map { KafkaPosition(topic: system.topic("plays"), partition: $0, offset: 0) }
        let deadline = Date(timeIntervalSinceNow: 30)
        var sum: Int64 = 0
        while sum < 700, Date() < deadline {
            TestSystem.pass(milliseconds: 50)
            sum = try admin.committed(places, timeoutMilliseconds: 10_000).reduce(0) { $0 + max(0, $1.offset) }
        }
        #expect(sum == Int64(films.answers.count))
        #expect(process.stop() == 0)
        _ = producer
    }

    // MARK: nondeterminism

    /// Kafka decides an epoch whose rows came out of a lookup, and the process dies before PostgreSQL has them. Meanwhile the lookup
    /// would give another answer. PostgreSQL is given the rows that were decided; nothing is computed anew.
    @Test func nondeterminismOfADecidedEpochIsNotComputedAnew() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.postgres.query(
            "CREATE TABLE dim (id bigint PRIMARY KEY, name text); INSERT INTO dim VALUES (1, 'before')",
            database: system.database)
        try system.produce("asks", [#"{"id":1,"d":1}"#])
        let output = system.topic("answers")
        try system.makeLoader().createTopic(output, partitions: 1)
        let sql = """
            CREATE TABLE t (id BIGINT, d BIGINT, now_ AS PROCTIME()) WITH (\(system.unbounded("asks")));
            CREATE TABLE dim (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
            WITH ('connector' = 'postgres', 'table-name' = 'dim');
            CREATE TABLE k (id BIGINT, name STRING) WITH ('connector' = 'kafka', 'topic' = '\(output)', 'format' = 'json');
            CREATE TABLE o (id BIGINT, name STRING) WITH (\(system.table("o")));
            EXECUTE STATEMENT SET BEGIN
            INSERT INTO k SELECT t.id, dim.name FROM t LEFT JOIN dim FOR SYSTEM_TIME AS OF t.now_ ON t.d = dim.id;
            INSERT INTO o SELECT t.id, dim.name FROM t LEFT JOIN dim FOR SYSTEM_TIME AS OF t.now_ ON t.d = dim.id;
            END;
            """
        // An epoch without the row may be decided first.
        for _ in 0..<5 where try system.allRecords(output).isEmpty {
            let process = try system.start(
                sql, job: "answers", further: ["MILLRACE_FAILPOINTS": "beforeFollowerCommit=kill"])
            _ = process.wait()
        }
        #expect(try system.allRecords(output).map { "\($0["name"] ?? "")" } == ["before"])
        #expect(try system.rows("SELECT * FROM o").isEmpty)
        try system.postgres.query("UPDATE dim SET name = 'after'", database: system.database)
        let process = try system.start(sql, job: "answers")
        try system.waitForRows("o", count: 1)
        #expect(try system.rows("SELECT id, name FROM o") == ["1|before"])
        #expect(process.stop() == 0)
        #expect(try system.allRecords(output).count == 1)
        #expect(try system.rows("SELECT id, name FROM o") == ["1|before"])
    }

    // MARK: duplicates from upstream producers

    /// What a producer wrote twice has two offsets: two records, each of them once. A view of versions holds it once.
    @Test func duplicatesFromUpstreamProducers() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let rating = #"{"u":1,"r":7,"ts":1000}"#
        try system.produce("ratings", [rating, rating, rating])
        let play = #"{"id":1,"u":1,"ts":2000}"#
        try system.produce("plays", [play, play])
        let result = try system.run(
            """
            CREATE TABLE r (u BIGINT, r INT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
            WITH (\(system.bounded("ratings")));
            CREATE TABLE p (id BIGINT, u BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
            WITH (\(system.bounded("plays")));
            CREATE VIEW v AS SELECT u, r, ts
            FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY u ORDER BY ts DESC) AS rn FROM r) WHERE rn = 1;
            CREATE TABLE all_plays (id BIGINT, r INT) WITH (\(system.table("all_plays")));
            CREATE TABLE plays_by_id (id BIGINT, r INT, PRIMARY KEY (id) NOT ENFORCED)
            WITH (\(system.table("plays_by_id")));
            EXECUTE STATEMENT SET BEGIN
            INSERT INTO all_plays SELECT p.id, v.r FROM p LEFT JOIN v FOR SYSTEM_TIME AS OF p.ts ON p.u = v.u;
            INSERT INTO plays_by_id SELECT p.id, v.r FROM p LEFT JOIN v FOR SYSTEM_TIME AS OF p.ts ON p.u = v.u;
            END;
            """, job: "duplicates")
        #expect(result.status == 0, "\(result.output)")
        // Three equal ratings are one version: each of the two plays is answered once.
        #expect(try system.rows("SELECT id, r FROM all_plays") == ["1|7", "1|7"])
        // A table with a key keeps one of them.
        #expect(try system.rows("SELECT id, r FROM plays_by_id") == ["1|7"])
    }

    // MARK: non-transactional sinks

    /// A sink without a transaction is given every row at least once, over kills.
    @Test func nonTransactionalSinksLoseNothing() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let output = system.topic("copies")
        try system.makeLoader().createTopic(output, partitions: 1)
        let sql = """
            CREATE TABLE t (id BIGINT) WITH (\(system.unbounded("ids")));
            CREATE TABLE k (id BIGINT) WITH ('connector' = 'kafka', 'topic' = '\(output)', 'format' = 'json',
              'sink.delivery-guarantee' = 'at-least-once');
            CREATE TABLE o (id BIGINT) WITH (\(system.table("o")));
            EXECUTE STATEMENT SET BEGIN INSERT INTO k SELECT id FROM t; INSERT INTO o SELECT id FROM t; END;
            """
        let count = 2000
        for round in 0..<4 {
            try system.produce("ids", (round * count / 4..<(round + 1) * count / 4).map { "{\"id\":\($0)}" })
            let process = try system.start(
                sql, job: "copies", further: round < 3 ? ["MILLRACE_FAILPOINTS": "beforeDecision=kill"] : [:])
            if round < 3 {
                _ = process.wait()
            } else {
                try system.waitForRows("o", count: count)
                #expect(process.stop() == 0)
            }
        }
        let found = try system.allRecords(output).compactMap { $0["id"] as? Int }
        #expect(Set(found) == Set(0..<count), "none is missing")
        #expect(found.count >= count, "some may be there twice")
        #expect(try system.rows("SELECT count(*), count(DISTINCT id) FROM o") == ["\(count)|\(count)"])
    }

    // MARK: clocks

    /// One record from the year 2100 does not close what is open: the rows that come after it are answered as ever.
    @Test func oneRecordFromTheFutureClosesNothing() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let sql = """
            CREATE TABLE r (k BIGINT, v BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND,
              PRIMARY KEY (k) NOT ENFORCED) WITH (\(system.unbounded("r")));
            CREATE TABLE p (k BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
              WITH (\(system.unbounded("p")));
            CREATE TABLE o (k BIGINT, v BIGINT) WITH (\(system.table("o")));
            INSERT INTO o SELECT p.k, r.v FROM p
              LEFT JOIN r FOR SYSTEM_TIME AS OF p.ts AS r ON p.k = r.k;
            """
        func time(_ seconds: Double) -> String {
            Date(timeIntervalSinceNow: seconds).ISO8601Format(.iso8601WithTimeZone(includingFractionalSeconds: true))
                .replacingOccurrences(of: "T", with: " ").replacingOccurrences(of: "+0000", with: "Z")
                .replacingOccurrences(of: "+00:00", with: "Z")
        }
        try system.produce(
            "r", [#"{"k":1,"v":1,"ts":"\#(time(-60))"}"#, #"{"k":9,"v":9,"ts":"2100-01-01 00:00:00Z"}"#])
        try system.produce(
            "p", [#"{"k":1,"ts":"\#(time(-50))"}"#, #"{"k":9,"ts":"2100-01-01 00:00:00Z"}"#])
        let process = try system.start(sql, job: "future")
        try system.wait(for: "o", until: "SELECT count(*) = 1 FROM o")
        // A version and a row after it, both of now: neither is late, whatever the record from the future said.
        try system.produce("r", [#"{"k":2,"v":2,"ts":"\#(time(-10))"}"#])
        try system.produce("p", [#"{"k":2,"ts":"\#(time(-5))"}"#])
        try system.wait(for: "o", until: "SELECT count(*) >= 2 FROM o")
        #expect(try system.rows("SELECT k, v FROM o ORDER BY k") == ["1|1", "2|2"], "\(process.output.suffix(2000))")
        #expect(process.stop() == 0)
    }
}
