internal import ArgumentParser
internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import KernelBenchmarks
internal import PostgresConnector
internal import StateBackends
internal import TestKit

/// The PostgreSQL sink against the server's own COPY from a file.
struct PostgresBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postgres",
        abstract: "Rows a second into PostgreSQL, and CPU time of this process per row.",
        discussion: "Starts a private server with fsync on, unless --url names one.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Rows of one repetition.")
    var rows = 1_000_000

    @Option(help: "Rows of one checkpoint.")
    var epochRows = 200_000

    @Option(help: "The sink's 'sink.buffer-flush.max-rows'; its default if not given.")
    var flushRows: Int?

    @Option(help: "A server to use instead of a private one; its superuser reads and writes files in its directory.")
    var url: String?

    @Option(help: "Numbers of connections that COPY and merge beside each other, separated by commas.")
    var connections = "1,2,4"

    func run() throws {
        var configuration = PostgresServer.Configuration()
        configuration.fsync = true
        let server = url == nil ? try PostgresServer(configuration) : nil
        defer { server?.stop() }
        let address = url ?? server?.socketUrl() ?? ""
        let session = try PostgresConnection(
            ConnectionParameters(url: address), session: SessionSettings(applicationName: "benchmark"))
        var report = MeasurementReport(options: options)
        let plays = PlayRows(batchCount: 64)
        try append(plays, address, session, &report)
        try upsert(plays, address, session, &report)
        try connectionsBesideEachOther(
            try NumberList.parse(connections, option: "--connections"), address, session, &report)
        try lookUp(plays, address, session, &report)
        report.finish()
    }

    /// Lookups of 1,000 films by the keys of plays: answered by the cache, and by a query a batch.
    private func lookUp(
        _ plays: PlayRows, _ address: String, _ session: PostgresConnection, _ report: inout MeasurementReport
    ) throws {
        try session.execute(
            """
            DROP TABLE IF EXISTS millrace_bench_films;
            CREATE TABLE millrace_bench_films (movie_id bigint PRIMARY KEY, title text);
            INSERT INTO millrace_bench_films SELECT i, 'The film number ' || i FROM generate_series(0, 999) i
            """)
        for (name, cache) in [("lookup, cached", "PARTIAL"), ("lookup, a query a batch", "NONE")] {
            let fields = [
                TableField(name: "movie_id", type: .bigint, isNullable: false, origin: .payload(path: ["movie_id"])),
                TableField(name: "title", type: .string, isNullable: true, origin: .payload(path: ["title"])),
            ]
            let table = TableDefinition(
                name: "films", fields: fields, primaryKey: ["movie_id"],
                options: [
                    "connector": "postgres", "url": address, "table-name": "millrace_bench_films",
                    "lookup.cache": cache,
                ])
            let lookup = try PostgresTables().makeLookup(
                LookupSpec(table: table, keys: ["movie_id"], fields: fields), SinkDriver.environment("benchmark"))
            defer { lookup.close() }
            let rounds = 4
            let count = rounds * plays.batches.reduce(0) { $0 + $1.rowCount }
            try report.measure(name, operations: count, unit: "CPU ns/row") {
                for _ in 0..<rounds {
                    for batch in plays.batches { _ = try lookup.lookup(batch, keys: [1]) }
                }
            }
        }
    }

    /// COPY BINARY by the sink, exactly once, one transaction a checkpoint; and its ceiling: the server reads the same rows from
    /// a file in its own format. In turns, so that what disturbs one disturbs the other.
    private func append(
        _ plays: PlayRows, _ address: String, _ session: PostgresConnection, _ report: inout MeasurementReport
    ) throws {
        let driver = try SinkDriver(
            plays.schema, address: address, table: "millrace_bench", key: [], flushRows: flushRows)
        defer { driver.close() }
        // What follows reads these rows.
        try session.execute("TRUNCATE millrace_bench")
        try driver.write(plays, rowCount: rows, epochRowCount: epochRows)
        let directory = try session.execute("SHOW data_directory").required(0, 0)
        let file = SQLIdentifier.quoteLiteral("\(directory)/millrace_bench.copy")
        try session.execute("COPY millrace_bench TO \(file) (FORMAT binary)")
        var figures = PostgresFigures(options, session)
        for round in 0..<options.warmUp + options.repetitions {
            try session.execute("TRUNCATE millrace_bench")
            try figures.measure("sink append", rows: rows, round: round) {
                try driver.write(plays, rowCount: rows, epochRowCount: epochRows)
            }
            try session.execute("TRUNCATE millrace_bench")
            try figures.measure("copy from file", rows: rows, round: round) {
                try session.execute("COPY millrace_bench FROM \(file) (FORMAT binary)")
            }
        }
        if !options.includes("copy from file") {
            try session.execute("TRUNCATE millrace_bench; COPY millrace_bench FROM \(file) (FORMAT binary)")
        }
        figures.show(&report)
        figures.compare("sink append", with: "copy from file", &report)
    }

    /// Upserts of rows whose keys are drawn from a hundred million pairs, in random order, into an empty table and then over it:
    /// by the sink, and by hand.
    private func upsert(
        _ plays: PlayRows, _ address: String, _ session: PostgresConnection, _ report: inout MeasurementReport
    ) throws {
        let table = "millrace_bench_keyed"
        let driver = try SinkDriver(
            plays.schema, address: address, table: table, key: ["user_id", "movie_id"], flushRows: flushRows)
        defer { driver.close() }
        let count = rows / 5
        let merge = try HandMadeMerge(
            from: "millrace_bench", into: table, rows: count, epochRows: epochRows, parts: 1, session)
        try session.execute(merge.createStage)
        var figures = PostgresFigures(options, session)
        for round in 0..<options.warmUp + options.repetitions {
            try session.execute("TRUNCATE \(table)")
            for keys in ["new keys", "same keys"] {
                try figures.measure("sink upsert, \(keys)", rows: count, round: round) {
                    try driver.write(plays, rowCount: count, epochRowCount: epochRows)
                }
            }
            try session.execute("TRUNCATE \(table)")
            for keys in ["new keys", "same keys"] {
                try figures.measure("hand-made merge, \(keys)", rows: count, round: round) {
                    try merge.run(part: 0, session)
                }
            }
        }
        figures.show(&report)
        for keys in ["new keys", "same keys"] {
            figures.compare("sink upsert, \(keys)", with: "hand-made merge, \(keys)", &report)
        }
    }
}

