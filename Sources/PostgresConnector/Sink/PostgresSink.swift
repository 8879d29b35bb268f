internal import Columnar
package import Dataflow

/// A table of PostgreSQL that a job writes.
package final class PostgresSink: Sink {
    private let spec: SinkSpec
    private let options: PostgresOptions
    private let session: SinkSession
    private let shared: PostgresParticipant?
    private let budget: DeadLetterBudget
    private let operatorName: String?
    private let memoryLimit: Int?
    /// Set by `start`.
    private let target = Monitor<PostgresSinkWriter.Target?>(nil)

    /// - Parameter participant: nil for a sink that commits by itself, at least once.
    init(
        _ spec: SinkSpec, _ options: PostgresOptions, session: SinkSession, participant: PostgresParticipant?,
        environment: ConnectorEnvironment
    ) {
        budget = DeadLetterBudget(options.refusalLimit, clock: environment.clock)
        memoryLimit = environment.memoryLimit
        operatorName = environment.operatorName
        self.spec = spec
        self.options = options
        self.session = session
        shared = participant
    }

    deinit {
        if shared == nil { session.requestClose() }
    }

    package var participant: (any CommitParticipant)? { shared }

    package func start() throws {
        do {
            let connection = try PostgresConnection(
                session.settings.parameters, session: session.settings.session, notices: session.log)
            let table = try Self.check(spec, options, connection)
            if case .deadLetter(let letters) = options.onError {
                try DeadLetterTable.creation(letters).run(connection)
            }
            let sinkTarget = try SinkTarget(
                table: table, onError: options.onError,
                deferred: options.onError == .fail ? nil : DeferredConstraints(of: table.name, connection),
                budget: budget, operatorName: operatorName)
            let number = session.register(sinkTarget)
            let size = UnitSize(
                rowCount: options.flushRowCount, hasKey: table.keyCount > 0, memoryLimit: memoryLimit)
            target.update { $0 = PostgresSinkWriter.Target(number: number, sink: sinkTarget, unitSize: size) }
        } catch {
            throw DataflowError(error)
        }
    }

    package func makeWriter(
        subtask: Int, wakeUp: @escaping @Sendable () -> Void
    ) throws -> any SinkWriter {
        guard let target = target.read({ $0 }) else {
            throw DataflowError(.internal, "the sink \(spec.table.name) was not started")
        }
        return PostgresSinkWriter(session, target, wakeUp: wakeUp)
    }

    package func stop() {
        // What is shared is closed by its owner.
        if shared == nil { session.close() }
    }

    /// Holds the sink against its table, which is created first where the options say so.
    static func check(
        _ spec: SinkSpec, _ options: PostgresOptions, _ connection: PostgresConnection
    ) throws(PostgresConnectorError) -> TableTarget {
        guard let name = options.table else {
            throw PostgresConnectorError(.configuration, "the option 'table-name' is wrong")
        }
        let check = TableCheck(spec: spec, name: name)
        var description = try TableDescription.read(name, connection)
        if description == nil && options.createsTable {
            try check.creation().run(connection)
            description = try TableDescription.read(name, connection)
        }
        return try check.target(description)
    }
}
