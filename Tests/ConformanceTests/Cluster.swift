import DevBroker
import Foundation

/// A cluster for one test: the one that an environment variable names, else a broker of our own in this process.
final class Cluster {
    /// Milliseconds since 1970 at which the tests write records; a real broker would delete old ones.
    static let now = Int64(Date().timeIntervalSince1970 * 1000)

    let versions: ProtocolVersions
    private let bootstrap: String
    /// Part of all names, so that tests on a shared cluster do not meet.
    private let suffix = UUID().uuidString.prefix(8).lowercased()
    private var connections: [String: WireClient] = [:]
    private var coordinators: [String: String] = [:]
    private var leaders: [TopicPartition: String] = [:]

    /// Runs a test's body against a cluster.
    static func run(_ versions: ProtocolVersions = .newest, _ body: (Cluster) throws -> Void) async throws {
        if let servers = ProcessInfo.processInfo.environment["MILLRACE_TEST_BOOTSTRAP_SERVERS"] {
            let first = servers.split(separator: ",").first.map(String.init) ?? servers
            return try body(Cluster(first, versions))
        }
        let directory = NSTemporaryDirectory() + "/millrace-conformance-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var configuration = BrokerConfiguration()
        configuration.cleanupIntervalMilliseconds = 100
        // As in Kafka, a transaction is not completed yet when its end is answered.
        configuration.transactionMarkerDelayMilliseconds = 10
        let broker = try await BrokerServer.start(directory: directory, configuration: configuration)
        let result = Result { try body(Cluster("\(broker.host):\(broker.port)", versions)) }
        try await broker.stop()
        try result.get()
    }

    private init(_ bootstrap: String, _ versions: ProtocolVersions) {
        self.bootstrap = bootstrap
        self.versions = versions
    }

    /// A name that no other test uses.
    func name(_ name: String) -> String { "\(name)-\(suffix)" }

    /// A connection to any broker.
    func connection() throws -> WireClient { try connection(bootstrap) }

    /// The connection to a partition's leader.
    func leader(_ partition: TopicPartition) throws -> WireClient {
        if let known = leaders[partition] { return try connection(known) }
        let address: String = try eventually("a leader of \(partition)") {
            let metadata = try self.metadata(partition.topic)
            guard let topic = metadata.topics.first,
                let entry = topic.partitions.first(where: { $0.partitionIndex == partition.partition }),
                let broker = metadata.brokers.first(where: { $0.nodeId == entry.leaderId })
            else { return nil }
            return "\(broker.host):\(broker.port)"
        }
        leaders[partition] = address
        return try connection(address)
    }

    /// A connection of its own to a partition's leader, for a fetch that is held.
    func reader(_ partition: TopicPartition) throws -> WireClient {
        _ = try leader(partition)
        return try WireClient(leaders[partition] ?? bootstrap, versions)
    }

    /// The connection to a group's coordinator.
    func coordinator(group: String) throws -> WireClient { try connection(coordinator(group, type: 0)) }

    /// The connection to a transactional id's coordinator.
    func coordinator(transaction: String) throws -> WireClient { try connection(coordinator(transaction, type: 1)) }

    /// A connection of its own to a group's coordinator, for a member whose requests are held.
    func member(group: String) throws -> WireClient { try WireClient(coordinator(group, type: 0), versions) }

    func metadata(_ topic: String) throws -> MetadataResponse {
        var entry = MetadataRequest.Topic()
        entry.name = topic
        var request = MetadataRequest()
        request.topics = [entry]
        request.allowAutoTopicCreation = false
        return try connection().send(request)
    }

    private func connection(_ address: String) throws -> WireClient {
        if let known = connections[address] { return known }
        let client = try WireClient(address, versions)
        connections[address] = client
        return client
    }

    private func coordinator(_ key: String, type: Int8) throws -> String {
        if let known = coordinators["\(type) \(key)"] { return known }
        // The oldest version finds the coordinators of groups only.
        let client = type == 0 ? try connection() : try WireClient(bootstrap, .newest)
        var request = FindCoordinatorRequest()
        request.key = key
        request.keyType = type
        request.coordinatorKeys = [key]
        let address: String = try eventually("a coordinator of \(key)") {
            let answer = try client.send(request)
            if let found = answer.coordinators.first {
                return found.errorCode == .none ? "\(found.host):\(found.port)" : nil
            }
            return answer.errorCode == .none && answer.port > 0 ? "\(answer.host):\(answer.port)" : nil
        }
        coordinators["\(type) \(key)"] = address
        return address
    }
}

/// Asks again until there is an answer.
///
/// - Throws: `Unexpected` after a minute and a half: a broker that shares two cores with a thousand tests takes its time.
func eventually<Value>(_ what: String, _ attempt: () throws -> Value?) throws -> Value {
    let deadline = ContinuousClock.now + .seconds(90)
    repeat {
        if let value = try attempt() { return value }
    } while ContinuousClock.now < deadline
    throw Unexpected("there never was \(what)")
}

/// Asks again while the answer's error says that only the moment was wrong.
func settled<Answer>(_ error: (Answer) -> ErrorCode?, _ attempt: () throws -> Answer) throws -> Answer {
    try eventually("an answer but errors of the moment") {
        let answer = try attempt()
        return error(answer).map { ErrorCode.momentary.contains($0) } ?? false ? nil : answer
    }
}

extension ErrorCode {
    /// Errors that a broker may give for a while, and clients answer by asking again.
    static let momentary: Set<ErrorCode> = [
        .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator, .concurrentTransactions,
        .leaderNotAvailable, .notLeaderOrFollower, .notEnoughReplicas,
    ]

    /// What is answered for a partition or group that is not in the transaction.
    ///
    /// Versions that know TRANSACTION_ABORTABLE get it, others INVALID_TXN_STATE; but Kafka verifies the requests
    /// that come together in one go, and then answers all in the manner of one of them.
    static let outsideOfTransaction: Set<ErrorCode> = [.transactionAbortable, .invalidTxnState]
}
