import Testing

@testable import KafkaConnector

/// What librdkafka's words mean, those of other brokers than DevBroker too.
struct ConnectionTroubleTests {
    private static let settings = ConnectionTrouble.Settings([
        .init("security.protocol", "sasl_ssl"), .init("sasl.username", "job"), .init("sasl.mechanism", "PLAIN"),
    ])
    private static let unanswered = KafkaConnectorError(.unavailable, "any: Local: Timed out", kafkaCode: "_TIMED_OUT")

    private func kind(_ code: String, _ said: String) -> ConnectionTrouble.Kind? {
        ConnectionTrouble(code: code, said: said)?.kind
    }

    @Test func troubleThatMayPassByItselfIsNone() {
        #expect(
            kind("_TRANSPORT", "localhost:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused")
                == nil)
        #expect(kind("_TRANSPORT", "sasl_ssl://localhost:9093/1: Disconnected (after 73202ms in state UP)") == nil)
        #expect(kind("_RESOLVE", "ssl://nowhere:9093/bootstrap: Failed to resolve 'nowhere:9093'") == nil)
        #expect(kind("_ALL_BROKERS_DOWN", "1/1 brokers are down") == nil)
        // The broker went away in the middle of the login.
        let lost =
            "SASL PLAIN mechanism handshake failed: Local: Broker transport failure: broker's supported mechanisms: (n/a)"
        #expect(kind("_AUTHENTICATION", "sasl_ssl://localhost:9093/bootstrap: \(lost)") == nil)
    }

    @Test func aWrongPasswordIsNoWrongMechanism() throws {
        // Apache Kafka names the mechanism.
        let said =
            "sasl_ssl://localhost:9093/bootstrap: SASL authentication error: Authentication failed during authentication due to "
            + "invalid credentials with SASL mechanism SCRAM-SHA-512 (after 312ms in state AUTH_REQ)"
        let trouble = try #require(ConnectionTrouble(code: "_AUTHENTICATION", said: said))
        let error = trouble.explanation(of: Self.unanswered, Self.settings)
        #expect(error.code == .unauthorized && error.message.contains("refuse user 'job' or its password"), "\(error)")
    }

    /// librdkafka before 2.6.1 cannot do what Apache Kafka 4 wants, and is answered as for a wrong password.
    @Test func anOldLibraryIsNamedForScram() {
        #expect(
            ConnectionTrouble.scramHint("SCRAM-SHA-256", library: 0x0200_02FF)?.contains("librdkafka 2.0.2") == true)
        #expect(
            ConnectionTrouble.scramHint("SCRAM-SHA-512", library: 0x0206_00FF)?.contains("librdkafka 2.6.0") == true)
        #expect(ConnectionTrouble.scramHint("SCRAM-SHA-512", library: 0x0206_01FF) == nil)
        #expect(ConnectionTrouble.scramHint("PLAIN", library: 0x0200_02FF) == nil)
        #expect(ConnectionTrouble.scramHint(nil, library: 0x0200_02FF) == nil)
    }

    /// 0x15030300: the first bytes of an alert.
    @Test func anAlertInPlaceOfAnAnswerMeansTLS() {
        let said =
            "localhost:9093/bootstrap: Receive failed: Invalid response size %d (0..100000000): increase receive.message.max.bytes"
        for size in [352_518_400, 352_518_912, 0x1603_0303] {
            #expect(kind("_BAD_MSG", said.replacing("%d", with: "\(size)")) == .tlsAtTheBroker)
        }
        #expect(kind("_BAD_MSG", said.replacing("%d", with: "1213486160")) == nil)
    }

    /// Nothing listens at port 1: what was suspected is not so, or cannot be known.
    @Test func whatIsOnlySuspectedEndsNoJob() throws {
        let suspicions = [
            "127.0.0.1:1/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol "
                + "configuration (connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request)",
            "ssl://127.0.0.1:1/bootstrap: SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?",
            "ssl://127.0.0.1:1/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected eof while reading",
        ]
        for said in suspicions {
            let trouble = try #require(ConnectionTrouble(code: "_TRANSPORT", said: said))
            #expect(!trouble.kind.isCertain)
            let error = trouble.explanation(of: Self.unanswered, Self.settings)
            #expect(error.isRetriable && error.message == Self.unanswered.message, "\(error)")
        }
    }

    @Test func theBrokersPlaceIsReadFromItsName() throws {
        let places = [
            "sasl_ssl://kafka-1.example:9093/bootstrap": "kafka-1.example 9093", "10.0.0.7:9092/4": "10.0.0.7 9092",
            "ssl://[fd00::7]:9093/2": "fd00::7 9093", "GroupCoordinator: kafka-1.example:9093": "kafka-1.example 9093",
        ]
        for (name, place) in places {
            let said = "\(name): SSL handshake failed: certificate verify failed"
            let trouble = try #require(ConnectionTrouble(code: "_SSL", said: said))
            #expect(trouble.place.map { "\($0.host) \($0.port)" } == place, "\(name)")
        }
    }

    /// librdkafka keeps silent for 30 s about what it has said before; what is older explains nothing.
    @Test func troubleIsRememberedAsLongAsItIsNotRepeated() {
        let second: UInt64 = 1_000_000_000
        let wrong = (code: "_SSL", said: "ssl://a:1/bootstrap: SSL handshake failed: certificate verify failed")
        let suspicion = (code: "_TRANSPORT", said: "a:1/1: Disconnected: broker might require SASL authentication")
        var last = LastTrouble()
        #expect(last.at(0) == nil)
        last.note(code: suspicion.code, said: suspicion.said, now: 100 * second)
        last.note(code: wrong.code, said: wrong.said, now: 101 * second)
        last.note(code: suspicion.code, said: suspicion.said, now: 102 * second)
        #expect(last.at(131 * second)?.kind == .certificate)
        #expect(last.at(137 * second) == nil)
        last.note(code: suspicion.code, said: suspicion.said, now: 138 * second)
        #expect(last.at(139 * second)?.kind == .noLogin)
        #expect(!last.hasLostAllBrokers)
        last.note(code: "_ALL_BROKERS_DOWN", said: "1/1 brokers are down", now: 139 * second)
        #expect(last.at(139 * second)?.kind == .noLogin && last.hasLostAllBrokers)
        last.forget()
        #expect(last.at(139 * second) == nil && !last.hasLostAllBrokers)
    }
}
