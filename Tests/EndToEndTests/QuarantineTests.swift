import DevPostgres
import Foundation
import KafkaConnector
import Testing

/// Poison of every kind through a job: good rows once and right, each bad one once in the dead letters.
@Suite(.serialized, .timeLimit(.minutes(8)))
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
}