/// Batches of enriched plays as the example of the README writes them.
private struct PlayRows {
    let schema = Schema([
        Field("user_id", .bigint, isNullable: false), Field("movie_id", .bigint, isNullable: false),
        Field("title", .string), Field("device", .string), Field("played_at", .timestampLTZ(precision: 3)),
        Field("rating", .double), Field("rated_at", .timestampLTZ(precision: 3)),
    ])
    private(set) var batches: [RecordBatch] = []

    init(batchCount: Int) {
        var random = SeededRandom(seed: 7)
        let builder = BatchBuilder(schema: schema)
        let devices = ["tv", "phone", "tablet", "web"]
        for _ in 0..<batchCount {
            while !builder.isFull {
                builder.setInt64(0, Int64(random.next() % 100_000))
                builder.setInt64(1, Int64(random.next() % 1000))
                Self.set(builder, 2, "The film number \(random.next() % 1000)")
                Self.set(builder, 3, devices[Int(random.next() % 4)])
                builder.setInt64(4, 1_700_000_000_000_000 + Int64(random.next() % 1_000_000) * 1000)
                if random.next() % 4 != 0 {
                    builder.slots[5].storage.assumingMemoryBound(to: Double.self)[builder.rowCount] =
                        Double(random.next() % 10) / 2
                    builder.slots[5].setValid(builder.rowCount)
                    builder.setInt64(6, 1_700_000_000_000_000 - Int64(random.next() % 1_000_000) * 1000)
                }
                builder.commitRow()
            }
            batches.append(builder.finish())
        }
    }

    private static func set(_ builder: BatchBuilder, _ column: Int, _ text: String) {
        var text = text
        text.withUTF8 { builder.setBytes(column, UnsafeRawBufferPointer($0)) }
    }
}

/// A sink with one writer, driven from one thread as the runtime does it.
private final class SinkDriver {
    private let sink: any Sink
    private let participant: any CommitParticipant
    private let writer: any SinkWriter
    private let wakeUps = WakeUps()
    private var epoch: Int64 = 0

    init(_ schema: Schema, address: String, table: String, key: [String], flushRows: Int?) throws {
        let fields = schema.fields.map {
            TableField(name: $0.name, type: $0.type, isNullable: $0.isNullable, origin: .payload(path: [$0.name]))
        }
        var options = ["connector": "postgres", "url": address, "table-name": table, "sink.create-table": "true"]
        options["sink.buffer-flush.max-rows"] = flushRows.map(String.init)
        let definition = TableDefinition(name: table, fields: fields, primaryKey: key, options: options)
        let environment = Self.environment("benchmark-\(table)")
        let spec = SinkSpec(table: definition, fields: fields, changelog: key.isEmpty ? .appendOnly : .upsert)
        sink = try PostgresTables().makeSink(spec, environment)
        try sink.start()
        guard let participant = sink.participant else { throw ValidationError("the sink commits by itself") }
        self.participant = participant
        if case .committed(let last) = try participant.fence(environment.job) { epoch = last.epoch }
        writer = try sink.makeWriter(subtask: 0) { [wakeUps] in wakeUps.signal() }
    }

    static func environment(_ job: String) -> ConnectorEnvironment {
        ConnectorEnvironment(
            job: JobIdentity(name: job, instance: "one"),
            clock: ProcessingClock(now: { Timestamp(microseconds: 0) }, monotonicNanoseconds: { 0 }),
            checkpointIntervalMilliseconds: 1000, log: { _ in })
    }

    func write(_ plays: PlayRows, rowCount: Int, epochRowCount: Int) throws {
        var written = 0
        var inEpoch = 0
        while written < rowCount {
            for batch in plays.batches where written < rowCount {
                while !writer.isReady { wakeUps.wait() }
                try writer.write(batch)
                written += batch.rowCount
                inEpoch += batch.rowCount
                if inEpoch >= epochRowCount || written >= rowCount {
                    try commit()
                    inEpoch = 0
                }
            }
        }
    }

    func close() {
        writer.close()
        participant.close()
    }

    private func commit() throws {
        epoch += 1
        try writer.endEpoch(epoch)
        try participant.prepare(epoch: epoch)
        try participant.commit(EpochRecord(lineage: "benchmark", epoch: epoch, manifestDigest: "", splits: []))
    }
}
