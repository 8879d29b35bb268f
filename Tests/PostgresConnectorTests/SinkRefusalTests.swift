internal import Columnar
internal import Dataflow
internal import PostgresConnector
internal import StateBackends
internal import Testing

@Suite(.timeLimit(.minutes(5)))
struct SinkRefusalTests {
    private let fields = [Field("id", .bigint), Field("name", .string), Field("n", .decimal(precision: 12, scale: 3))]
    private let table = "CREATE TABLE t (id int NOT NULL UNIQUE CHECK (id <> 13), name varchar(4), n numeric(5,2))"
    /// Rows 1, 5 and 9 are good; the others break a rule each: the first five are found before they are sent.
    private let rows: [[Cell]] = [
        [1, "a", 1], [4_000_000_000, "b", 1], [nil, "c", 1], [3, "x\0y", 1], [4, "abcde", 1], [2, "d", 999_995],
        [5, "good", 999_994], [13, "check", 1], [13, "chk", 1], [1, "dup", 1], [9, nil, nil],
    ]

    @Test func aRowIsRefusedBeforeItIsSent() throws {
        for (bad, reason) in [
            (1, "outside the column's range"), (2, "NOT NULL"), (3, "NUL"), (4, "longer"), (5, "outside"),
        ] {
            let bench = try SinkBench(nil, table)
            let sink = try bench.sink(bench.spec("t", fields))
            defer { sink.participant?.close() }
            _ = try sink.participant?.fence(bench.identity())
            let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
            let error = try #require(throws: DataflowError.self) {
                try writer.write(makeBatch(Schema(fields), [rows[0], rows[bad]]))
            }
            #expect(error.code == .invalidData)
            #expect(error.message.contains(reason), "\(error.message)")
            #expect(!error.description.contains("4000000000") && !error.description.contains("abcde"))
        }
    }

    @Test func aRefusalByTheServerStopsTheJobAndLeavesNothing() throws {
        let bench = try SinkBench(nil, table)
        let sink = try bench.sink(bench.spec("t", fields))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        try writer.write(makeBatch(Schema(fields), [rows[0], rows[8]]))
        try writer.endEpoch(1)
        let error = try #require(throws: DataflowError.self) { try participant.prepare(epoch: 1) }
        #expect(error.code == .invalidData)
        #expect(error.message.contains("t_id_check"))
        #expect(throws: CommitFailure.self) { try participant.commit(bench.record(1)) }
        #expect(throws: DataflowError.self) { try writer.write(makeBatch(Schema(fields), [rows[0]])) }
        participant.abort()
        try writer.write(makeBatch(Schema(fields), [rows[0]]))
        try bench.commit(1, participant, [writer])
        #expect(try bench.rows("SELECT id FROM t") == ["1"])
    }

    @Test(arguments: ["exactly-once", "at-least-once"])
    func refusedRowsAreSkipped(guarantee: String) throws {
        let bench = try SinkBench(nil, table)
        let sink = try bench.sink(
            bench.spec("t", fields, ["sink.on-error": "skip", "sink.delivery-guarantee": guarantee]))
        defer {
            sink.participant?.close()
            sink.stop()
        }
        _ = try sink.participant?.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        try writer.write(makeBatch(Schema(fields), rows))
        if let participant = sink.participant {
            try bench.commit(1, participant, [writer])
        } else {
            try writer.flush()
        }
        #expect(try bench.rows("SELECT * FROM t ORDER BY 1") == ["1|a|0.00", "5|good|999.99", "9|-|-"])
        #expect(!bench.messages.all.isEmpty)
    }

    @Test func refusedRowsAreKeptInTheSameTransaction() throws {
        let bench = try SinkBench(nil, table)
        let sink = try bench.sink(
            bench.spec(
                "t", fields,
                ["sink.on-error": "dead-letter", "sink.dead-letter.table": "\(bench.schemaName).letters"]))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        try writer.write(makeBatch(Schema(fields), rows))
        try writer.endEpoch(1)
        try participant.prepare(epoch: 1)
        #expect(try bench.rows("SELECT count(*) FROM letters") == ["0"])
        try participant.commit(bench.record(1))
        #expect(try bench.rows("SELECT id FROM t ORDER BY 1") == ["1", "5", "9"])
        #expect(
            try bench.rows("SELECT reason, convert_from(raw_value, 'UTF8') FROM letters ORDER BY 2") == [
                "postgres.23505|{\"id\":1,\"name\":\"dup\",\"n\":0.001}",
                "postgres.22001|{\"id\":13,\"name\":\"check\",\"n\":0.001}",
                "postgres.23514|{\"id\":13,\"name\":\"chk\",\"n\":0.001}",
                "postgres.22003|{\"id\":2,\"name\":\"d\",\"n\":999.995}",
                "postgres.22021|{\"id\":3,\"name\":\"x\\u0000y\",\"n\":0.001}",
                "postgres.22001|{\"id\":4,\"name\":\"abcde\",\"n\":0.001}",
                "postgres.22003|{\"id\":4000000000,\"name\":\"b\",\"n\":0.001}",
                "postgres.23502|{\"id\":null,\"name\":\"c\",\"n\":0.001}",
            ])
    }

    @Test func constraintsThatAreCheckedAtTheEndAreIsolatedToo() throws {
        let bench = try SinkBench(
            nil,
            """
            CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1), (2);
            CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED,
                p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)
            """)
        let fields = [Field("id", .bigint), Field("p", .bigint)]
        let sink = try bench.sink(
            bench.spec(
                "t", fields,
                ["sink.on-error": "dead-letter", "sink.dead-letter.table": "\(bench.schemaName).letters"]))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        try writer.write(makeBatch(Schema(fields), [[1, 1], [2, 2], [1, 1], [3, 9], [4, 2], [5, nil]]))
        try bench.commit(1, participant, [writer])
        #expect(try bench.rows("SELECT * FROM t ORDER BY 1") == ["1|1", "2|2", "4|2", "5|-"])
        #expect(
            try bench.rows("SELECT reason, convert_from(raw_value, 'UTF8') FROM letters ORDER BY 1") == [
                "postgres.23503|{\"id\":3,\"p\":9}", "postgres.23505|{\"id\":1,\"p\":1}",
            ])
    }

    @Test func refusedRowsCarryTheirRecords() throws {
        let bench = try SinkBench(nil, table)
        let sink = try bench.sink(
            bench.spec(
                "t", fields,
                ["sink.on-error": "dead-letter", "sink.dead-letter.table": "\(bench.schemaName).letters"]))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        let batch = makeBatch(Schema(fields), rows)
        let origins = BatchBuilder(schema: DeadLetter.originSchema, capacity: rows.count)
        for row in 0..<rows.count {
            var topic = "plays"
            topic.withUTF8 { origins.setBytes(0, UnsafeRawBufferPointer($0)) }
            origins.setInt32(1, 3)
            origins.setInt64(2, Int64(100 + row))
            origins.setInt64(3, 1_700_000_000_000_000)
            [UInt8(0), 0xff, UInt8(row)].withUnsafeBytes { origins.setBytes(5, $0) }
            origins.commitRow()
        }
        try writer.write(batch.tracking(origins: origins.finish()))
        try writer.endEpoch(1)
        let redo = try participant.redo(epoch: 1)
        try participant.prepare(epoch: 1)
        participant.abort()
        _ = try participant.fence(bench.identity())
        try participant.applyRedo(redo.bytes, record: bench.record(1))
        let refused = try bench.rows("SELECT \"offset\" - 100 FROM letters ORDER BY 1")
        #expect(refused.count == 8)
        #expect(
            try bench.rows(
                """
                SELECT DISTINCT topic, "partition", extract(epoch FROM "timestamp")::bigint, raw_key IS NULL, headers IS NULL,
                    raw_value = decode('00ff' || lpad(to_hex("offset" - 100), 2, '0'), 'hex') FROM letters
                """) == ["plays|3|1700000000|t|t|t"])
    }

    @Test func tooManyRefusedRowsStopTheJob() throws {
        let bench = try SinkBench(nil, table)
        let sink = try bench.sink(
            bench.spec("t", fields, ["sink.on-error": "dead-letter", "sink.dead-letter.limit": "3"]))
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        let error = try #require(throws: DataflowError.self) {
            try writer.write(makeBatch(Schema(fields), rows))
            try writer.endEpoch(1)
            try participant.prepare(epoch: 1)
        }
        #expect(error.code == .limitExceeded)
        #expect(error.message.contains("4 of \(rows.count) rows were rejected within a minute, more than 3 and 1 %"))
        #expect(error.message.contains("most often"))
        #expect(error.message.contains("sink.dead-letter.limit"))
    }
}
