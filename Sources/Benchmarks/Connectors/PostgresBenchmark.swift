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

    @Option(help: "A server to use instead of a private one; its superuser reads and writes files in its directory.")
    var url: String?

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
        try copyFromFile(session, &report)
        try upsert(plays, address, session, &report)
        try mergeByHand(from: "millrace_bench", into: "millrace_bench_keyed", session, &report)
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

    /// COPY BINARY by the sink, exactly once, one transaction a checkpoint.
    private func append(
        _ plays: PlayRows, _ address: String, _ session: PostgresConnection, _ report: inout MeasurementReport
    ) throws {
        let driver = try SinkDriver(plays.schema, address: address, table: "millrace_bench", key: [])
        defer { driver.close() }
        try measure("sink append", &report) {
            try session.execute("TRUNCATE millrace_bench")
        } body: {
            try driver.write(plays, rowCount: rows, epochRowCount: epochRows)
        }
        // What follows reads these rows.
        if !options.includes("sink append") { try driver.write(plays, rowCount: rows, epochRowCount: epochRows) }
    }

    /// The ceiling: the server reads the same rows from a file in its own format.
    private func copyFromFile(_ session: PostgresConnection, _ report: inout MeasurementReport) throws {
        let directory = try session.execute("SHOW data_directory").required(0, 0)
        let file = SQLIdentifier.quoteLiteral("\(directory)/millrace_bench.copy")
        try session.execute("COPY millrace_bench TO \(file) (FORMAT binary)")
        try measure("copy from file", &report) {
            try session.execute("TRUNCATE millrace_bench")
        } body: {
            try session.execute("COPY millrace_bench FROM \(file) (FORMAT binary)")
        }
    }

    /// Upserts of half as many keys as rows, in random order, into an empty table and then over it.
    private func upsert(
        _ plays: PlayRows, _ address: String, _ session: PostgresConnection, _ report: inout MeasurementReport
    ) throws {
        let driver = try SinkDriver(
            plays.schema, address: address, table: "millrace_bench_keyed", key: ["user_id", "movie_id"])
        defer { driver.close() }
        try measure("sink upsert, new keys", &report) {
            try session.execute("TRUNCATE millrace_bench_keyed")
        } body: {
            try driver.write(plays, rowCount: rows / 5, epochRowCount: epochRows)
        }
        try measure("sink upsert, same keys", &report) {
        } body: {
            try driver.write(plays, rowCount: rows / 5, epochRowCount: epochRows)
        }
    }

    private func measure(
        _ name: String, _ report: inout MeasurementReport, prepare: () throws -> Void, body: () throws -> Void
    ) throws {
        guard options.includes(name) else { return }
        let count = Double(name.hasPrefix("sink upsert") ? rows / 5 : rows)
        var rates: [Double] = []
        var costs: [Double] = []
        for _ in 0..<options.repetitions {
            try prepare()
            let wall = Measurement.nanoseconds(.wall)
            let process = Measurement.nanoseconds(.process)
            try body()
            costs.append(Double(Measurement.nanoseconds(.process) - process) / count)
            rates.append(count / Double(Measurement.nanoseconds(.wall) - wall) * 1e9)
        }
        report.add(Measurement(name: name, unit: "rows/s wall", samples: rates))
        if name.hasPrefix("sink") {
            report.add(Measurement(name: "\(name), client", unit: "CPU ns/row", samples: costs))
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

    init(_ schema: Schema, address: String, table: String, key: [String]) throws {
        let fields = schema.fields.map {
            TableField(name: $0.name, type: $0.type, isNullable: $0.isNullable, origin: .payload(path: [$0.name]))
        }
        let definition = TableDefinition(
            name: table, fields: fields, primaryKey: key,
            options: ["connector": "postgres", "url": address, "table-name": table, "sink.create-table": "true"])
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
