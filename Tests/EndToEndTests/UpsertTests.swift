import Foundation
import KafkaConnector
import Testing

/// Streams of updates: from a compacted topic into tables by primary key, and into another compacted topic.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct UpsertTests {
    private func sql(_ system: TestSystem) -> String {
        let upsert = "'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'"
        return """
            CREATE TABLE t (id BIGINT, s STRING, n INT, PRIMARY KEY (id) NOT ENFORCED)
            WITH (\(upsert), 'topic' = '\(system.topic("updates"))');
            CREATE TABLE current_ (id BIGINT, s STRING, n INT, PRIMARY KEY (id) NOT ENFORCED)
            WITH (\(system.table("current_")));
            CREATE TABLE few (id BIGINT, s STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (\(system.table("few")));
            CREATE TABLE copied (id BIGINT, s STRING, PRIMARY KEY (id) NOT ENFORCED)
            WITH (\(upsert), 'topic' = '\(system.topic("copied"))');
            EXECUTE STATEMENT SET BEGIN
            INSERT INTO current_ SELECT id, s, n FROM t;
            INSERT INTO few SELECT id, s FROM t WHERE n < 2;
            INSERT INTO copied SELECT id, UPPER(s) FROM t;
            END;
            """
    }

    private func update(_ id: Int, _ text: String?, _ n: Int = 1) -> String {
        "{\"id\":\(id)}\t" + (text.map { "{\"id\":\(id),\"s\":\"\($0)\",\"n\":\(n)}" } ?? "")
    }

    @Test func updatesAndTombstonesReachTablesAndTopicsAlsoOverAKill() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let sql = sql(system)
        try system.makeLoader().createTopic(system.topic("copied"), partitions: 1, isCompacted: true)
        try system.produce(
            "updates",
            [update(1, "a"), update(2, "b"), update(3, "c"), update(1, "a2", 2), update(2, nil)], keyed: true)
        var process = try system.start(sql, job: "upsert")
        try system.wait(for: "current_", until: "SELECT count(*) = 2 FROM current_")
        #expect(try system.rows("SELECT * FROM current_ ORDER BY id") == ["1|a2|2", "3|c|1"])
        process.crash()
        // A row that no longer meets a condition is no longer there.
        try system.produce(
            "updates", [update(4, "d"), update(3, "c2", 5), update(1, nil), update(5, "e", 0)], keyed: true)
        process = try system.start(sql, job: "upsert")
        try system.wait(for: "current_", until: "SELECT count(*) = 3 FROM current_")
        #expect(process.stop() == 0, "\(process.output.suffix(2000))")
        #expect(try system.rows("SELECT * FROM current_ ORDER BY id") == ["3|c2|5", "4|d|1", "5|e|0"])
        #expect(try system.rows("SELECT * FROM few ORDER BY id") == ["4|d", "5|e"])
        var copied: [String: String] = [:]
        for record in try system.keyedRecords("copied") {
            let parts = record.split(separator: "=", maxSplits: 1).map(String.init)
            copied[parts[0]] = parts[1] == "NULL" ? nil : parts[1]
        }
        #expect(
            copied == [
                #"{"id":3}"#: #"{"id":3,"s":"C2"}"#, #"{"id":4}"#: #"{"id":4,"s":"D"}"#,
                #"{"id":5}"#: #"{"id":5,"s":"E"}"#,
            ])
    }
}
