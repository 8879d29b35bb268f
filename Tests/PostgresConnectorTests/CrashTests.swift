internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import PostgresConnector
internal import Synchronization
internal import Testing

/// Sessions and servers that are killed at any moment, against the rule that a committed epoch is there once.
@Suite(.timeLimit(.minutes(4)))
struct CrashTests {
    private let fields = [Field("id", .bigint, isNullable: false), Field("v", .string)]
    private let rowsPerEpoch: Int64 = 60

    /// Runs epochs as the coordinator does: every failure leads to a new attempt, which goes on after what its fence
    /// found. Answers the failures.
    private func run(_ bench: SinkBench, key: [String], until last: Int64, _ progress: Progress) throws -> Int {
        var attempt = 0
        /// Attempts that found the server.
        var fences = 0
        var failures = 0
        while true {
            attempt += 1
            try #require(fences < 500, "no progress")
            let options = ["sink.buffer-flush.max-rows": "25", "sink.lock-timeout": "1 s"]
            do {
                let sink = try bench.sink(bench.spec("t", fields, key: key, options), instance: "i\(attempt)")
                let participant = try #require(sink.participant)
                // Some are left behind as a process leaves them that ends.
                defer { if attempt % 3 != 0 { participant.close() } }
                var committed: Int64 = 0
                if case .committed(let found) = try participant.fence(bench.identity("i\(attempt)")) {
                    committed = found.epoch
                }
                fences += 1
                if committed == last { return failures }
                try write(bench, sink, participant, progress, epochs: committed + 1...last)
            } catch is DataflowError {
                failures += 1
            } catch is CommitFailure {
                failures += 1
            }
        }
    }

    private func write(
        _ bench: SinkBench, _ sink: any Sink, _ participant: any CommitParticipant, _ progress: Progress,
        epochs: ClosedRange<Int64>
    ) throws {
        let writers = try (0..<2).map { try sink.makeWriter(subtask: $0, wakeUp: {}) }
        for epoch in epochs {
            if Int.random(in: 0..<4) == 0 { progress.arm() }
            for part in 0..<3 as Range<Int64> {
                let start = epoch * rowsPerEpoch + part * 20
                let rows: [[Cell]] = (start..<start + 20).map { [.integer($0), "x"] }
                try writers[Int(part % 2)].write(makeBatch(Schema(fields), rows))
            }
            try bench.commit(epoch, participant, writers)
        }
    }

    /// What the killer and the epochs tell each other: it strikes within milliseconds of being armed, so that epochs
    /// come through between two strikes however slow the machine is.
    private final class Progress: Sendable {
        private let done = Atomic<Bool>(false)
        private let armed = Atomic<Bool>(false)
        private let counter = Atomic<Int>(0)

        var isDone: Bool { done.load(ordering: .relaxed) }
        var events: Int { counter.load(ordering: .relaxed) }

        func arm() { armed.store(true, ordering: .relaxed) }

        /// Whether it is time to strike; answers so once.
        func takeArms() -> Bool { armed.exchange(false, ordering: .relaxed) }

        func count(_ events: Int) { counter.add(events, ordering: .relaxed) }

        func finish() { done.store(true, ordering: .relaxed) }
    }

    private func check(_ server: PostgresServer, _ bench: SinkBench, epochs: Int64) throws {
        let found = try server.query("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM \(bench.schemaName).t")
        let count = rowsPerEpoch * epochs
        #expect(found == "\(count)|\(count)|\(rowsPerEpoch)|\(rowsPerEpoch * (epochs + 1) - 1)")
    }

    @Test(arguments: [[], ["id"]])
    func killedSessionsLoseAndDoubleNothing(key: [String]) throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, "CREATE TABLE t (id bigint\(key.isEmpty ? "" : " PRIMARY KEY"), v text)")
        let progress = Progress()
        let prefix = bench.session("")
        let killer = BesideThread {
            let session = try PostgresConnection(
                ConnectionParameters(url: server.socketUrl()), session: SessionSettings(applicationName: "killer"))
            while !progress.isDone {
                try session.execute("SELECT pg_sleep(random() * 0.01)")
                guard progress.takeArms() else { continue }
                let found = try session.query(
                    """
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE starts_with(application_name, $1)
                    """, [prefix])
                progress.count(Int(found.text(0, 0) ?? "") ?? 0)
            }
        }
        var last: Int64 = 0
        while progress.events < 30 {
            last += 20
            _ = try run(bench, key: key, until: last, progress)
        }
        progress.finish()
        try killer.join()
        try check(server, bench, epochs: last)
    }

    @Test func crashesOfTheServerLoseAndDoubleNothing() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, "CREATE TABLE t (id bigint, v text)")
        let progress = Progress()
        let killer = BesideThread {
            while !progress.isDone {
                try server.query("SELECT pg_sleep(random() * 0.01)")
                guard progress.takeArms() else { continue }
                try server.crash()
                try server.start()
                progress.count(1)
            }
        }
        var last: Int64 = 0
        while progress.events < 4 {
            last += 20
            _ = try run(bench, key: [], until: last, progress)
        }
        progress.finish()
        try killer.join()
        try check(server, bench, epochs: last)
    }
}
