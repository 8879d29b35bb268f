import DevPostgres
import Failpoints
import Foundation
import KafkaConnector
import Testing

/// Poison of every kind through a job: good rows once and right, each bad one once in the dead letters.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct QuarantineTests {
    /// The record of a number; those of kinds 0 to 7 are bad, each in its way.
    static func record(_ id: Int) -> String {
        func object(_ a: Int = 6, _ b: Int = 2, _ c: String = "5", _ s: String = "fine") -> String {
            #"{"id":\#(id),"a":\#(a),"b":\#(b),"c":"\#(c)","s":"\#(s)"}"#
        }
        switch id % 20 {
        case 0: return #"{"id":\#(id),"a""#
        case 1: return #"{"id":"\#(id)","a":true}"#
        case 2: return object(Int.max)
        case 3: return object(6, 0)
        case 4: return object(6, 2, "five")
        case 5: return object(6, 2, "5", #"nul\u0000"#)
        case 6: return object(6, 2, "5", "far too long")
        case 7: return object(26)
        default: return object()
        }
    }

    static func sql(_ system: TestSystem, limit: Int) -> String {
        """
        SET 'millrace.on-error' = 'dead-letter';
        SET 'millrace.dead-letter.table' = 'letters';
        SET 'millrace.dead-letter.limit' = '\(limit)';
        CREATE TABLE t (id BIGINT, a BIGINT, b BIGINT, c STRING, s STRING) WITH (\(system.unbounded("poison")));
        CREATE TABLE letters (topic STRING, `partition` INT, `offset` BIGINT, raw_value BYTES, reason STRING,
          `operator` STRING, message STRING)
        WITH ('connector' = 'kafka', 'topic' = '\(system.topic("letters"))', 'format' = 'json');
        CREATE TABLE o (id BIGINT, q BIGINT, twice BIGINT, c INT, s STRING)
        WITH ('connector' = 'postgres', 'table-name' = 'o');
        INSERT INTO o SELECT id, a / b, a + a, CAST(c AS INT), s FROM t;
        """
    }

    static func prepare(_ system: TestSystem) throws {
        try system.makeLoader().createTopic(system.topic("letters"), partitions: 1)
        try system.postgres.query(
            "CREATE TABLE o (id bigint, q bigint CHECK (q <> 13), twice bigint, c int, s varchar(8))",
            database: system.database)
    }

    @Test func eachBadRecordIsKeptOnceWithItsBytesThroughKills() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try Self.prepare(system)
        let sql = Self.sql(system, limit: 1_000_000)
        var process: ServiceProcess?
        for round in 0..<4 {
            try system.produce("poison", (round * 500..<(round + 1) * 500).map(Self.record))
            process?.crash()
            process = try system.start(sql, job: "poison")
            TestSystem.pass(milliseconds: 200 + 200 * round)
        }
        let last = try #require(process)
        try system.wait(
            for: "o",
            until: """
                SELECT (SELECT count(*) FROM o) >= 1200
                   AND (SELECT count(*) FROM millrace.dead_letters) >= 300
                """)
        _ = try system.records(system.topic("letters"), count: 500)
        #expect(last.stop() == 0, "\(last.output.suffix(2000))")
        #expect(
            try system.rows("SELECT count(*), count(DISTINCT id), min(q), max(twice), min(c), min(s) FROM o")
                == ["1200|1200|3|12|5|fine"])

        let letters = try system.allRecords(system.topic("letters"))
        #expect(letters.count == 500)
        #expect(Set(letters.compactMap { $0["offset"] as? Int }).count == 500)
        for letter in letters {
            let offset = try #require(letter["offset"] as? Int)
            let raw = Data(base64Encoded: letter["raw_value"] as? String ?? "") ?? Data()
            #expect(String(decoding: raw, as: UTF8.self) == Self.record(offset))
            #expect(letter["topic"] as? String == system.topic("poison"))
            let reason = letter["reason"] as? String ?? ""
            let expected = [
                "value.", "value.", "expression.arithmetic-overflow", "expression.division-by-zero",
                "expression.cast-failure",
            ][offset % 20]
            #expect(reason.hasPrefix(expected), "\(reason) at \(offset)")
        }
        // What only the sink refused has its record all the same.
        let refused = try system.rows(
            """
            SELECT reason, count(*), count(DISTINCT "offset"), min("offset" % 20), max("offset" % 20), min(topic)
            FROM millrace.dead_letters GROUP BY reason ORDER BY reason
            """)
        let topic = system.topic("poison")
        #expect(
            refused == [
                "postgres.22001|100|100|6|6|\(topic)", "postgres.22021|100|100|5|5|\(topic)",
                "postgres.23514|100|100|7|7|\(topic)",
            ])
        let raw = try system.rows(
            #"SELECT "offset", convert_from(raw_value, 'utf8') FROM millrace.dead_letters ORDER BY 1 LIMIT 3"#)
        #expect(raw == [5, 6, 7].map { "\($0)|\(Self.record($0))" })
    }

    @Test func tooManyRejectedRowsStopTheJobAndNothingIsLost() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try Self.prepare(system)
        try system.produce("poison", (0..<300).map { Self.record($0 * 20 + 3) })
        let process = try system.start(Self.sql(system, limit: 100), job: "limit")
        #expect(process.wait() == 6, "\(process.output.suffix(2000))")
        let output = process.output
        #expect(output.contains("101 of 300 rows were rejected within a minute, more than 100 and 1 %"), "\(output)")
        #expect(
            output.contains("(101 times) expression.division-by-zero, for example at \(system.topic("poison"))-0@0"))
        #expect(output.contains("millrace.dead-letter.limit"))
        #expect(try system.allRecords(system.topic("letters")).isEmpty)

        let again = try system.start(Self.sql(system, limit: 1000), job: "limit")
        #expect(try system.records(system.topic("letters"), count: 300).count == 300)
        #expect(again.stop() == 0, "\(again.output.suffix(2000))")
        #expect(try system.allRecords(system.topic("letters")).count == 300)
    }

    @Test func poisonMessageThatNoErrorNamesIsSearchedFor() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("named", (0..<9000).map { #"{"id":\#($0),"s":"\#($0 == 6789 ? "poison" : "fine")"}"# })
        try system.postgres.query(
            """
            CREATE TABLE o (id bigint, s text);
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.s = 'poison' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION refuse();
            """, database: system.database)
        let sql = """
            CREATE TABLE t (id BIGINT, s STRING) WITH (\(system.unbounded("named")), 'scan.on-error' = 'skip');
            CREATE TABLE o (id BIGINT, s STRING)
            WITH ('connector' = 'postgres', 'table-name' = 'o', 'sink.on-error' = 'skip');
            INSERT INTO o SELECT id, s FROM t;
            """
        let process = try system.start(sql, job: "named")
        // An unknown state of the server is never passed over, whatever the policies are.
        #expect(process.wait() == 6, "\(process.output.suffix(3000))")
        #expect(
            process.output.contains("topic \(system.topic("named")), partition 0, offset 6789"),
            "\(process.output.suffix(3000))")
        #expect(process.output.contains("not this one"))
        // What came before it is committed.
        #expect(try system.rows("SELECT count(*), count(DISTINCT id), max(id) FROM o") == ["6789|6789|6788"])
    }

    #if FAILPOINTS
        /// The process dies of the record and can say nothing: only the attempts that are counted in the checkpoint store know of it.
        @Test func aRecordThatKillsTheProcessIsFoundAndPutAside() throws {
            let system = try TestSystem()
            defer { system.tearDown() }
            let deadly = 6789
            try system.produce("deadly", (0..<9000).map { #"{"id":\#($0)}"# })
            try system.makeLoader().createTopic(system.topic("letters"), partitions: 1)
            let sql = """
                SET 'millrace.on-error' = 'dead-letter';
                SET 'millrace.dead-letter.table' = 'letters';
                CREATE TABLE t (id BIGINT) WITH (\(system.unbounded("deadly")));
                CREATE TABLE letters (topic STRING, `partition` INT, `offset` BIGINT, raw_value BYTES, reason STRING, message STRING)
                WITH ('connector' = 'kafka', 'topic' = '\(system.topic("letters"))', 'format' = 'json');
                CREATE TABLE o (id BIGINT) WITH (\(system.table("o")));
                INSERT INTO o SELECT id FROM t;
                """
            let plan = FailpointPlan([.init(.kafkaRecord, FailpointAction(.kill), key: Int64(deadly))])
            func start() throws -> ServiceProcess {
                try system.start(sql, job: "deadly", further: [FailpointPlan.variable: plan.text])
            }
            var process = try start()
            var deaths = 0
            // Halving what one read gives takes so many attempts at most, and three come before it.
            let deadline = Date(timeIntervalSinceNow: 120)
            while Date() < deadline, deaths < 20, (try? system.rows("SELECT count(*) FROM o")) != ["8999"] {
                if !process.isRunning {
                    #expect(process.wait() == 128 + SIGKILL, "\(process.output.suffix(2000))")
                    deaths += 1
                    process = try start()
                }
                TestSystem.pass(milliseconds: 50)
            }
            #expect(deaths > 3 && deaths < 20, "\(deaths) deaths")
            let letters = try system.records(system.topic("letters"), count: 1)
            #expect(process.stop() == 0, "\(process.output.suffix(2000))")
            #expect(
                try system.rows("SELECT count(*), count(DISTINCT id), count(*) FILTER (WHERE id = \(deadly)) FROM o")
                    == ["8999|8999|0"])
            #expect(letters.first?["offset"] as? Int == deadly)
            #expect(letters.first?["reason"] as? String == "quarantine.record")
            let raw = Data(base64Encoded: letters.first?["raw_value"] as? String ?? "") ?? Data()
            #expect(String(decoding: raw, as: UTF8.self) == #"{"id":\#(deadly)}"#)
            #expect(try system.allRecords(system.topic("letters")).count == 1)
        }
    #endif

    @Test func rowsTooLargeForTheirTopicArePutAside() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce("sizes", (0..<200).map { #"{"id":\#($0),"n":\#($0 % 50 == 7 ? 1_040_000 : 3)}"# })
        func sql(_ policy: String) -> String {
            """
            SET 'millrace.on-error' = '\(policy)';
            SET 'millrace.dead-letter.table' = 'letters';
            CREATE TABLE t (id BIGINT, n INT) WITH (\(system.bounded("sizes")));
            CREATE TABLE letters (reason STRING, `offset` BIGINT, raw_value BYTES) WITH (\(system.table("letters")));
            CREATE TABLE o (id BIGINT, s STRING)
            WITH ('connector' = 'kafka', 'topic' = '\(system.topic("wide"))', 'format' = 'json');
            INSERT INTO o SELECT id, REPEAT('x', n) FROM t;
            """
        }
        let failed = try system.run(sql("fail"), job: "failing")
        #expect(failed.status == 6, "\(failed.output.suffix(2000))")
        #expect(
            failed.output.contains("topic \(system.topic("sizes")), partition 0, offset 7"),
            "\(failed.output.suffix(2000))")
        let result = try system.run(sql("dead-letter"), job: "wide")
        #expect(result.status == 0, "\(result.output.suffix(2000))")
        let ids = try system.allRecords(system.topic("wide")).compactMap { $0["id"] as? Int }
        // The first job has committed what came before the record that it could not write.
        #expect(ids.sorted() == (Array(0..<7) + (0..<200).filter { $0 % 50 != 7 }).sorted())
        let letters = try system.rows(
            #"SELECT reason, "offset", convert_from(raw_value, 'utf8') FROM letters ORDER BY 2"#)
        let expected = [7, 57, 107, 157].map { #"kafka.record-too-large|\#($0)|{"id":\#($0),"n":1040000}"# }
        #expect(letters == expected, "\(letters)")
    }

    @Test(arguments: ["--table", "--topic"])
    func mendedRecordsGoBackInTheirOrder(kept: String) throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.produce(
            "casts", (0..<60).map { #"{"id":\#($0),"c":"\#($0 % 20 == 4 ? "five" : "5")"}"# }, headers: ["trace=abc"])
        let letters =
            kept == "--table"
            ? system.table("letters")
            : "'connector' = 'kafka', 'topic' = '\(system.topic("letters"))', 'format' = 'json'"
        try system.makeLoader().createTopic(system.topic("letters"), partitions: 1)
        let process = try system.start(
            """
            SET 'millrace.on-error' = 'dead-letter';
            SET 'millrace.dead-letter.table' = 'letters';
            CREATE TABLE t (id BIGINT, c STRING, `offset` BIGINT METADATA VIRTUAL, headers STRING METADATA VIRTUAL)
            WITH (\(system.unbounded("casts")));
            CREATE TABLE letters (job STRING, `operator` STRING, reason STRING, message STRING, topic STRING, `partition` INT,
              `offset` BIGINT, `timestamp` TIMESTAMP_LTZ(3), raw_key BYTES, raw_value BYTES, headers STRING,
              failed_at TIMESTAMP_LTZ(3)) WITH (\(letters));
            CREATE TABLE o (id BIGINT, c INT, place BIGINT, headers STRING) WITH (\(system.table("o")));
            INSERT INTO o SELECT id, CAST(c AS INT), `offset`, headers FROM t;
            """, job: "casts")
        try system.wait(for: "o", until: "SELECT count(*) = 57 FROM o")
        let place = [kept, kept == "--table" ? "letters" : system.topic("letters")]
        func deadletters(_ arguments: [String]) throws -> String {
            let result = try ServiceProcess.run(["deadletters"] + arguments + place, environment: system.environment())
            #expect(result.status == 0, "\(result.output)")
            return result.output
        }
        if kept == "--table" {
            try system.wait(for: "letters", until: "SELECT count(*) = 3 FROM letters")
        } else {
            _ = try system.records(system.topic("letters"), count: 3)
        }
        let listed = try deadletters(["list"])
        #expect(listed.contains("expression.cast-failure  3 "), "\(listed)")
        let topic = system.topic("casts")
        #expect(listed.contains("\(topic)-0@24"), "\(listed)")
        let shown = try deadletters(["show", "\(topic)-0@24"])
        #expect(shown.contains(#"value       {"id":24,"c":"five"}"#), "\(shown)")
        #expect(shown.contains("header      trace = abc"), "\(shown)")
        #expect(try deadletters(["show", "\(topic)-0@24", "--raw"]) == #"{"id":24,"c":"five"}"#)
        #expect(try deadletters(["list", "--reason", "value"]).contains("no dead letters"))

        let lines = try deadletters(["list", "--json", "--reason", "expression"])
        #expect(lines.split(separator: "\n").count == 3)
        // The order of the file does not matter.
        let mended = lines.replacingOccurrences(of: "five", with: "55").split(separator: "\n").reversed()
        let file = try system.write(mended.joined(separator: "\n"), as: "mended.json")
        let dry = try deadletters(["replay", "--file", file])
        #expect(dry.contains("3 records would be put back"), "\(dry)")
        #expect(try system.rows("SELECT count(*) FROM o") == ["57"])
        let done = try deadletters(["replay", "--file", file, "--execute"])
        #expect(done.contains("3 records were put back in one transaction"), "\(done)")
        try system.wait(for: "o", until: "SELECT count(*) >= 60 FROM o")
        #expect(try system.rows("SELECT id, c FROM o WHERE place >= 60 ORDER BY place") == ["4|55", "24|55", "44|55"])
        let headers = try system.rows("SELECT DISTINCT headers FROM o WHERE id = 24")
        #expect(headers[0].contains("millrace-replay-of") && headers[0].contains("trace"), "\(headers)")
        if kept == "--table" {
            let again = try deadletters(["replay", "--execute"])
            #expect(again.contains("there is nothing to put back"), "\(again)")
            #expect(again.contains("3 were put back before"), "\(again)")
            // As after a death between the commit and the mark: the next call finds out, and puts nothing back twice.
            try system.postgres.query("UPDATE letters SET replayed_at = NULL", database: system.database)
            let resolving = try ServiceProcess.run(
                ["deadletters", "replay", "--execute"] + place, environment: system.environment())
            #expect(resolving.status == 3, "\(resolving.output)")
            #expect(try deadletters(["replay", "--execute"]).contains("3 were put back before"))
        }
        #expect(process.stop() == 0)
        #expect(try system.rows("SELECT count(*), count(DISTINCT id) FROM o") == ["60|60"])
    }

    @Test func aLetterTooLargeForItsTopicIsCutAndItsRecordIsFoundAgain() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let large = #"{"id":3,"s":""# + String(repeating: "x", count: 900_000)
        try system.produce("large", (0..<20).map { $0 == 3 ? large : #"{"id":\#($0)}"# })
        let topic = system.topic("large")
        try system.makeLoader().createTopic(system.topic("letters"), partitions: 1)
        let result = try system.run(
            """
            CREATE TABLE t (id BIGINT) WITH (\(system.bounded("large")), 'scan.on-error' = 'dead-letter',
              'scan.dead-letter.table' = 'letters');
            CREATE TABLE letters (topic STRING, `partition` INT, `offset` BIGINT, `timestamp` TIMESTAMP_LTZ(3), raw_key BYTES,
              raw_value BYTES, reason STRING, `operator` STRING, message STRING)
            WITH ('connector' = 'kafka', 'topic' = '\(system.topic("letters"))', 'format' = 'json');
            CREATE TABLE o (id BIGINT) WITH (\(system.table("o")));
            INSERT INTO o SELECT id FROM t;
            """, job: "large")
        #expect(result.status == 0, "\(result.output.suffix(2000))")
        #expect(
            result.output.contains("dead letters were cut to what their topic takes"), "\(result.output.suffix(2000))")
        #expect(try system.rows("SELECT count(*) FROM o") == ["19"])
        let letters = try system.allRecords(system.topic("letters"))
        #expect(letters.count == 1)
        let letter = try #require(letters.first)
        let kept = Data(base64Encoded: letter["raw_value"] as? String ?? "") ?? Data()
        #expect(kept.count > 740_000 && Data(large.utf8).starts(with: kept), "\(kept.count) bytes")
        #expect(letter["offset"] as? Int == 3 && letter["topic"] as? String == topic)

        func deadletters(_ arguments: [String]) throws -> String {
            let result = try ServiceProcess.run(
                ["deadletters"] + arguments + ["--topic", system.topic("letters")], environment: system.environment())
            #expect(result.status == 0, "\(result.output.prefix(2000))")
            return result.output
        }
        let shown = try deadletters(["show", "\(topic)-0@3"])
        #expect(shown.contains("incomplete  \(kept.count) of \(large.utf8.count) bytes of raw_value are kept"))
        #expect(shown.contains("\(topic)-0@3, if its topic still has it"))
        #expect(try deadletters(["show", "\(topic)-0@3", "--raw"]) == large)
        #expect(try deadletters(["replay", "--execute"]).contains("1 records were put back in one transaction"))
        let values = try system.keyedRecords("large")
        // Without a key, as it was.
        #expect(values.count == 21 && values.last == "NULL=" + large, "\(values.count) records")
        // Once the topic has gone there is no record to put back.
        try system.makeLoader().deleteTopic(topic)
        let refused = try deadletters(["replay", "--execute"])
        #expect(refused.contains("\(topic)-0@3 is left out: its letter does not hold all of the record"), "\(refused)")
        #expect(refused.contains("there is nothing to put back"), "\(refused)")
    }

    @Test func aRowRefusedBehindAJoinHasThePlaceOfItsRecord() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try Self.prepare(system)
        // The last play has no time and is answered at once: when it is there, the others wait.
        let plays = (0..<40).map { id in
            #"{"id":\#(id),"film":\#(id % 4),"s":"\#(id % 10 == 7 ? "far too long" : "fine")","ts":\#(1000 + id)}"#
        }
        try system.produce("plays", plays + [#"{"id":99,"film":1,"s":"fine"}"#])
        try system.produce("ratings", (0..<4).map { #"{"film":\#($0),"rating":\#($0),"ts":500}"# })
        let sql = """
            SET 'millrace.on-error' = 'dead-letter';
            SET 'millrace.dead-letter.table' = 'letters';
            CREATE TABLE plays (id BIGINT, film BIGINT, s STRING, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts)
            WITH (\(system.unbounded("plays")));
            CREATE TABLE ratings (film BIGINT, rating BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts,
              PRIMARY KEY (film) NOT ENFORCED)
            WITH (\(system.unbounded("ratings")), 'scan.watermark.idle-timeout' = '1 h');
            CREATE TABLE letters (topic STRING, `partition` INT, `offset` BIGINT, raw_value BYTES, reason STRING,
              `operator` STRING, message STRING)
            WITH ('connector' = 'kafka', 'topic' = '\(system.topic("letters"))', 'format' = 'json');
            CREATE TABLE o (id BIGINT, q BIGINT, s STRING) WITH ('connector' = 'postgres', 'table-name' = 'o');
            INSERT INTO o SELECT p.id, 10 / r.rating, p.s
            FROM plays AS p LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON p.film = r.film;
            """
        let first = try system.start(sql, job: "waiting")
        try system.wait(for: "o", until: "SELECT count(*) = 1 FROM o")
        #expect(first.stop() == 0, "\(first.output.suffix(2000))")
        let second = try system.start(sql, job: "waiting")
        try system.produce("ratings", [#"{"film":9,"rating":1,"ts":90000}"#])
        try system.produce("plays", [#"{"id":100,"film":9,"s":"fine","ts":90001}"#])
        // Films 1 to 3 have a rating that divides; every tenth play is too long, and none of these is of film 0.
        let long = [7, 17, 27, 37]
        try system.wait(for: "o", until: "SELECT count(*) = 1 + 30 - \(long.count) FROM o")
        try system.wait(for: "o", until: "SELECT count(*) = \(long.count) FROM millrace.dead_letters")
        #expect(try system.records(system.topic("letters"), count: 10).count == 10)
        #expect(second.stop() == 0, "\(second.output.suffix(2000))")

        let topic = system.topic("plays")
        let refused = try system.rows(
            """
            SELECT reason, topic, "partition", "offset", convert_from(raw_value, 'utf8')::jsonb->>'s', message LIKE '%is the row%'
            FROM millrace.dead_letters ORDER BY "offset"
            """)
        #expect(refused == long.map { "postgres.22001|\(topic)|0|\($0)|far too long|t" }, "\(refused)")
        let letters = try system.allRecords(system.topic("letters"))
        #expect(letters.compactMap { $0["offset"] as? Int }.sorted() == (0..<10).map { $0 * 4 }, "\(letters)")

        func deadletters(_ arguments: [String]) throws -> String {
            let result = try ServiceProcess.run(["deadletters"] + arguments, environment: system.environment())
            #expect(result.status == 0, "\(result.output)")
            return result.output
        }
        let shown = try deadletters(["show", "\(topic)-0@27"])
        #expect(shown.contains("incomplete  the value is the row as the operator saw it"), "\(shown)")
        #expect(try deadletters(["show", "\(topic)-0@27", "--raw"]) == plays[27])
        #expect(try deadletters(["replay", "--execute"]).contains("4 records were put back in one transaction"))
        #expect(try system.keyedRecords("plays").suffix(4) == long.map { "NULL=" + plays[$0] })
    }
}
