import Columnar
import Dataflow
import DevBroker
import Foundation
import Synchronization

@testable import KafkaConnector

/// A cluster for one test: a broker of our own in this process, or the one that an environment variable names.
struct TestCluster {
    let bootstrapServers: String
    /// Appended to names, so that tests on a shared cluster do not meet.
    let suffix: String
    let connector: KafkaConnector
    private let defaults: [String: String]

    static func run(_ body: (TestCluster) async throws -> Void) async throws {
        let suffix = "-" + UUID().uuidString.prefix(8).lowercased()
        if let servers = ProcessInfo.processInfo.environment["MILLRACE_TEST_BOOTSTRAP_SERVERS"] {
            return try await body(try TestCluster(servers, suffix))
        }
        try await runWithBroker(suffix) { cluster, _ in try await body(cluster) }
    }

    /// The cluster is a broker of this process, whatever the environment says, so that it can be made to fail.
    static func runWithFaults(
        _ script: String, _ body: (TestCluster, BrokerServer) async throws -> Void
    ) async throws {
        try await runWithBroker("") { cluster, broker in
            try await broker.setFaults(FaultScript(parsing: script))
            try await body(cluster, broker)
        }
    }

    private static func runWithBroker(
        _ suffix: String, _ body: (TestCluster, BrokerServer) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "millrace-kafka-\(UUID().uuidString.prefix(8))"
        ).path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let broker = try await BrokerServer.start(directory: directory)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(try TestCluster("\(broker.host):\(broker.port)", suffix), broker))
        } catch {
            result = .failure(error)
        }
        try await broker.stop()
        try result.get()
    }

    /// - Parameter further: properties beside the address.
    init(_ servers: String, _ suffix: String, further: [String: String] = [:]) throws {
        bootstrapServers = servers
        self.suffix = suffix
        defaults = further.merging(["bootstrap.servers": servers]) { $1 }
        connector = try KafkaConnector(defaults: defaults)
    }

    var properties: KafkaProperties {
        KafkaProperties(defaults) { name, message in
            preconditionFailure("\(name): \(message)")
        }
    }

    func name(_ name: String) -> String { name + suffix }

    func admin(group: String? = nil) throws -> ClientHandle {
        try ClientHandle(.administration, properties: properties.administration(group: group), events: .ignored)
    }

    @discardableResult
    func createTopic(_ name: String, partitions: Int = 1, configs: [KafkaProperties.Entry] = []) throws -> String {
        let topic = self.name(name)
        let admin = try admin()
        try admin.createTopic(
            topic, partitions: partitions, replication: 1, configs: configs, timeoutMilliseconds: 20_000)
        while (try? admin.partitionCount(topic, timeoutMilliseconds: 10_000)) != partitions {
            admin.poll(timeoutMilliseconds: 20)
        }
        // A topic is known before its leaders have taken over.
        let positions = (0..<partitions).map { KafkaPosition(topic: topic, partition: Int32($0), offset: 0) }
        while (try? admin.offsets(positions, .latest, timeoutMilliseconds: 10_000)) == nil {
            admin.poll(timeoutMilliseconds: 20)
        }
        return topic
    }

    func producer(transactionalID: String? = nil) throws -> KafkaProducer {
        try KafkaProducer(
            properties: properties.producer(
                transactionalID: transactionalID, transactionTimeoutMilliseconds: 30_000), events: .ignored)
    }

    func environment(
        job: String = "job", instance: String = UUID().uuidString,
        log: @escaping @Sendable (LogEvent) -> Void = { _ in }
    ) -> ConnectorEnvironment {
        ConnectorEnvironment(
            job: JobIdentity(name: name(job), instance: instance),
            clock: ProcessingClock(
                now: { Timestamp(microseconds: 1_700_000_000_000_000) },
                monotonicNanoseconds: { monotonicNanoseconds() }),
            checkpointIntervalMilliseconds: 1000, log: log)
    }
}

/// Declares a table in few words.
func table(
    _ name: String, connector: String = "kafka", _ fields: [TableField], key: [String] = [],
    _ options: [String: String]
) -> TableDefinition {
    TableDefinition(
        name: name, fields: fields, primaryKey: key, options: options.merging(["connector": connector]) { $1 })
}

func column(_ name: String, _ type: LogicalType, nullable: Bool = true) -> TableField {
    TableField(name: name, type: type, isNullable: nullable, origin: .payload(path: [name]))
}

func metadata(_ key: String, _ type: LogicalType, as name: String? = nil) -> TableField {
    TableField(name: name ?? key, type: type, isNullable: true, origin: .metadata(key: key))
}
