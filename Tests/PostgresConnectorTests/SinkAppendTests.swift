internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import PostgresConnector
internal import Testing

@Suite(.timeLimit(.minutes(5)))
struct SinkAppendTests {
    @Test func everyTypeArrivesAsItIs() throws {
        let bench = try SinkBench(
            nil,
            """
            CREATE TYPE colour AS ENUM ('red', 'green'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
            CREATE TABLE t (a bool, b int, c bigint, d float8, e numeric(10,2), f text, g bytea, h date, i timestamp,
                j timestamptz, k smallint, l real, m jsonb, n uuid, o varchar(3), p colour, q numeric, r positive, s json)
            """)
        let fields = [
            Field("a", .boolean), Field("b", .int), Field("c", .bigint), Field("d", .double),
            Field("e", .decimal(precision: 10, scale: 2)), Field("f", .string), Field("g", .bytes), Field("h", .date),
            Field("i", .timestamp(precision: 6)), Field("j", .timestampLTZ(precision: 3)), Field("k", .int),
            Field("l", .double), Field("m", .string), Field("n", .string), Field("o", .string), Field("p", .string),
            Field("q", .decimal(precision: 38, scale: 3)), Field("r", .int), Field("s", .string),
        ]
        let sink = try bench.sink(bench.spec("t", fields))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        #expect(try participant.fence(bench.identity()) == .empty)
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        let big = Int128("99999999999999999999999999999999999999")!
        try writer.write(
            makeBatch(
                Schema(fields),
                [
                    [
                        true, -5, 9_000_000_000, 1.5, -12345, "ünï\"'", "\u{1}x", 19_782, -1, 1_709_208_000_123_000, -7,
                        0.5, "{\"a\": [1]}", "00112233-4455-6677-8899-aabbccddeeff", "äöü", "green", .wide(-big), 3,
                        "[1]",
                    ],
                    Array(repeating: nil, count: 19),
                    [
                        false, 0, 0, .real(.nan), 0, "", "", -1, 0, 0, 0, 0.0, "1", "00112233445566778899AABBCCDDEEFF",
                        "a  ", "red", 1000, 1, "{}",
                    ],
                ]))
        try bench.commit(1, participant, [writer])
        #expect(
            try bench.rows("SELECT * FROM t WHERE a") == [
                "t|-5|9000000000|1.5|-123.45|ünï\"'|\\x0178|2024-02-29|1969-12-31 23:59:59.999999|"
                    + "2024-02-29 12:00:00.123+00|-7|0.5|{\"a\": [1]}|00112233-4455-6677-8899-aabbccddeeff|äöü|green|"
                    + "-99999999999999999999999999999999999.999|3|[1]"
            ])
        #expect(
            try bench.rows("SELECT * FROM t WHERE a IS NULL") == [
                Array(repeating: "-", count: 19).joined(separator: "|")
            ])
        #expect(
            try bench.rows("SELECT d, e, f, h, k, n, o, q FROM t WHERE NOT a") == [
                "NaN|0.00||1969-12-31|0|00112233-4455-6677-8899-aabbccddeeff|a  |1.000"
            ])
    }

    @Test(arguments: [(1, 0), (1, 1), (4, 2), (9, 9), (18, 5), (19, 0), (38, 0), (38, 38), (38, 20), (37, 1)])
    func numericsOfEveryShapeArriveExactly(precision: Int, scale: Int) throws {
        let bench = try SinkBench()
        let fields = [Field("id", .int), Field("v", .decimal(precision: precision, scale: scale))]
        let sink = try bench.sink(
            bench.spec("t", fields, ["sink.create-table": "true", "sink.delivery-guarantee": "at-least-once"]))
        defer { sink.stop() }
        var limit: Int128 = 1
        for _ in 0..<precision - 1 { limit *= 10 }
        limit = (limit - 1) * 10 + 9
        let values = [0, limit, -limit] + (0..<100).map { _ in Int128.random(in: -limit...limit) }
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        let cells: [[Cell]] = values.enumerated().map {
            [.integer(Int64($0)), precision > 18 ? .wide($1) : .integer(Int64($1))]
        }
        try writer.write(makeBatch(Schema(fields), cells))
        try writer.flush()
        let scaled = try bench.rows("SELECT trim_scale(v * ('1e' || \(scale))::numeric) FROM t ORDER BY id")
        #expect(scaled == values.map { String($0) })
    }

    @Test func rowsBecomeVisibleWithTheirCheckpointOnly() throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (id bigint)")
        let fields = [Field("id", .bigint)]
        let sink = try bench.sink(bench.spec("t", fields, ["sink.buffer-flush.max-rows": "10"]))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        func write(_ range: Range<Int64>) throws {
            try writer.write(makeBatch(Schema(fields), range.map { [.integer($0)] }))
        }
        try write(0..<100)
        try writer.endEpoch(1)
        // Rows of the next epoch arrive before the commit.
        try write(100..<105)
        try participant.prepare(epoch: 1)
        #expect(try bench.rows("SELECT count(*) FROM t") == ["0"])
        try participant.commit(bench.record(1))
        #expect(try bench.rows("SELECT count(*), max(id) FROM t") == ["100|99"])
        try write(105..<120)
        participant.abort()
        #expect(try bench.rows("SELECT count(*) FROM t") == ["100"])
        try write(200..<203)
        try bench.commit(2, participant, [writer])
        #expect(try bench.rows("SELECT count(*), max(id) FROM t") == ["103|202"])
        #expect(
            try bench.rows(
                "SELECT lineage, last_checkpoint, manifest, offsets FROM millrace.job_tasks WHERE job = '\(bench.job)'")
                == ["lineage-1|2|abc2|[{\"topic\": \"t\\\"opic\", \"offset\": 20, \"partition\": 3}]"])
    }

    @Test func writersHoldBackAndAreWoken() async throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (id bigint)")
        let fields = [Field("id", .bigint)]
        let sink = try bench.sink(bench.spec("t", fields, ["sink.buffer-flush.max-rows": "1"]))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let (wakeUps, continuation) = AsyncStream.makeStream(of: Void.self)
        let writer = try sink.makeWriter(subtask: 0) { continuation.yield() }
        try writer.endEpoch(1)
        // Nothing of the second epoch can be sent before the first is committed.
        var written: Int64 = 0
        while writer.isReady {
            try writer.write(makeBatch(Schema(fields), [[.integer(written)]]))
            written += 1
        }
        #expect(written == 2)
        try participant.prepare(epoch: 1)
        try participant.commit(bench.record(1))
        var iterator = wakeUps.makeAsyncIterator()
        _ = await iterator.next()
        #expect(writer.isReady)
        try bench.commit(2, participant, [writer])
        #expect(try bench.rows("SELECT count(*) FROM t") == ["2"])
    }

    @Test func sinksOfOneDatabaseCommitTogether() throws {
        let bench = try SinkBench(nil, "CREATE TABLE a (id bigint); CREATE TABLE b (id bigint)")
        let fields = [Field("id", .bigint)]
        let sinks = try ["a", "b"].map { try bench.sink(bench.spec($0, fields)) }
        let participant = try #require(sinks[0].participant)
        defer { participant.close() }
        #expect(sinks[1].participant === participant)
        _ = try participant.fence(bench.identity())
        let writers = try sinks.flatMap { sink in
            try (0..<2).map { try sink.makeWriter(subtask: $0, wakeUp: {}) }
        }
        for writer in writers { try writer.write(makeBatch(Schema(fields), [[1], [2]])) }
        try bench.commit(1, participant, writers)
        #expect(try bench.rows("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == ["4|4"])
    }

    /// Nobody commits the epochs of such a sink: each checkpoint flushes it, and goes on.
    @Test func atLeastOnceGoesOnOverCheckpoints() throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (id bigint)")
        let fields = [Field("id", .bigint)]
        let sink = try bench.sink(bench.spec("t", fields, ["sink.delivery-guarantee": "at-least-once"]))
        defer { sink.stop() }
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        for epoch in Int64(1)...5 {
            try writer.write(makeBatch(Schema(fields), [[.integer(epoch)]]))
            try writer.endEpoch(epoch)
            try writer.flush()
            #expect(try bench.rows("SELECT count(*), max(id) FROM t") == ["\(epoch)|\(epoch)"])
        }
    }

    @Test func atLeastOnceSurvivesARestartOfTheServer() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, "CREATE TABLE t (id bigint)")
        let fields = [Field("id", .bigint)]
        let sink = try bench.sink(
            bench.spec("t", fields, ["sink.delivery-guarantee": "at-least-once", "sink.max-retries": "50"]))
        defer { sink.stop() }
        #expect(sink.participant == nil)
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        try writer.write(makeBatch(Schema(fields), [[1]]))
        try writer.flush()
        try server.crash()
        try writer.write(makeBatch(Schema(fields), [[2]]))
        try writer.nudge()
        try server.start()
        try writer.flush()
        #expect(try server.query("SELECT count(DISTINCT id) FROM \(bench.schemaName).t") == "2")
    }
}
