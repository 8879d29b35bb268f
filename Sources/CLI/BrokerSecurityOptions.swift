internal import ArgumentParser
internal import DevBroker

/// TLS and logins of `millrace broker`.
struct BrokerSecurityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "PEM file of the broker's certificate, followed by those that it was signed by: clients must come over TLS.",
            valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM file of the certificate's key, without a passphrase.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "PEM file of authorities: clients must show a certificate that one of them has signed.", valueName: "file"))
    var tlsClientAuthority: String?

    @Option(
        help: ArgumentHelp(
            "User who may log in, NAME:PASSWORD; others may not. Repeatable. Other users of this machine can see it.",
            valueName: "user"))
    var saslUser: [String] = []

    @Option(help: "How users log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. Repeatable. (default: all three)")
    var saslMechanism: [String] = []

    @Flag(
        help: """
            Refuse the SCRAM logins of librdkafka before 2.6.1, as Apache Kafka 4 does: they repeat their nonce where RFC 5802 wants \
            it once.
            """)
    var strictScram = false

    static let help = """
        With --tls-certificate and --tls-key clients must come over TLS, with --sasl-user they must log in, with both they do so \
        by SASL_SSL. For a certificate of your own for localhost, which clients are given as ssl.ca.location:

          openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \\
              -nodes -days 30 -subj /CN=localhost \\
              -addext subjectAltName=DNS:localhost \\
              -keyout key.pem -out certificate.pem
          millrace broker --data broker --advertised-host localhost \\
              --tls-certificate certificate.pem --tls-key key.pem \\
              --sasl-user job:secret
          kcat -L -b localhost:9092 -X security.protocol=SASL_SSL \\
              -X ssl.ca.location=certificate.pem \\
              -X sasl.mechanism=SCRAM-SHA-512 \\
              -X sasl.username=job -X sasl.password=secret
        """

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together")
        }
        if tlsClientAuthority != nil, tlsCertificate == nil {
            throw ValidationError("--tls-client-authority needs --tls-certificate and --tls-key")
        }
        if !saslMechanism.isEmpty, saslUser.isEmpty {
            throw ValidationError("--sasl-mechanism needs a --sasl-user")
        }
        for name in saslMechanism where BrokerSecurity.Mechanism(rawValue: name) == nil {
            let names = BrokerSecurity.Mechanism.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--sasl-mechanism takes one of \(names), not \(name)")
        }
        // The value may hold a password.
        guard saslUser.allSatisfy({ $0.split(separator: ":", maxSplits: 1).count == 2 && !$0.hasPrefix(":") }) else {
            throw ValidationError("--sasl-user takes NAME:PASSWORD")
        }
    }

    var security: BrokerSecurity {
        var security = BrokerSecurity()
        if let tlsCertificate, let tlsKey {
            security.tls = .init(certificate: tlsCertificate, key: tlsKey, clientAuthorities: tlsClientAuthority)
        }
        if !saslUser.isEmpty {
            let pairs = saslUser.map { $0.split(separator: ":", maxSplits: 1).map(String.init) }
            security.users = Dictionary(pairs.map { ($0[0], $0[1]) }) { $1 }
        }
        if strictScram { security.scramNonce = .whole }
        let chosen = saslMechanism.compactMap { BrokerSecurity.Mechanism(rawValue: $0) }
        if !chosen.isEmpty { security.mechanisms = chosen }
        return security
    }
}
