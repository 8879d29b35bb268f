internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import PostgresConnector
internal import TestKit
internal import Testing

@Suite(.timeLimit(.minutes(5)))
struct SinkUpsertTests {
    private let fields = [
        Field("v", .string), Field("k2", .string, isNullable: false), Field("k1", .bigint, isNullable: false),
    ]
    private let table = "CREATE TABLE t (k1 bigint, k2 text, v varchar(5) NOT NULL, PRIMARY KEY (k1, k2))"

    private func start(_ options: [String: String] = [:], _ bench: SinkBench) throws -> (any Sink, any SinkWriter) {
        let sink = try bench.sink(bench.spec("t", fields, key: ["k1", "k2"], options))
        _ = try sink.participant?.fence(bench.identity())
        return (sink, try sink.makeWriter(subtask: 0, wakeUp: {}))
    }

    @Test func theLastRowOfAKeyStandsAndDeletesDelete() throws {
        let bench = try SinkBench(nil, table + "; INSERT INTO t VALUES (1, 'a', 'old'), (9, 'z', 'old')")
        let (sink, writer) = try start([:], bench)
        defer { sink.participant?.close() }
        try writer.write(
            makeBatch(
                Schema(fields), [["x", "a", 1], ["y", "a", 2], ["y2", "a", 2], [nil, "b", 3], ["w", "b", 3]],
                kinds: [.insert, .updateBefore, .updateAfter, .delete, .insert]))
        try writer.write(
            makeBatch(
                Schema(fields), [[nil, "a", 1], ["v", "a", 1], [nil, "z", 9], ["q", "c", 4], [nil, "c", 4]],
                kinds: [.delete, .insert, .delete, .insert, .delete]))
        try bench.commit(1, try #require(sink.participant), [writer])
        #expect(try bench.rows("SELECT * FROM t ORDER BY 1, 2") == ["1|a|v", "2|a|y2", "3|b|w"])
    }

    @Test func manyRandomChangesGiveTheSameTableAsInOrder() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let bench = try SinkBench(nil, table)
        let (sink, writer) = try start(["sink.buffer-flush.max-rows": "700"], bench)
        let participant = try #require(sink.participant)
        defer { participant.close() }
        var expected: [String: String] = [:]
        for epoch in 1...4 {
            for _ in 0..<5 {
                var rows: [[Cell]] = []
                var kinds: [RowKind] = []
                for _ in 0..<300 {
                    let one = Int64(random.next() % 40)
                    let two = ["a", "ab", "", "b"][Int(random.next() % 4)]
                    let deletes = random.next() % 3 == 0
                    let value = "\(random.next() % 1000)"
                    rows.append([deletes ? nil : .text(value), .text(two), .integer(one)])
                    kinds.append(deletes ? .delete : .updateAfter)
                    expected["\(one)|\(two)"] = deletes ? nil : value
                }
                try writer.write(makeBatch(Schema(fields), rows, kinds: kinds))
            }
            try bench.commit(Int64(epoch), participant, [writer])
            let found = Set(try bench.rows("SELECT k1, k2, v FROM t"))
            #expect(found == Set(expected.map { "\($0)|\($1)" }), "seed \(seed), epoch \(epoch)")
        }
    }

    @Test(arguments: ["varchar(4)", "char(4)", "text", "uuid", "numeric(12,3)", "double precision", "timestamp(3)"])
    func keysOfEveryTypeCollapse(type: String) throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (k \(type) PRIMARY KEY, v int)")
        let (logical, values): (LogicalType, [Cell]) =
            switch type {
            case "char(4)": (.string, ["a", "a ", "b", "a   "])
            case "uuid":
                (
                    .string,
                    [
                        "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899AABBCCDDEEFF",
                        "10112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-AABBCCDDEEFF",
                    ]
                )
            case "numeric(12,3)": (.decimal(precision: 12, scale: 3), [1000, 1000, 1001, 1000])
            case "double precision": (.double, [0.0, -0.0, .real(.nan), 0])
            case "timestamp(3)": (.timestamp(precision: 3), [1000, 1000, 2000, 1000])
            default: (.string, ["a", "a", "b", "a"])
            }
        let fields = [Field("k", logical), Field("v", .int)]
        let sink = try bench.sink(bench.spec("t", fields, key: ["k"]))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        try writer.write(makeBatch(Schema(fields), values.enumerated().map { [$1, .integer(Int64($0))] }))
        try bench.commit(1, participant, [writer])
        #expect(try bench.rows("SELECT v FROM t ORDER BY v") == ["2", "3"])
    }

    @Test func aDeadlockIsTriedAgain() throws {
        let bench = try SinkBench(nil, table + "; INSERT INTO t VALUES (1, 'a', 'old'), (2, 'a', 'old')")
        let (sink, writer) = try start(["sink.lock-timeout": "30 s"], bench)
        let participant = try #require(sink.participant)
        defer { participant.close() }
        // Another session holds the second row and then wants the first, which the sink holds by then.
        try bench.database.execute("SET deadlock_timeout = '60s'; BEGIN; UPDATE t SET v = 'other' WHERE k1 = 2")
        try writer.write(makeBatch(Schema(fields), [["new", "a", 1], ["new", "a", 2]]))
        try writer.endEpoch(1)
        try bench.server.waitUntil(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = '\(bench.session("one"))' AND wait_event_type = 'Lock'"
        )
        try bench.database.execute("UPDATE t SET v = 'other' WHERE k1 = 1; COMMIT")
        try participant.prepare(epoch: 1)
        try participant.commit(bench.record(1))
        #expect(try bench.rows("SELECT k1, v FROM t ORDER BY 1") == ["1|new", "2|new"])
        #expect(bench.server.log.contains("deadlock detected"))
    }
}
