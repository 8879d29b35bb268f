internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import Glibc
internal import PostgresConnector
internal import StateBackends
internal import TestKit
internal import Testing

/// Fencing, commits and redo as the commit protocol uses them.
@Suite(.timeLimit(.minutes(3)))
struct ProtocolTests {
    private let fields = [Field("id", .bigint), Field("v", .string)]

    /// A sink of an instance with its writer, fenced.
    private func open(
        _ bench: SinkBench, _ instance: String, key: [String] = [], _ options: [String: String] = [:]
    ) throws -> Opened {
        let sink = try bench.sink(bench.spec("t", fields, key: key, options), instance: instance)
        let participant = try #require(sink.participant)
        let found = try participant.fence(bench.identity(instance))
        return Opened(
            sink: sink, participant: participant, writer: try sink.makeWriter(subtask: 0, wakeUp: {}), found: found)
    }

    private struct Opened {
        let sink: any Sink
        let participant: any CommitParticipant
        var writer: any SinkWriter
        let found: FencedState

        /// As after a restart within the process: a fence ends the writers before it.
        mutating func renewWriter() throws {
            #expect(throws: DataflowError.self) { try writer.endEpoch(1) }
            writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        }
    }

    private func batch(_ ids: [Int64]) -> RecordBatch {
        makeBatch(Schema(fields), ids.map { [.integer($0), "x"] })
    }

    private let table = "CREATE TABLE t (id bigint PRIMARY KEY, v text)"

