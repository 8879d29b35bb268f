import Foundation
import JobService
import KafkaConnector
import Testing

/// State that outgrows the memory that a job may have.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct OutgrownMemoryTests {
    /// Two kilobytes each: more than the limit by half.
    private static let ratingCount = 120_000
    private static let limit = 160 << 20

    @Test func aJobThatNeedsMoreStopsBelowItsLimitAndLosesNothing() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        try load(system)
        let sql = """
            CREATE TABLE ratings (id BIGINT, note STRING, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND,
              PRIMARY KEY (id) NOT ENFORCED) WITH (\(system.unbounded("ratings")));
            CREATE TABLE plays (id BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
            WITH (\(system.unbounded("plays")));
            CREATE TABLE rated (id BIGINT, length INT) WITH (\(system.table("rated")));
            INSERT INTO rated SELECT p.id, CHAR_LENGTH(r.note) FROM plays AS p
            LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON p.id = r.id;
            """
        let limit = ["MILLRACE_MEMORY_LIMIT": "\(Self.limit)"]
        let short = try system.start(sql, job: "memory", further: limit)
        defer { _ = short.stop() }
        #expect(greatestUse(of: short) < Self.limit)
        #expect(short.wait() == JobServiceError.ExitStatus.memoryLimit.rawValue, "\(short.output.suffix(2000))")
        #expect(short.output.contains("nothing is read until it is less"))
        #expect(short.output.contains("raise MILLRACE_MEMORY_LIMIT"))

        // With what it needs it goes on from the last checkpoint: every play finds its rating.
        let enough = try system.start(sql, job: "memory")
        defer { _ = enough.stop() }
        let plays = stride(from: 0, to: Self.ratingCount, by: 100).map { "{\"id\":\($0),\"ts\":2000000}" }
        try system.produce("plays", plays)
        try system.wait(for: "rated", until: "SELECT count(*) = \(plays.count) FROM rated")
        #expect(try system.rows("SELECT DISTINCT length FROM rated") == ["2000"])
        #expect(try system.rows("SELECT count(DISTINCT id) FROM rated") == ["\(plays.count)"])
        #expect(enough.stop() == 0, "\(enough.output.suffix(2000))")

        // Nor can state be put back where it has no room.
        let restored = try system.start(sql, job: "memory", further: limit)
        defer { _ = restored.stop() }
        #expect(greatestUse(of: restored) < Self.limit)
        #expect(restored.wait() == JobServiceError.ExitStatus.memoryLimit.rawValue, "\(restored.output.suffix(2000))")
    }

    private func load(_ system: TestSystem) throws {
        let loader = try system.makeLoader()
        let note = String(repeating: "n", count: 2000)
        try loader.createTopic(system.topic("ratings"), partitions: 4)
        try loader.createTopic(system.topic("plays"), partitions: 1)
        for id in 0..<Self.ratingCount {
            let value = "{\"id\":\(id),\"note\":\"\(note)\",\"ts\":1000000}"
            try loader.send(system.topic("ratings"), key: "\(id)", value: value)
        }
        try loader.flush()
    }

    /// The most that the process ever had for itself, until its end.
    private func greatestUse(of process: ServiceProcess) -> Int {
        var greatest = 0
        while process.isRunning {
            greatest = max(greatest, process.usedByteCount)
            TestSystem.pass(milliseconds: 20)
        }
        #expect(greatest > 0)
        return greatest
    }
}

extension ServiceProcess {
    /// Memory without pages of files; 0 when it is gone.
    var usedByteCount: Int {
        let statm = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(processIdentifier)/statm"))) ?? Data()
        return UsedMemory.byteCount(statm: statm, pageByteCount: Int(sysconf(Int32(_SC_PAGESIZE))))
    }
}
