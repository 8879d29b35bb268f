/// How clients prove who they are, and whether they come over TLS. Off by default.
package struct BrokerSecurity: Sendable {
    /// How a login goes on (RFC 4616, RFC 5802).
    package enum Mechanism: String, CaseIterable, Sendable {
        case plain = "PLAIN"
        case scramSHA256 = "SCRAM-SHA-256"
        case scramSHA512 = "SCRAM-SHA-512"
    }

    /// Paths of PEM files.
    package struct TLS: Sendable {
        /// The broker's certificate, with those that it was signed by.
        package var certificate: String
        package var key: String
        /// Authorities for the certificates that clients must show; nil: they need none.
        package var clientAuthorities: String?

        package init(certificate: String, key: String, clientAuthorities: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.clientAuthorities = clientAuthorities
        }
    }

    /// What a client has to repeat at the end of a SCRAM login.
    package enum ScramNonce: Sendable {
        /// The server's nonce, as Apache Kafka 3 does: librdkafka before 2.6.1 says its own twice.
        case ending
        /// The whole nonce, as RFC 5802 wants and Apache Kafka 4 does.
        case whole
    }

    /// Nil: in the clear.
    package var tls: TLS?
    /// Passwords by user; nil: nobody logs in.
    package var users: [String: String]?
    package var mechanisms: [Mechanism] = Mechanism.allCases
    package var scramNonce = ScramNonce.ending

    package init() {}
}
