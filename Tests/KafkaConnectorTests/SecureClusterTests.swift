import CKafka
import Dataflow
import DevBroker
import Foundation
import Synchronization
import TestKit
import Testing

@testable import KafkaConnector

/// A broker with TLS and logins: what works, and what is said where something is wrong.
@Suite(.timeLimit(.minutes(5)))
struct SecureClusterTests {
    private static let password = "canary-secret"
    private static let authority = Result { try Certificates() }

    /// A broker that listens at 127.0.0.1 under the name localhost.
    private struct SecureBroker {
        var pair: Certificates.Pair?
        var users: [String: String]? = ["job": SecureClusterTests.password]
        var mechanisms = BrokerSecurity.Mechanism.allCases
        var scramNonce = BrokerSecurity.ScramNonce.ending
        /// Whose certificates clients have to show; nil: none.
        var clientAuthority: URL?

        func run(_ body: (_ port: Int) async throws -> Void) async throws {
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
                "millrace-secure-\(UUID().uuidString.prefix(8))"
            ).path
            defer { try? FileManager.default.removeItem(atPath: directory) }
            var address = BrokerServer.Address(advertisedHost: "localhost")
            address.security.users = users
            address.security.mechanisms = mechanisms
            address.security.scramNonce = scramNonce
            address.security.tls = pair.map {
                .init(certificate: $0.certificate.path, key: $0.key.path, clientAuthorities: clientAuthority?.path)
            }
            let broker = try await BrokerServer.start(directory: directory, address: address)
            let result: Result<Void, any Error>
            do { result = .success(try await body(broker.port)) } catch { result = .failure(error) }
            try await broker.stop()
            try result.get()
        }
    }

    /// What was logged.
    private final class Log: Sendable {
        private let lines = Mutex<[LogEvent]>([])

        var events: [LogEvent] { lines.withLock { $0 } }

        func append(_ event: LogEvent) { lines.withLock { $0.append(event) } }
    }

    private func cluster(
        _ port: Int, host: String = "localhost", security: String = "SASL_SSL", mechanism: String = "SCRAM-SHA-512",
        password: String = password, further: [String: String] = [:]
    ) throws -> TestCluster {
        var properties = ["broker.address.family": "v4", "security.protocol": security]
        if security.hasSuffix("SSL") { properties["ssl.ca.location"] = try Self.authority.get().authority.path }
        if security.hasPrefix("SASL") {
            properties.merge(["sasl.mechanism": mechanism, "sasl.username": "job", "sasl.password": password]) { $1 }
        }
        return try TestCluster("\(host):\(port)", "", further: properties.merging(further) { $1 })
    }

    /// What a question to a cluster ends with; never the password, and it is not to be tried again.
    private func refusal(_ cluster: TestCluster) throws -> KafkaConnectorError {
        let error = try #require(throws: KafkaConnectorError.self) {
            _ = try cluster.admin().partitionCount("any", timeoutMilliseconds: 2500)
        }
        #expect(!error.isRetriable && error.dataflowError.code == .invalidConfiguration, "\(error)")
        #expect(!String(reflecting: error).contains(Self.password))
        return error
    }

    private func good() throws -> Certificates.Pair { try Self.authority.get().issue(for: "localhost") }

    private func writeAndRead(_ cluster: TestCluster, _ records: [TestRecord] = [TestRecord("k", "v")]) throws {
        let topic = try cluster.createTopic("secured")
        let producer = try cluster.producer(transactionalID: "writer")
        try producer.initTransactions(timeoutMilliseconds: 20_000)
        try producer.beginTransaction()
        try cluster.send(records, to: topic, partition: 0, with: producer)
        try producer.flush(timeoutMilliseconds: 20_000)
        try producer.commitTransaction()
        #expect(try cluster.read(topic) == [records])
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    func rowsGoOverTLSWithALogin(mechanism: String) async throws {
        try await SecureBroker(pair: good()).run { try writeAndRead(cluster($0, mechanism: mechanism)) }
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-256"])
    func rowsGoInTheClearWithALogin(mechanism: String) async throws {
        try await SecureBroker().run { port in
            try writeAndRead(cluster(port, security: "SASL_PLAINTEXT", mechanism: mechanism))
        }
    }

    /// One row is as long as many of TLS's records, and a read brings parts of some.
    @Test func longRowsGoOverTLSWithoutALogin() async throws {
        let rows = (0..<40).map { TestRecord("k\($0)", String(repeating: "\($0 % 10)", count: 1 << ($0 % 18))) }
        try await SecureBroker(pair: good(), users: nil).run { try writeAndRead(cluster($0, security: "SSL"), rows) }
    }

    @Test func rowsGoOverTLSWithTheClientsCertificate() async throws {
        let authority = try Certificates(authority: "clients' authority")
        let pair = try authority.issue(for: "job")
        let broker = try SecureBroker(pair: good(), users: nil, clientAuthority: authority.authority)
        try await broker.run { port in
            let shown = ["ssl.certificate.location": pair.certificate.path, "ssl.key.location": pair.key.path]
            try writeAndRead(cluster(port, security: "SSL", further: shown))
            let error = try refusal(cluster(port, security: "SSL"))
            #expect(error.code == .configuration)
            #expect(error.message.contains("localhost:\(port) wants a certificate of the client"), "\(error)")
            #expect(error.message.contains("ssl.certificate.location"))
        }
    }

    @Test func anAuthorityThatIsNotTheBrokersIsNamed() async throws {
        let other = try Certificates(authority: "another authority")
        try await SecureBroker(pair: good()).run { port in
            let error = try refusal(cluster(port, further: ["ssl.ca.location": other.authority.path]))
            #expect(error.code == .configuration)
            #expect(
                error.message.contains(
                    "the certificate of the broker localhost:\(port) was issued by 'CN=test authority', which is not an authority of "
                        + other.authority.path), "\(error)")
            #expect(error.message.contains("ssl.ca.location"))
        }
    }

    @Test func aWrongHostNameIsSaidWithTheNameOfTheCertificate() async throws {
        try await SecureBroker(pair: good()).run { port in
            let error = try refusal(cluster(port, host: "127.0.0.1"))
            #expect(error.code == .configuration)
            #expect(
                error.message.contains(
                    "the certificate of the broker 127.0.0.1:\(port) is for 'CN=localhost', not for the host '127.0.0.1'"
                ),
                "\(error)")
        }
    }

    @Test func anExpiredCertificateIsSaidWithItsDate() async throws {
        let pair = try Self.authority.get().issue(for: "localhost", days: -1)
        try await SecureBroker(pair: pair).run { port in
            let error = try refusal(cluster(port))
            #expect(error.code == .configuration)
            #expect(error.message.contains("of the broker localhost:\(port) expired at 20"), "\(error)")
        }
    }

    /// A job that runs is not ended by a broker's certificate: others may do, and its log says what to do.
    @Test func theLogOfAJobSaysWhatIsWrongWithACertificate() async throws {
        let pair = try Self.authority.get().issue(for: "localhost", days: -1)
        try await SecureBroker(pair: pair).run { port in
            let log = Log()
            let cluster = try cluster(port)
            let job = KafkaCluster(
                properties: cluster.properties, environment: cluster.environment { log.append($0) })
            #expect(throws: KafkaConnectorError.self) { try job.partitions(of: ["any"]) }
            let told = log.events.filter { $0.message == "Kafka client in trouble" && $0.level == .warning }
            #expect(
                told.contains { $0.fields["error"]?.contains("localhost:\(port) expired at 20") == true }, "\(told)")
        }
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    func aWrongPasswordIsSaidWithTheUser(mechanism: String) async throws {
        try await SecureBroker(pair: good()).run { port in
            let error = try refusal(cluster(port, mechanism: mechanism, password: "wrong-secret"))
            #expect(error.code == .unauthorized)
            #expect(error.message.contains("the brokers refuse user 'job' or its password"), "\(error)")
            #expect(!String(reflecting: error).contains("wrong-secret"))
        }
    }

    /// Apache Kafka 4 refuses librdkafka before 2.6.1 as if the password were wrong.
    @Test func scramAtAStrictBrokerWorksOrTheLibraryIsNamed() async throws {
        try await SecureBroker(pair: good(), scramNonce: .whole).run { port in
            let cluster = try cluster(port, mechanism: "SCRAM-SHA-256")
            guard rd_kafka_version() < 0x0206_0100 else { return try writeAndRead(cluster) }
            let error = try refusal(cluster)
            #expect(error.code == .unauthorized)
            #expect(error.message.contains("Apache Kafka 4 refuses SCRAM-SHA-256 from librdkafka 2."), "\(error)")
        }
    }

    @Test func aMechanismThatTheBrokerDoesNotKnowIsNamed() async throws {
        try await SecureBroker(pair: good(), mechanisms: [.scramSHA512]).run { port in
            let error = try refusal(cluster(port, mechanism: "PLAIN"))
            #expect(error.code == .unauthorized)
            #expect(error.message.contains("the brokers do not take the mechanism 'PLAIN'"), "\(error)")
        }
    }

    @Test(arguments: ["PLAINTEXT", "SASL_PLAINTEXT"])
    func aClientWithoutTLSAtAPortWithTLSIsTold(security: String) async throws {
        try await SecureBroker(pair: good()).run { port in
            let error = try refusal(cluster(port, security: security))
            #expect(error.code == .configuration)
            #expect(
                error.message.contains("the broker localhost:\(port) speaks TLS, and this client does not"), "\(error)")
            #expect(error.message.contains("security.protocol (MILLRACE_KAFKA_SECURITY_PROTOCOL) to "))
        }
    }

    @Test(arguments: ["SSL", "SASL_SSL"])
    func aClientWithTLSAtAPortWithoutIsTold(security: String) async throws {
        try await SecureBroker(users: security == "SSL" ? nil : ["job": Self.password]).run { port in
            let error = try refusal(cluster(port, security: security))
            #expect(error.code == .configuration)
            #expect(
                error.message.contains("the broker localhost:\(port) speaks no TLS, and this client does"), "\(error)")
            #expect(error.message.contains("bootstrap.servers"))
        }
    }

    @Test func aLoginAtAPortWithoutLoginsIsTold() async throws {
        try await SecureBroker(users: nil).run { port in
            let error = try refusal(cluster(port, security: "SASL_PLAINTEXT"))
            #expect(error.code == .unauthorized)
            #expect(error.message.contains("the broker localhost:\(port) takes no logins"), "\(error)")
        }
    }

    /// A broker that is being stopped does the same, so it is tried again.
    @Test(arguments: ["PLAINTEXT", "SSL"])
    func whoDoesNotLogInIsNotHeardAndTold(security: String) async throws {
        try await SecureBroker(pair: security == "SSL" ? good() : nil).run { port in
            let cluster = try cluster(port, security: security)
            let error = try #require(throws: KafkaConnectorError.self) {
                _ = try cluster.admin().partitionCount("any", timeoutMilliseconds: 2500)
            }
            #expect(error.isRetriable)
            #expect(error.message.contains("If it wants a login, set security.protocol"), "\(error)")
        }
    }
}
