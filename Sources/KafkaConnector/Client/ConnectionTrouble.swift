internal import CKafka
internal import TLSInspection

/// Why a client does not get on with its brokers, where waiting does not help: certificates, logins, TLS at one end only. librdkafka goes on
/// trying, and of a question says only that it was not answered.
struct ConnectionTrouble: Sendable {
    enum Kind: Sendable, Equatable {
        /// The broker's certificate does not pass.
        case certificate
        /// The broker wants a certificate of the client.
        case clientCertificate
        case login
        /// Perhaps the broker speaks TLS and the client does not.
        case tlsAtTheBroker
        /// Perhaps the client speaks TLS and the broker does not.
        case tlsAtTheClient
        /// Perhaps the broker wants a login and the client has none.
        case noLogin

        /// Whether librdkafka's words leave no doubt.
        var isCertain: Bool {
            switch self {
            case .certificate, .clientCertificate, .login: true
            case .tlsAtTheBroker, .tlsAtTheClient, .noLogin: false
            }
        }
    }

    let kind: Kind
    /// librdkafka's words.
    let said: String

    /// Nil for trouble that may pass by itself, such as a broker that is not there.
    ///
    /// - Parameter code: librdkafka's name of the error.
    init?(code: String, said: String) {
        switch code {
        case "_SSL" where said.contains("certificate verify failed"): kind = .certificate
        case _ where said.contains("alert certificate required"): kind = .clientCertificate
        // The connection ended during the login.
        case "_AUTHENTICATION" where said.contains(": Local: "): return nil
        case "_AUTHENTICATION": kind = .login
        case _ where said.contains("SSL handshake failed"): kind = .tlsAtTheClient
        case _ where said.contains("connecting to a SSL listener") || Self.isAnsweredByTLS(said): kind = .tlsAtTheBroker
        case _ where said.contains("broker might require SASL authentication"): kind = .noLogin
        default: return nil
        }
        self.said = said
    }

    /// Whether what came for a response's length is the beginning of a TLS record: an alert or a handshake of TLS 1.
    private static func isAnsweredByTLS(_ said: String) -> Bool {
        guard let match = said.firstMatch(of: /Invalid response size (\d+)/), let size = Int(match.1) else {
            return false
        }
        return size >> 16 == 0x1503 || size >> 16 == 0x1603
    }

