internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import PostgresConnector
internal import StateBackends
internal import Testing

/// What the design says of servers under a job: standbys, failovers, other servers, locks that others hold.
@Suite(.timeLimit(.minutes(4)))
struct ServerHolesTests {
    private let fields = [Field("id", .bigint), Field("v", .string)]
    private let table = "CREATE TABLE t (id bigint PRIMARY KEY, v text)"

    private struct Opened {
        let participant: any CommitParticipant
        let writer: any SinkWriter
        let found: FencedState

        var epoch: Int64 {
            if case .committed(let committed) = found { return committed.epoch }
            return 0
        }
    }

    private func participant(
        _ bench: SinkBench, _ instance: String, on server: PostgresServer? = nil, _ more: [String: String] = [:]
    ) throws -> (any Sink, any CommitParticipant) {
        var options = more
        if let server { options["url"] = server.socketUrl() }
        let sink = try bench.tables.makeSink(
            bench.spec("t", fields, options), bench.environment(instance: instance))
        return (sink, try #require(sink.participant))
    }

    private func open(
        _ bench: SinkBench, _ instance: String, on server: PostgresServer? = nil, _ more: [String: String] = [:]
    ) throws -> Opened {
        let (sink, participant) = try participant(bench, instance, on: server, more)
        try sink.start()
        let found = try participant.fence(bench.identity(instance))
        return Opened(
            participant: participant, writer: try sink.makeWriter(subtask: 0, wakeUp: {}), found: found)
    }

    private func rows(of epoch: Int64) -> RecordBatch {
        makeBatch(Schema(fields), (0..<10).map { [.integer(epoch * 10 + $0), "x"] })
    }

    /// Commits epochs and returns their redo logs where the database follows another system.
    private func commit(
        _ bench: SinkBench, _ opened: Opened, _ epochs: ClosedRange<Int64>, follows: Bool
    ) throws -> [Int64: SnapshotBuffer] {
        var logs: [Int64: SnapshotBuffer] = [:]
        for epoch in epochs {
            try opened.writer.write(rows(of: epoch))
            try opened.writer.endEpoch(epoch)
            if follows { logs[epoch] = try opened.participant.redo(epoch: epoch) }
            try opened.participant.prepare(epoch: epoch)
            try opened.participant.commit(bench.record(epoch))
        }
        return logs
    }

    /// A primary with a standby that has the first three epochs and lacks the next three, which were answered as committed; the
    /// primary is gone and the standby has taken its place.
    private func failedOver(
        follows: Bool
    ) throws -> (bench: SinkBench, standby: PostgresServer, logs: [Int64: SnapshotBuffer], stop: () -> Void) {
        let primary = try PostgresServer()
        let bench = try SinkBench(primary, table)
        let first = try open(bench, "one")
        var logs = try commit(bench, first, 1...3, follows: follows)
        let standby = try primary.makeStandby()
        let position = try primary.query("SELECT pg_current_wal_lsn()")
        try standby.waitUntil("SELECT pg_last_wal_replay_lsn() >= '\(position)'")
        try standby.halt()
        logs.merge(try commit(bench, first, 4...6, follows: follows)) { $1 }
        try primary.crash()
        first.participant.close()
        try standby.start()
        return (
            bench, standby, logs,
            {
                standby.stop(); primary.stop()
            }
        )
    }

    private func count(_ standby: PostgresServer, _ bench: SinkBench) throws -> String {
        try standby.query("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM \(bench.schemaName).t")
    }

    // MARK: pg_is_in_recovery

    @Test func standbyIsWaitedForUntilItIsPromoted() throws {
        let (bench, standby, _, stop) = try failedOver(follows: false)
        defer { stop() }
        let (sink, waiting) = try participant(bench, "two", on: standby)
        for attempt in [{ try sink.start() }, { _ = try waiting.fence(bench.identity("two")) }] {
            let error = #expect(throws: DataflowError.self) { try attempt() }
            #expect(error?.isRetriable == true)
            #expect(error?.message.contains("standby") == true, "\(String(describing: error))")
        }
        try standby.promote()
        try sink.start()
        guard case .committed(let found) = try waiting.fence(bench.identity("two")) else {
            Issue.record("nothing was committed")
            return
        }
        #expect(found.epoch == 3)
        waiting.close()
    }

    // MARK: failover to a lagging standby

    /// Rows and offsets went back together: the job goes on from the older checkpoint, and every row is there once.
    @Test func failoverToALaggingStandbyAsDecider() throws {
        let (bench, standby, _, stop) = try failedOver(follows: false)
        defer { stop() }
        try standby.promote()
        #expect(try count(standby, bench) == "30|30|10|39")
        let next = try open(bench, "two", on: standby)
        defer { next.participant.close() }
        #expect(next.epoch == 3)
        let told = bench.messages.all.filter { $0.message.contains("failed over") }
        #expect(told.first?.fields["before"] == "1" && told.first?.fields["timeline"] == "2")
        _ = try commit(bench, next, 4...7, follows: false)
        #expect(try count(standby, bench) == "70|70|10|79")
    }

    /// The decider has not gone back: the rows that were lost come from the redo logs.
    @Test func failoverToALaggingStandbyAsFollower() throws {
        let (bench, standby, logs, stop) = try failedOver(follows: true)
        defer { stop() }
        try standby.promote()
        let next = try open(bench, "two", on: standby)
        defer { next.participant.close() }
        #expect(next.epoch == 3)
        for epoch in Int64(4)...6 {
            let log = try #require(logs[epoch])
            try withExtendedLifetime(log) { try next.participant.applyRedo(log.bytes, record: bench.record(epoch)) }
        }
        #expect(try count(standby, bench) == "60|60|10|69")
        // A second run of the same healing changes nothing.
        let log = try #require(logs[6])
        try withExtendedLifetime(log) { try next.participant.applyRedo(log.bytes, record: bench.record(6)) }
        #expect(try count(standby, bench) == "60|60|10|69")
    }

    // MARK: system_identifier

    @Test func anotherSystemIdentifierIsForeign() throws {
        let bench = try SinkBench(nil, table)
        let first = try open(bench, "one")
        _ = try commit(bench, first, 1...2, follows: false)
        first.participant.close()
        let written = try bench.rows(
            "SELECT system_identifier, timeline FROM millrace.job_tasks WHERE job = '\(bench.job)'")
        #expect(written == (try bench.rows("SELECT system_identifier, 1 FROM pg_control_system()")))
        // As in a dump that was restored elsewhere.
        try bench.database.execute("UPDATE millrace.job_tasks SET system_identifier = '7' WHERE job = '\(bench.job)'")
        let second = try open(bench, "two")
        guard case .foreign(let text) = second.found else {
            Issue.record("\(second.found)")
            return
        }
        #expect(text.contains("another server") && text.contains("checkpoint 2"))
        // Who goes on all the same commits under this server's name.
        _ = try commit(bench, second, 3...3, follows: false)
        second.participant.close()
        let third = try open(bench, "three")
        #expect(third.epoch == 3)
        third.participant.close()
    }

    @Test func bookkeepingOfBeforeIsWidened() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, table)
        try bench.database.execute(
            """
            CREATE SCHEMA millrace;
            CREATE TABLE millrace.job_tasks (
                job text NOT NULL, task text NOT NULL, lineage text, owner_epoch bigint NOT NULL, owner text NOT NULL,
                last_checkpoint bigint, manifest text, offsets jsonb, updated_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (job, task));
            INSERT INTO millrace.job_tasks VALUES
                ('\(bench.job)', 'postgres/postgres', 'lineage-1', 1, 'x', 4, 'abc4', '[]')
            """)
        let opened = try open(bench, "one")
        defer { opened.participant.close() }
        #expect(opened.epoch == 4)
        _ = try commit(bench, opened, 5...5, follows: false)
    }

    // MARK: default_transaction_read_only

    @Test func readOnlyByDefault() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, table)
        try server.query("ALTER DATABASE postgres SET default_transaction_read_only = on")
        let (sink, participant) = try participant(bench, "one")
        defer { participant.close() }
        let error = #expect(throws: DataflowError.self) { try sink.start() }
        #expect(error?.isRetriable == true)
        #expect(error?.message.contains("default_transaction_read_only") == true, "\(String(describing: error))")
        try server.query("BEGIN READ WRITE; ALTER DATABASE postgres SET default_transaction_read_only = off; COMMIT")
        try sink.start()
    }

    // MARK: lock_timeout, pg_blocking_pids

    /// Holds the bookkeeping row in a session of that name.
    private func hold(_ bench: SinkBench, as name: String) throws -> PostgresConnection {
        let session = try PostgresConnection(
            ConnectionParameters(url: bench.server.socketUrl()), session: SessionSettings(applicationName: name))
        try session.execute("BEGIN; SELECT FROM millrace.job_tasks WHERE job = '\(bench.job)' FOR UPDATE")
        return session
    }

    @Test func anotherSessionThatHoldsTheRowIsNamedAndLeftAlone() throws {
        let bench = try SinkBench(nil, table)
        let first = try open(bench, "one")
        _ = try commit(bench, first, 1...1, follows: false)
        first.participant.close()
        let stranger = try hold(bench, as: "a stranger")
        let (sink, second) = try participant(bench, "two", ["sink.lock-timeout": "700 ms"])
        defer { second.close() }
        try sink.start()
        let error = #expect(throws: DataflowError.self) { _ = try second.fence(bench.identity("two")) }
        #expect(error?.isRetriable == true)
        #expect(error?.message.contains("'a stranger'") == true, "\(String(describing: error))")
        try stranger.execute("COMMIT")
        #expect(try second.fence(bench.identity("two")) != .empty)
    }

    @Test func anInstanceOfTheJobThatHoldsTheRowIsEnded() throws {
        let bench = try SinkBench(nil, table)
        let first = try open(bench, "one")
        _ = try commit(bench, first, 1...1, follows: false)
        first.participant.close()
        let stopped = try hold(bench, as: bench.session("stopped"))
        let second = try open(bench, "two")
        defer { second.participant.close() }
        #expect(second.epoch == 1)
        #expect(throws: PostgresConnectorError.self) { try stopped.execute("COMMIT") }
    }

    /// Names of sessions are short: jobs whose names begin alike must not be taken for one.
    @Test func sessionsOfAJobWithALongNameAreItsOwn() throws {
        let bench = try SinkBench(nil, table)
        let names = ["of-the-warehouse-in-the-north-1", "of-the-warehouse-in-the-north-2"].map {
            "\($0)-\(bench.schemaName)"
        }
        func session(_ job: String) throws -> (any CommitParticipant, any SinkWriter) {
            var environment = bench.environment()
            environment.job = JobIdentity(name: job, instance: "one")
            let sink = try bench.tables.makeSink(bench.spec("t", fields), environment)
            try sink.start()
            let participant = try #require(sink.participant)
            _ = try participant.fence(environment.job)
            return (participant, try sink.makeWriter(subtask: 0, wakeUp: {}))
        }
        let (first, writer) = try session(names[0])
        defer { first.close() }
        try writer.write(rows(of: 1))
        try writer.endEpoch(1)
        try first.prepare(epoch: 1)
        let (second, _) = try session(names[1])
        defer { second.close() }
        try first.commit(bench.record(1))
        #expect(try bench.rows("SELECT count(*) FROM t") == ["10"])
    }

    // MARK: time-outs and synchronous_commit

    @Test func sessionsHaveTimeOuts() throws {
        let bench = try SinkBench(nil, table)
        var settings = SessionSettings(applicationName: "test")
        settings.statementTimeout = .seconds(7)
        let session = try PostgresConnection(
            ConnectionParameters(url: bench.server.url()), session: settings)
        for (name, value) in [
            ("statement_timeout", "7s"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "5min"),
            ("tcp_keepalives_idle", "15"), ("tcp_user_timeout", "30000"),
        ] {
            #expect(try session.execute("SHOW \(name)").text(0, 0) == value, "\(name)")
        }
    }

    /// A cancelled wait for a standby would be answered as a commit that the standby has.
    @Test func theStatementTimeOutSparesCommits() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, table)
        try server.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try server.query("SELECT pg_reload_conf()")
        var settings = SessionSettings(applicationName: "committer")
        settings.statementTimeout = .milliseconds(200)
        let (url, schema, waits) = (server.socketUrl(), bench.schemaName, settings)
        let committer = BesideThread {
            let session = try PostgresConnection(ConnectionParameters(url: url), session: waits)
            try session.execute("BEGIN; INSERT INTO \(schema).t VALUES (1, 'x')")
            try session.commit()
        }
        // Five times as long as a statement may take.
        try server.waitUntil(
            """
            SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'committer' AND wait_event = 'SyncRep'
                AND clock_timestamp() - state_change > interval '1 s'
            """)
        try server.query("ALTER SYSTEM RESET synchronous_standby_names")
        try server.query("SELECT pg_reload_conf()")
        try committer.join()
        #expect(try server.query("SELECT count(*) FROM \(schema).t") == "1")
    }

    @Test func synchronousCommitIsNeverOff() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(
            server,
            """
            CREATE TABLE t (id bigint, v text);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.v := current_setting('synchronous_commit'); RETURN NEW; END $$;
            CREATE TRIGGER note BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note()
            """)
        try server.query("ALTER DATABASE postgres SET synchronous_commit = off")
        let opened = try open(bench, "one")
        defer { opened.participant.close() }
        _ = try commit(bench, opened, 1...1, follows: false)
        #expect(try bench.rows("SELECT DISTINCT v FROM t") == ["on"])
    }

    // MARK: redo beyond the limit

    @Test func anEpochWithMuchRedoIsEndedEarly() throws {
        let bench = try SinkBench(nil, table)
        let requests = BenchCounter()
        var environment = bench.environment()
        environment.requestCheckpoint = { requests.add() }
        let sink = try bench.tables.makeSink(
            bench.spec("t", fields, ["sink.redo.max-bytes": "4 kb", "sink.buffer-flush.max-rows": "10"]), environment)
        try sink.start()
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(environment.job)
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        try writer.write(rows(of: 1))
        try bench.commitAsFollower(1, participant, writer)
        #expect(requests.value == 0)
        for part in Int64(2)...10 { try writer.write(rows(of: part)) }
        try bench.commitAsFollower(2, participant, writer)
        #expect(requests.value > 0)
        #expect(try bench.rows("SELECT count(*) FROM t") == ["100"])
    }
}
