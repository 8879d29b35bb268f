internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import PostgresConnector
internal import StateBackends
internal import Synchronization

/// A sink on a table of its own schema, driven by hand.
final class SinkBench {
    let server: PostgresServer
    let database: PostgresConnection
    let schemaName: String
    let tables = PostgresTables()
    let lineage = "lineage-1"
    let job: String
    let messages = MessageLog()

    /// Log lines of connectors.
    final class MessageLog: Sendable {
        private let lines = Mutex<[LogEvent]>([])

        var all: [LogEvent] { lines.withLock { $0 } }

        func add(_ event: LogEvent) { lines.withLock { $0.append(event) } }
    }

    init(_ server: PostgresServer? = nil, _ setUp: String = "") throws {
        self.server = try server ?? Fixture.server.get()
        database = try PostgresConnection(
            ConnectionParameters(url: self.server.socketUrl()), session: SessionSettings(applicationName: "test"))
        schemaName = "s\(UInt32.random(in: 0...UInt32.max))"
        job = "job-\(schemaName)"
        try database.execute("CREATE SCHEMA \(schemaName); SET search_path = \(schemaName)")
        if !setUp.isEmpty { try database.execute(setUp) }
    }

    func environment(instance: String = "one") -> ConnectorEnvironment {
        let messages = self.messages
        return ConnectorEnvironment(
            job: JobIdentity(name: job, instance: instance),
            clock: ProcessingClock(now: { Timestamp(microseconds: 0) }, monotonicNanoseconds: { 0 }),
            checkpointIntervalMilliseconds: 1000, log: { messages.add($0) })
    }

    func spec(
        _ table: String, _ fields: [Field], key: [String] = [], _ options: [String: String] = [:]
    ) -> SinkSpec {
        var all = ["connector": "postgres", "url": server.socketUrl(), "table-name": "\(schemaName).\(table)"]
        all.merge(options) { $1 }
        let tableFields = fields.map {
            TableField(name: $0.name, type: $0.type, isNullable: $0.isNullable, origin: .payload(path: [$0.name]))
        }
        let definition = TableDefinition(name: table, fields: tableFields, primaryKey: key, options: all)
        return SinkSpec(table: definition, fields: tableFields, changelog: key.isEmpty ? .appendOnly : .upsert)
    }

    /// A sink that was started.
    func sink(_ spec: SinkSpec, instance: String = "one") throws -> any Sink {
        let sink = try tables.makeSink(spec, environment(instance: instance))
        try sink.start()
        return sink
    }

    func record(_ epoch: Int64) -> EpochRecord {
        EpochRecord(
            lineage: lineage, epoch: epoch, manifestDigest: "abc\(epoch)",
            splits: [SplitState(id: SplitID(topic: "t\"opic", partition: 3), nextOffset: epoch * 10)])
    }

    /// Ends the epoch of some writers and commits it.
    func commit(_ epoch: Int64, _ participant: any CommitParticipant, _ writers: [any SinkWriter]) throws {
        for writer in writers { try writer.endEpoch(epoch) }
        try participant.prepare(epoch: epoch)
        try participant.commit(record(epoch))
    }

    func identity(_ instance: String = "one") -> JobIdentity { JobIdentity(name: job, instance: instance) }

    /// The name of an instance's sessions.
    func session(_ instance: String) -> String { "\(job)/\(instance)" }

    /// A query's rows, columns separated by `|`, NULL as `-`.
    func rows(_ sql: String) throws -> [String] {
        let result = try database.execute(sql)
        return (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { result.text(row, $0) ?? "-" }.joined(separator: "|")
        }
    }
}