    /// Host and port in the name that librdkafka gives a broker: `sasl_ssl://localhost:9093/bootstrap: ...`, `[::1]:9092/1: ...`,
    /// `GroupCoordinator: localhost:9093: ...`.
    var place: (host: String, port: String)? {
        let match =
            said.firstMatch(of: #/^(?:[a-z_]+://)?\[?([^/\s\[\]]+)\]?:(\d+)//#)
            ?? said.firstMatch(of: #/^\S*Coordinator\S*: \[?([^/\s\[\]]+)\]?:(\d+):/#)
        return match.map { (String($0.1), String($0.2)) }
    }
}

// MARK: - What to do

extension ConnectionTrouble {
    /// What the client's properties say of TLS and logins.
    struct Settings: Sendable {
        /// `security.protocol` in capitals.
        var security = "PLAINTEXT"
        /// The PEM file of authorities; nil: those of the system.
        var authorities: String?
        var user: String?
        var mechanism: String?

        init(_ properties: [KafkaProperties.Entry]) {
            for property in properties {
                switch property.name {
                case "security.protocol": security = property.value.uppercased()
                case "ssl.ca.location": authorities = property.value
                case "sasl.username": user = property.value
                case "sasl.mechanism", "sasl.mechanisms": mechanism = property.value
                default: break
                }
            }
        }
    }

    private static let protocolSetting = "security.protocol (MILLRACE_KAFKA_SECURITY_PROTOCOL)"

    private var broker: String { place.map { "the broker \($0.host):\($0.port)" } ?? "a broker" }

    /// The error that says what to do, not to be tried again; `error` itself where this trouble turns out not to be the reason. May connect to
    /// the broker once more, to see its certificate or what it speaks; sends nothing secret there. Blocks for a few seconds at most.
    ///
    /// - Parameter error: what a question has failed with meanwhile.
    func explanation(of error: KafkaConnectorError, _ settings: Settings) -> KafkaConnectorError {
        switch kind {
        case .certificate: return refusal(.configuration, certificateRemedy(settings), "_SSL")
        case .clientCertificate:
            return refusal(
                .configuration,
                "\(broker) wants a certificate of the client: name its PEM file in ssl.certificate.location and its key's in "
                    + "ssl.key.location (MILLRACE_KAFKA_SSL_CERTIFICATE_LOCATION, MILLRACE_KAFKA_SSL_KEY_LOCATION)",
                "_SSL")
        case .login: return refusal(.unauthorized, loginRemedy(settings), "_AUTHENTICATION")
        case .tlsAtTheBroker:
            guard let place, PortInspection.speaksTLS(address: place.host, port: place.port) else { return error }
            let wanted = settings.security == "SASL_PLAINTEXT" ? "SASL_SSL" : "SSL, or SASL_SSL with a login"
            return refusal(
                .configuration,
                "\(broker) speaks TLS, and this client does not: set \(Self.protocolSetting) to \(wanted); it is "
                    + settings.security, "_TRANSPORT")
        case .tlsAtTheClient:
            guard let place, Self.answersInTheClear(place) else { return error }
            let wanted = settings.security == "SASL_SSL" ? "SASL_PLAINTEXT" : "PLAINTEXT"
            return refusal(
                .configuration,
                "\(broker) speaks no TLS, and this client does: name the port with TLS in bootstrap.servers, or set "
                    + "\(Self.protocolSetting) to \(wanted); it is \(settings.security)", "_TRANSPORT")
        case .noLogin:
            // A broker that is being stopped does the same.
            return KafkaConnectorError(
                error.code,
                "\(broker) closes the connection at once. If it wants a login, set \(Self.protocolSetting) to SASL_SSL, and "
                    + "sasl.mechanism, sasl.username and sasl.password; it is \(settings.security) (\(said))",
                context: error.context, kafkaCode: error.kafkaCode, isRetriable: error.isRetriable, cause: error)
        }
    }

    /// The same error in words that say what to do, where librdkafka's words leave no doubt; it is no more final than it was, as other brokers
    /// may do. May connect to the broker once more, as `explanation` does.
    func wording(_ error: KafkaConnectorError, _ settings: Settings) -> KafkaConnectorError {
        guard kind.isCertain else { return error }
        return KafkaConnectorError(
            error.code, explanation(of: error, settings).message, context: error.context, kafkaCode: error.kafkaCode,
            isRetriable: error.isRetriable, cause: error.cause)
    }

    private func refusal(_ code: KafkaConnectorError.Code, _ remedy: String, _ name: String) -> KafkaConnectorError {
        KafkaConnectorError(code, "\(remedy) (\(said))", kafkaCode: name)
    }

    /// Whether a Kafka broker answers a question that is not encrypted.
    private static func answersInTheClear(_ place: (host: String, port: String)) -> Bool {
        // ApiVersions, version 0, which every broker answers to everybody: length, key, version, correlation, no client id.
        let question: [UInt8] = [0, 0, 0, 10, 0, 18, 0, 0, 0x4D, 0x72, 0x6C, 0x6C, 0xFF, 0xFF]
        let answer = PortInspection.answer(toPlain: question, byteCount: 8, address: place.host, port: place.port)
        return answer?.suffix(4) == question[8..<12]
    }

    private func certificateRemedy(_ settings: Settings) -> String {
        let file = settings.authorities ?? "the system's authorities"
        let setting = "ssl.ca.location (MILLRACE_KAFKA_SSL_CA_LOCATION)"
        guard let place,
            let flaw = CertificateFlaw.examine(
                address: place.host, port: place.port, host: place.host, authorities: settings.authorities,
                prelude: .direct)
        else {
            return
                "the certificate of \(broker) does not pass the check by \(file): it has expired, is for another host, or another "
                + "authority than those of \(setting) has issued it"
        }
        return flaw.remedy(
            server: broker, host: (place.host, "bootstrap.servers or the broker's advertised listeners"),
            authorities: (file, setting))
    }

    /// What else it may be: librdkafka before 2.6.1 repeats its nonce where RFC 5802 wants it once, which brokers answer like a wrong
    /// password from Apache Kafka 4.0 on.
    ///
    /// - Parameter library: librdkafka's version as it counts itself: two hexadecimal digits each of 2.6.1, and of its maturity.
    static func scramHint(_ mechanism: String?, library: Int32) -> String? {
        guard let mechanism, mechanism.hasPrefix("SCRAM"), library < 0x0206_0100 else { return nil }
        let version = "\(library >> 24).\(library >> 16 & 0xFF).\(library >> 8 & 0xFF)"
        return
            ". If both are right: Apache Kafka 4 refuses \(mechanism) from librdkafka \(version), the one in use here; take "
            + "sasl.mechanism PLAIN over TLS, or librdkafka 2.6.1 or newer"
    }

    private func loginRemedy(_ settings: Settings) -> String {
        if said.contains("Unsupported SASL mechanism") {
            return "the brokers do not take the mechanism '\(settings.mechanism ?? "")': set sasl.mechanism "
                + "(MILLRACE_KAFKA_SASL_MECHANISM) to one of theirs"
        }
        if said.contains("Handshake not supported") || said.contains("not valid in current SASL state") {
            let wanted = settings.security == "SASL_SSL" ? "SSL" : "PLAINTEXT"
            return
                "\(broker) takes no logins: set \(Self.protocolSetting) to \(wanted), or name the port for logins in bootstrap.servers"
        }
        return
            "the brokers refuse user '\(settings.user ?? "")' or its password: correct sasl.username and sasl.password "
            + "(MILLRACE_KAFKA_SASL_USERNAME, MILLRACE_KAFKA_SASL_PASSWORD or its _FILE)"
            + (Self.scramHint(settings.mechanism, library: rd_kafka_version()) ?? "")
    }
}

// MARK: - Asking

/// The last trouble of a client, for as long as librdkafka may keep silent about the same again.
struct LastTrouble {
    /// librdkafka tells an error of a broker that it has told before every 30 s only.
    private static let memoryNanoseconds: UInt64 = 35_000_000_000

    private var last: (trouble: ConnectionTrouble, time: UInt64)?
    /// Whether all brokers were away at some time since an answer.
    private(set) var hasLostAllBrokers = false

    /// Takes note of a client's error; what is certain is not replaced by what is not.
    mutating func note(code: String, said: String, now: UInt64) {
        if code == "_ALL_BROKERS_DOWN" { hasLostAllBrokers = true }
        guard let trouble = ConnectionTrouble(code: code, said: said) else { return }
        if let known = at(now), known.kind.isCertain, !trouble.kind.isCertain { return }
        last = (trouble, now)
    }

    func at(_ now: UInt64) -> ConnectionTrouble? {
        guard let last, now < last.time + Self.memoryNanoseconds else { return nil }
        return last.trouble
    }

    /// A question was answered: it is over, whatever it was.
    mutating func forget() {
        last = nil
        hasLostAllBrokers = false
    }
}

extension ClientHandle {
    /// When to look why a question is not answered, if all brokers are away; waiting for an answer goes on where that is not known.
    private static let firstLookMilliseconds: Int32 = 700

    /// Asks the cluster something, and says why it was not answered where the client has come to know.
    ///
    /// - Parameter question: may be asked twice, with parts of the time.
    func asking<Result>(
        timeoutMilliseconds: Int32, _ question: (_ timeoutMilliseconds: Int32) throws(KafkaConnectorError) -> Result
    ) throws(KafkaConnectorError) -> Result {
        var passed: Int32 = 0
        var part = min(timeoutMilliseconds, Self.firstLookMilliseconds)
        while true {
            do throws(KafkaConnectorError) {
                let answer = try question(part)
                poll(timeoutMilliseconds: 0)
                forgetTrouble()
                return answer
            } catch {
                // The question says only that there was no answer; the client's events say which broker and why.
                poll(timeoutMilliseconds: 0)
                guard error.code == .unavailable, error.kafkaCode?.hasPrefix("_") == true else { throw error }
                passed += part
                let isOver = passed >= timeoutMilliseconds
                if let trouble, isOver || hasLostAllBrokers {
                    let explained = trouble.explanation(of: error, settings)
                    if isOver || !explained.isRetriable { throw explained }
                }
                if isOver { throw error }
                part = timeoutMilliseconds - passed
            }
        }
    }
}
