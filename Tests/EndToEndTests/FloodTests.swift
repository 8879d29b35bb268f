import DevPostgres
import Foundation
import KafkaConnector
import Testing

/// More data than memory may hold meets a sink that takes little: the rest stays in Kafka.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct FloodTests {
    /// Records of two kilobytes: twenty times what the process may add to its memory.
    private static let recordCount = 150_000
    private static let recordByteCount = 2_000
    /// What the job holds of a flood: the clients' queues, batches on their way and the sink's rows; of which none
    /// grows with the topic. Sanitizers and debug builds take more than what is served by a release build.
    private static let mostResidentBytes = 256 << 20

    @Test func aSlowDatabaseHoldsTheFloodInKafka() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let topic = system.topic("flood")
        let loader = try system.makeLoader()
        try loader.createTopic(topic, partitions: 4)
        let padding = String(repeating: "x", count: Self.recordByteCount)
        for id in 0..<Self.recordCount {
            try loader.send(topic, key: "\(id)", value: "{\"id\":\(id),\"note\":\"\(padding)\"}")
        }
        try loader.flush()
        try slowTable(system)
        let path = try system.write(
            """
            CREATE TABLE flood (id BIGINT, note STRING)
            WITH ('connector' = 'kafka', 'topic' = '\(topic)', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
            CREATE TABLE slow (id BIGINT, note STRING) WITH ('connector' = 'postgres', 'table-name' = 'slow');
            INSERT INTO slow SELECT id, note FROM flood;
            """)
        let job = try ServiceProcess(
            ["run", path], environment: system.environment(), log: "\(system.directory)/job.log")
        defer { _ = job.stop() }
        // Rows arrive, so the job is not just starting; what it holds then is as much as it ever takes.
        try system.waitForRows("slow", count: 200)
        var greatest = 0
        for _ in 0..<150 {
            TestSystem.pass(milliseconds: 100)
            greatest = max(greatest, job.residentBytes)
        }
        #expect(job.isRunning, "\(job.output.suffix(2000))")
        #expect(greatest > 0)
        #expect(greatest < Self.mostResidentBytes, "\(greatest >> 20) MB of memory")
        let taken = Int(try system.postgres.query("SELECT count(*) FROM slow", database: system.database)) ?? 0
        #expect(taken < Self.recordCount / 2, "the database was not slow: \(taken) rows")
        try system.postgres.query("DELETE FROM brake", database: system.database)
        try system.waitForRows("slow", count: Self.recordCount)
        let counts = try system.postgres.query(
            "SELECT count(*), count(DISTINCT id), sum(length(note)) FROM slow", database: system.database)
        #expect(counts == "\(Self.recordCount)|\(Self.recordCount)|\(Self.recordCount * Self.recordByteCount)")
    }

    /// A table whose every row takes a millisecond, as long as there is a row in `brake`.
    private func slowTable(_ system: TestSystem) throws {
        try system.postgres.query(
            """
            CREATE TABLE slow (id BIGINT, note TEXT);
            CREATE TABLE brake AS SELECT 1 AS is_on;
            CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.001) FROM brake; RETURN NEW; END $$;
            CREATE TRIGGER slow_down BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION slow_down();
            """, database: system.database)
    }
}

extension ServiceProcess {
    /// Memory that the process has; 0 when it is gone.
    var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}
