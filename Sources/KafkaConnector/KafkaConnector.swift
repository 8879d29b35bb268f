internal import Columnar
package import Dataflow
internal import Formats
internal import Synchronization

/// The connectors `kafka` and `upsert-kafka`.
package final class KafkaConnector: Connector {
    private struct ClusterKey: Hashable {
        var instance: String
        var identity: [String: String]
    }

    /// Properties that hold for every table, such as the brokers' addresses.
    private let defaults: KafkaProperties
    private let clusters = Mutex<[ClusterKey: KafkaCluster]>([:])

    /// - Parameter defaults: client properties for every table that does not set them itself, under the names of Kafka's own clients
    ///   or librdkafka's.
    /// - Throws: `KafkaConnectorError.configuration` that names the property.
    package init(defaults: [String: String] = [:]) throws(KafkaConnectorError) {
        var problem: (name: String, message: String)?
        self.defaults = KafkaProperties(defaults) { name, message in problem = problem ?? (name, message) }
        if let problem {
            throw KafkaConnectorError(.configuration, "the property '\(problem.name)': \(problem.message)")
        }
    }

    /// What is wrong with properties that are to hold for every table, by their names as given.
    package static func problems(of defaults: [String: String]) -> [(name: String, message: String)] {
        var problems: [(name: String, message: String)] = []
        _ = KafkaProperties(defaults) { problems.append(($0, $1)) }
        return problems
    }

    /// Client properties that are not handed on as they are, for people; sorted by name.
    package static var propertyNotes: [(name: String, note: String)] { PropertyRules.notes }

    package let names = ["kafka", "upsert-kafka"]
    package var optionNames: Set<String> { KafkaOptions.known }

    package func problems(_ table: TableDefinition) -> [TableProblem] {
        var problems: [TableProblem] = []
        _ = KafkaOptions(table, defaults: defaults, problems: &problems)
        for field in table.fields {
            guard case .metadata(let key) = field.origin, MetadataField.columns[key] == nil else { continue }
            let known = MetadataField.columns.keys.sorted()
            let nearest = NearestName.of(key, in: known).map { "; did you mean '\($0)'?" } ?? ""
            problems.append(
                TableProblem(
                    column: field.name,
                    message: "there is no metadata '\(key)'\(nearest) Known are \(known.joined(separator: ", "))"))
        }
        return problems
    }

    package func capabilities(_ table: TableDefinition) -> ConnectorCapabilities {
        let mode: ChangelogMode = table.options["connector"] == "upsert-kafka" ? .upsert : .appendOnly
        return ConnectorCapabilities(scan: mode, sink: mode, metadata: MetadataField.columns, handsOnDeadLetters: true)
    }

    package func makeSource(_ spec: SourceSpec, _ environment: ConnectorEnvironment) throws -> any Source {
        try translatingErrors {
            let options = try options(spec.table)
            return try KafkaSource(
                spec, options: options, cluster: cluster(options, environment), environment: environment)
        }
    }

    package func makeSink(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink {
        try translatingErrors {
            let options = try options(spec.table)
            let cluster = cluster(options, environment)
            if options.guarantee == .exactlyOnce {
                try checkSingleTransaction(cluster, environment)
                try Self.checkInterval(options, environment)
            }
            return try KafkaSink(spec, options: options, cluster: cluster, environment: environment)
        }
    }

    package func makeLookup(_ spec: LookupSpec, _ environment: ConnectorEnvironment) throws -> any LookupTable {
        throw DataflowError(
            .invalidConfiguration,
            "a \(spec.table.options["connector"] ?? "kafka") table cannot be looked up; join it FOR SYSTEM_TIME AS OF a "
                + "PROCTIME() column, which loads it first")
    }

    func options(_ table: TableDefinition) throws(KafkaConnectorError) -> KafkaOptions {
        var problems: [TableProblem] = []
        let options = KafkaOptions(table, defaults: defaults, problems: &problems)
        if let problem = problems.first {
            throw KafkaConnectorError(.configuration, "table \(table.name): \(problem.message)")
        }
        return options
    }

    /// One object per run of a job and cluster: its tables share a transaction.
    private func cluster(_ options: KafkaOptions, _ environment: ConnectorEnvironment) -> KafkaCluster {
        let key = ClusterKey(instance: environment.job.instance, identity: options.properties.clusterIdentity)
        return clusters.withLock { clusters in
            if let existing = clusters[key] { return existing }
            // What belongs to runs of the past is not needed any more.
            clusters = clusters.filter { $0.key.instance == environment.job.instance }
            let made = KafkaCluster(properties: options.properties, environment: environment.of(nil))
            clusters[key] = made
            return made
        }
    }

    /// An epoch must end well before the cluster ends its transaction.
    private static func checkInterval(
        _ options: KafkaOptions, _ environment: ConnectorEnvironment
    ) throws(KafkaConnectorError) {
        let interval = environment.checkpointIntervalMilliseconds
        let timeout = options.properties.transactionTimeoutMilliseconds(checkpointInterval: interval)
        guard interval > timeout / 2 else { return }
        throw KafkaConnectorError(
            .configuration,
            "a checkpoint every \(interval) ms is too rare for transactions that the cluster ends after \(timeout) ms: take "
                + "one at least every \(timeout / 2) ms (MILLRACE_CHECKPOINT_INTERVAL), raise "
                + "'properties.transaction.timeout.ms', or set 'sink.delivery-guarantee' = 'at-least-once'")
    }

    /// Two clusters have two transactions, and only one of them can decide.
    private func checkSingleTransaction(
        _ cluster: KafkaCluster, _ environment: ConnectorEnvironment
    ) throws(KafkaConnectorError) {
        let others = clusters.withLock { clusters in
            clusters.contains {
                $0.key.instance == environment.job.instance && $0.value !== cluster && $0.value.hasSinks
            }
        }
        guard others else { return }
        throw KafkaConnectorError(
            .configuration,
            "exactly-once sinks of one job must be on one Kafka cluster; set 'sink.delivery-guarantee' = 'at-least-once' for "
                + "those on the other")
    }

    package func onlineProblems(_ table: TableDefinition, isSink: Bool) -> [TableProblem] {
        var problems: [TableProblem] = []
        let options = KafkaOptions(table, defaults: defaults, problems: &problems)
        guard problems.isEmpty else { return problems }
        do throws(KafkaConnectorError) {
            let client = try ClientHandle(
                .administration, properties: options.properties.administration(group: nil), events: .ignored)
            let topics = try client.topics(timeoutMilliseconds: 10_000)
            switch options.topics {
            case .pattern(let pattern) where pattern.matches(in: topics.keys).isEmpty:
                problems.append(TableProblem(option: "topic-pattern", message: "no topic matches '\(pattern.text)'"))
            case .pattern: break
            case .names(let names):
                for name in names where topics[name] == nil && !(isSink && options.createsTopic) {
                    let nearest = NearestName.of(name, in: topics.keys.sorted()).map { "; did you mean '\($0)'?" } ?? ""
                    problems.append(
                        TableProblem(option: "topic", message: "the cluster has no topic '\(name)'\(nearest)"))
                }
            }
        } catch {
            problems.append(TableProblem(option: "properties.bootstrap.servers", message: error.description))
        }
        return problems
    }
}