    @Test func aFenceAnswersWhatWasCommittedLast() throws {
        let bench = try SinkBench(nil, table)
        let one = try open(bench, "one")
        #expect(one.found == .empty)
        for epoch in 1...3 {
            try one.writer.write(batch([Int64(epoch)]))
            try bench.commit(Int64(epoch), one.participant, [one.writer])
        }
        one.participant.close()
        let two = try open(bench, "two")
        defer { two.participant.close() }
        #expect(
            two.found
                == .committed(
                    CommittedEpoch(
                        lineage: bench.lineage, epoch: 3, manifestDigestPrefix: "abc3",
                        offsets: [SplitID(topic: "t\"opic", partition: 3): 30])))
    }

    @Test func zombieCannotCommit() throws {
        let bench = try SinkBench(nil, table)
        let old = try open(bench, "old")
        defer { old.participant.close() }
        try old.writer.write(batch([1]))
        try old.writer.endEpoch(1)
        try old.participant.prepare(epoch: 1)
        let new = try open(bench, "new")
        defer { new.participant.close() }
        #expect(new.found == .empty)
        let failure = try #require(throws: CommitFailure.self) { try old.participant.commit(bench.record(1)) }
        // Its session was ended, or its commit found another owner.
        switch failure {
        case .fenced, .aborted: break
        case .inDoubt(let error): Issue.record("in doubt: \(error)")
        }
        try new.writer.write(batch([2]))
        try bench.commit(1, new.participant, [new.writer])
        #expect(try bench.rows("SELECT id FROM t") == ["2"])
    }

    @Test func zombieIsFoundByTheCommitItself() throws {
        let bench = try SinkBench(nil, table)
        let one = try open(bench, "one")
        defer { one.participant.close() }
        try one.writer.write(batch([1]))
        try one.writer.endEpoch(1)
        try one.participant.prepare(epoch: 1)
        // Another owner that did not end this one's session.
        try bench.database.execute(
            "UPDATE millrace.job_tasks SET owner_epoch = owner_epoch + 1 WHERE job = '\(bench.job)'")
        let failure = try #require(throws: CommitFailure.self) { try one.participant.commit(bench.record(1)) }
        guard case .fenced = failure else {
            Issue.record("\(failure)")
            return
        }
        #expect(try bench.rows("SELECT count(*) FROM t") == ["0"])
    }

    @Test func aFencedInstanceIsToldBeforeItPrepares() throws {
        let bench = try SinkBench(nil, table)
        let old = try open(bench, "old")
        defer { old.participant.close() }
        let new = try open(bench, "new")
        defer { new.participant.close() }
        try old.writer.write(batch([1]))
        try old.writer.endEpoch(1)
        let error = try #require(throws: DataflowError.self) { try old.participant.prepare(epoch: 1) }
        #expect(error.code == .fenced)
    }

    @Test func checkpointsAreCommittedInSequenceOnly() throws {
        let bench = try SinkBench(nil, table)
        let one = try open(bench, "one")
        defer { one.participant.close() }
        try bench.commit(5, one.participant, [one.writer])
        try one.writer.endEpoch(7)
        try one.participant.prepare(epoch: 7)
        #expect(throws: CommitFailure.self) { try one.participant.commit(bench.record(7)) }
        one.participant.abort()
        try bench.commit(6, one.participant, [one.writer])
    }

    @Test func aCommitWhoseAnswerIsLostIsInDoubtAndTheFenceKnows() throws {
        // Commits wait for a standby that does not exist, so that the answer never comes.
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, table)
        var one = try open(bench, "one")
        defer { one.participant.close() }
        try one.writer.write(batch([1]))
        try bench.commit(1, one.participant, [one.writer])
        try server.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'; SELECT pg_reload_conf()")
        try server.waitUntil("SELECT current_setting('synchronous_standby_names') = 'nobody'")
        try one.writer.write(batch([2]))
        try one.writer.endEpoch(2)
        try one.participant.prepare(epoch: 2)
        let session = bench.session("one")
        let killer = BesideThread {
            try server.waitUntil(
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = '\(session)' AND wait_event = 'SyncRep'"
            )
            try server.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '\(session)'")
            try server.query("ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()")
        }
        let failure = try #require(throws: CommitFailure.self) { try one.participant.commit(bench.record(2)) }
        guard case .inDoubt = failure else {
            Issue.record("\(failure)")
            return
        }
        try killer.join()
        guard case .committed(let found) = try one.participant.fence(bench.identity("one")) else {
            Issue.record("nothing committed")
            return
        }
        #expect(found.epoch == 2)
        try one.renewWriter()
        try one.writer.write(batch([3]))
        try bench.commit(3, one.participant, [one.writer])
        #expect(try bench.rows("SELECT id FROM t ORDER BY 1") == ["1", "2", "3"])
    }

    @Test func aServerThatStopsBeforeTheCommitAborts() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, table)
        var one = try open(bench, "one")
        defer { one.participant.close() }
        try one.writer.write(batch([1]))
        try one.writer.endEpoch(1)
        try one.participant.prepare(epoch: 1)
        try server.crash()
        let failure = try #require(throws: CommitFailure.self) { try one.participant.commit(bench.record(1)) }
        if case .fenced = failure { Issue.record("\(failure)") }
        #expect(throws: DataflowError.self) { try one.participant.fence(bench.identity("one")) }
        try server.start()
        #expect(try one.participant.fence(bench.identity("one")) == .empty)
        try one.renewWriter()
        try one.writer.write(batch([1]))
        try bench.commit(1, one.participant, [one.writer])
        #expect(try server.query("SELECT count(*) FROM \(bench.schemaName).t") == "1")
    }

    @Test func aStoppedOwnerDoesNotHoldTheFenceUp() throws {
        let bench = try SinkBench(nil, table)
        let old = try open(bench, "old", ["sink.lock-timeout": "200 ms"])
        defer { old.participant.close() }
        // What an owner looks like that was stopped after its last statement and before its commit.
        let stopped = try PostgresConnection(
            ConnectionParameters(url: bench.server.socketUrl()),
            session: SessionSettings(applicationName: bench.session("stopped")))
        try stopped.execute("BEGIN; UPDATE millrace.job_tasks SET manifest = 'never' WHERE job = '\(bench.job)'")
        let new = try open(bench, "new", ["sink.lock-timeout": "200 ms"])
        defer { new.participant.close() }
        #expect(new.found == .empty)
        #expect(throws: PostgresConnectorError.self) { try stopped.execute("COMMIT") }
    }

    @Test func anAbortDoesNotWaitForAServerThatHangs() throws {
        let bench = try SinkBench(nil, table)
        let one = try open(bench, "one", ["sink.lock-timeout": "100 ms"])
        let pid = try #require(
            Int32(
                try bench.rows("SELECT pid FROM pg_stat_activity WHERE application_name = '\(bench.session("one"))'")[0]
            ))
        kill(pid, SIGSTOP)
        try one.writer.write(batch([1]))
        try one.writer.endEpoch(1)
        one.participant.abort()
        one.participant.close()
        kill(pid, SIGCONT)
        let two = try open(bench, "two")
        defer { two.participant.close() }
        try two.writer.write(batch([1]))
        try bench.commit(1, two.participant, [two.writer])
    }

    @Test func whatNobodyClosesClosesItself() throws {
        let bench = try SinkBench(nil, table)
        do {
            let sink = try bench.sink(bench.spec("t", fields))
            _ = try sink.participant?.fence(bench.identity())
        }
        try bench.server.waitUntil(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = '\(bench.session("one"))'")
    }

    @Test(arguments: [[], ["id"]])
    func redoGivesTheRowsThatWerePrepared(key: [String]) throws {
        let bench = try SinkBench(nil, table)
        let options = ["sink.on-error": "dead-letter", "sink.dead-letter.table": "\(bench.schemaName).letters"]
        let one = try open(bench, "one", key: key, options)
        try one.writer.write(batch([1, 2]))
        try one.writer.endEpoch(1)
        _ = try one.participant.redo(epoch: 1)
        try one.participant.prepare(epoch: 1)
        try one.participant.commit(bench.record(1))
        try one.writer.write(makeBatch(Schema(fields), [[3, "a"], [4, "\0"], [5, "b"]]))
        if key.isEmpty {
            try one.writer.write(batch([1, 6]))
        } else {
            try one.writer.write(makeBatch(Schema(fields), [[1, nil], [2, "new"]], kinds: [.delete, .updateAfter]))
        }
        try one.writer.endEpoch(2)
        let redo = try one.participant.redo(epoch: 2)
        try one.participant.prepare(epoch: 2)
        // The decision falls elsewhere, and this process with it.
        one.participant.abort()
        one.participant.close()
        let before = try bench.rows("SELECT count(*) FROM t")
        #expect(before == ["2"])

        let two = try open(bench, "two", key: key, options)
        defer { two.participant.close() }
        try two.participant.applyRedo(redo.bytes, record: bench.record(2))
        // Applying it again changes nothing.
        try two.participant.applyRedo(redo.bytes, record: bench.record(2))
        let expected = key.isEmpty ? ["1|x", "2|x", "3|a", "5|b", "6|x"] : ["2|new", "3|a", "5|b"]
        #expect(try bench.rows("SELECT id, v FROM t ORDER BY 1") == expected)
        #expect(try bench.rows("SELECT count(*) FROM letters") == [key.isEmpty ? "2" : "1"])
        let third = try open(bench, "three", key: key, options)
        defer { third.participant.close() }
        guard case .committed(let found) = third.found else {
            Issue.record("nothing committed")
            return
        }
        #expect(found.epoch == 2)
    }

    @Test func damagedRedoIsRefusedAndNothingIsApplied() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let bench = try SinkBench(nil, table)
        let one = try open(bench, "one", key: ["id"])
        defer { one.participant.close() }
        try one.writer.write(batch([1, 2, 3]))
        try one.writer.endEpoch(1)
        let redo = try one.participant.redo(epoch: 1)
        one.participant.abort()
        let bytes = [UInt8](redo.bytes)
        for length in [0, 1, 7, 8, 9, bytes.count / 2, bytes.count - 1] {
            let cut = Array(bytes.prefix(length))
            #expect(throws: DataflowError.self) {
                try cut.withUnsafeBytes { try one.participant.applyRedo($0, record: bench.record(1)) }
            }
            one.participant.abort()
        }
        for _ in 0..<50 {
            // Lengths and counts that were damaged must not lead outside the bytes.
            var damaged = bytes
            damaged[Int(random.next() % UInt64(min(120, bytes.count)))] ^= UInt8(1 << (random.next() % 8))
            damaged.removeLast(4)
            #expect(throws: DataflowError.self, "seed \(seed)") {
                try damaged.withUnsafeBytes { try one.participant.applyRedo($0, record: bench.record(1)) }
            }
            one.participant.abort()
        }
        #expect(try bench.rows("SELECT count(*) FROM t") == ["0"])
    }

    @Test func anEpochWithTooMuchRedoSaysWhatToDo() throws {
        let bench = try SinkBench(nil, table)
        let one = try open(
            bench, "one", ["sink.redo.max-bytes": "1 kb", "sink.buffer-flush.max-rows": "10"])
        defer { one.participant.close() }
        try one.writer.write(batch(Array(0..<100)))
        try one.writer.endEpoch(1)
        let error = try #require(throws: DataflowError.self) { try one.participant.redo(epoch: 1) }
        #expect(error.message.contains("sink.redo.max-bytes"))
    }

    @Test func theDeciderNeedsNoRedo() throws {
        let bench = try SinkBench(nil, table)
        let one = try open(
            bench, "one", ["sink.redo.max-bytes": "1 kb", "sink.buffer-flush.max-rows": "10"])
        defer { one.participant.close() }
        for epoch in 0..<3 {
            try one.writer.write(batch((0..<100).map { Int64(epoch * 100 + $0) }))
            try bench.commit(Int64(epoch + 1), one.participant, [one.writer])
        }
        #expect(try bench.rows("SELECT count(*) FROM t") == ["300"])
    }
}
