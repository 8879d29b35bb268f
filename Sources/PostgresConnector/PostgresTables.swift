internal import Columnar
package import Dataflow

/// The tables of PostgreSQL: `'connector' = 'postgres'`, and Flink's `'jdbc'` with a url of PostgreSQL. Sinks and lookups.
package final class PostgresTables: Connector {
    /// The parties that sinks of a run share, by run and database.
    private let participants = Monitor<[String: Shared]>([:])

    private let owners = OwnerNames()

    private struct Shared: Sendable {
        weak var participant: PostgresParticipant?
    }

    package init() {}

    package var names: [String] { ["postgres", "jdbc"] }
    package var optionNames: Set<String> { PostgresOptions.known }

    package func problems(_ table: TableDefinition) -> [TableProblem] {
        var problems: [TableProblem] = []
        _ = PostgresOptions(table, problems: &problems)
        for field in table.fields {
            switch field.origin {
            case .metadata(let key):
                problems.append(
                    TableProblem(column: field.name, message: "a postgres table has no metadata column '\(key)'"))
            case .payload(let path) where path.count > 1:
                problems.append(
                    TableProblem(column: field.name, message: "a postgres table has no ROW columns; use JSON text"))
            case .payload: break
            }
        }
        return problems
    }

    package func capabilities(_ table: TableDefinition) -> ConnectorCapabilities {
        ConnectorCapabilities(
            scan: nil, sink: table.primaryKey.isEmpty ? .appendOnly : .upsert, canLookup: true)
    }

    package func onlineProblems(_ table: TableDefinition, isSink: Bool) -> [TableProblem] {
        var problems: [TableProblem] = []
        let options = PostgresOptions(table, problems: &problems)
        guard problems.isEmpty else { return problems }
        do {
            let connection = try PostgresConnection(
                options.parameters, session: SessionSettings(applicationName: "millrace validate"))
            if isSink {
                let changelog: ChangelogMode = table.primaryKey.isEmpty ? .appendOnly : .upsert
                let spec = SinkSpec(table: table, fields: table.fields, changelog: changelog)
                var checked = options
                checked.createsTable = false
                guard let name = options.table else { return [] }
                if options.createsTable, try TableDescription.read(name, connection) == nil { return [] }
                _ = try PostgresSink.check(spec, checked, connection)
            } else {
                _ = try LookupQuery.check(table, options, keys: [], fields: table.fields, connection)
            }
            return []
        } catch {
            return [TableProblem(message: error.description)]
        }
    }

    package func makeSource(_ spec: SourceSpec, _ environment: ConnectorEnvironment) throws -> any Source {
        throw DataflowError(
            .invalidConfiguration,
            "the postgres table \(spec.table.name) cannot be scanned; use it as a sink, or in a join FOR SYSTEM_TIME AS OF "
                + "a PROCTIME() column")
    }

    package func makeSink(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink {
        let options = try Self.options(spec.table)
        guard spec.changelog == .appendOnly || !spec.table.primaryKey.isEmpty else {
            throw DataflowError(
                .invalidConfiguration,
                "the query of \(spec.table.name) updates rows, but the table declares no primary key; add PRIMARY KEY "
                    + "(...) NOT ENFORCED")
        }
        do {
            switch options.deliveryGuarantee {
            case .exactlyOnce:
                let participant = try participant(options, environment)
                return PostgresSink(
                    spec, options, session: participant.session, participant: participant, environment: environment)
            case .atLeastOnce:
                let settings = Self.settings(options, environment, task: nil)
                let session = try SinkSession(settings, log: { environment.tell($0) })
                return PostgresSink(spec, options, session: session, participant: nil, environment: environment)
            }
        } catch {
            throw DataflowError(error)
        }
    }

    package func makeLookup(_ spec: LookupSpec, _ environment: ConnectorEnvironment) throws -> any LookupTable {
        try PostgresLookup(spec, try Self.options(spec.table), environment)
    }

    /// The party of a database, made by the first sink of the run that writes to it.
    private func participant(
        _ options: PostgresOptions, _ environment: ConnectorEnvironment
    ) throws(PostgresConnectorError) -> PostgresParticipant {
        let run = "\(environment.job.name)/\(environment.job.instance) "
        let database = options.parameters.values["dbname"] ?? options.parameters.values["user"] ?? "postgres"
        return try participants.update { shared throws(PostgresConnectorError) in
            let key = run + options.parameters.identity
            if let known = shared[key]?.participant, !known.session.state.read({ $0.isClosing }) { return known }
            shared = shared.filter { $0.value.participant != nil }
            // Two databases of one name are told apart by the rest of their url.
            let isTaken = shared.contains { other in
                other.key.hasPrefix(run) && other.key != key && other.value.participant?.id == "postgres/\(database)"
            }
            let id = isTaken ? "postgres/\(database) \(options.parameters.identity)" : "postgres/\(database)"
            var settings = Self.settings(options, environment, task: id)
            settings.owners = owners
            let session = try SinkSession(
                settings,
                log: { event in
                    var event = event
                    event.fields["participant"] = id
                    environment.log(event)
                },
                requestCheckpoint: environment.requestCheckpoint)
            let made = PostgresParticipant(id: id, session: session)
            shared[key] = Shared(participant: made)
            return made
        }
    }

    private static func settings(
        _ options: PostgresOptions, _ environment: ConnectorEnvironment, task: String?
    ) -> SinkSessionSettings {
        var session = SessionSettings(
            applicationName: SessionSettings.name(job: environment.job.name, instance: environment.job.instance))
        session.lockTimeout = options.lockTimeout
        session.statementTimeout = options.statementTimeout
        session.purpose = .writing
        // A transaction stays open from the first rows of an epoch to its commit.
        let interval = Duration.milliseconds(environment.checkpointIntervalMilliseconds)
        session.idleInTransactionTimeout = max(.seconds(300), interval * 3)
        var parameters = options.parameters
        parameters.setWritable()
        var settings = SinkSessionSettings(
            parameters: parameters, session: session, job: environment.job.name, task: task,
            retryCount: options.retryCount, redoByteLimit: options.redoByteLimit)
        settings.hear = environment.hear
        return settings
    }

    static func options(_ table: TableDefinition) throws(DataflowError) -> PostgresOptions {
        var problems: [TableProblem] = []
        let options = PostgresOptions(table, problems: &problems)
        guard problems.isEmpty else {
            throw DataflowError(
                .invalidConfiguration,
                "table \(table.name): " + problems.map(\.message).joined(separator: "; "))
        }
        return options
    }
}
