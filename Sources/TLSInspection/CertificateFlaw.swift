internal import CTLS

/// What is wrong with a server's certificate: client libraries only say that it does not pass.
package struct CertificateFlaw: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case expired, notYetValid
        /// No authority of the file has signed it.
        case untrusted
        /// It is for another host.
        case otherName
        case other
    }

    /// What is sent before TLS begins.
    package enum Prelude: Sendable {
        case direct
        /// PostgreSQL's request for TLS.
        case postgres
    }

    package var kind: Kind
    /// OpenSSL's words.
    package var reason: String
    /// Whom the certificate that does not pass is for, and who has issued it.
    package var subject: String
    package var issuer: String
    /// From and until when it is valid, for people.
    package var beginning: String
    package var expiry: String

    private static let timeoutSeconds: Int32 = 5

    /// Connects as a client with this file of authorities would, and looks at the certificate; no login, nothing secret is sent. Blocks for
    /// a few seconds at most.
    ///
    /// - Parameters:
    ///   - host: the name that the certificate has to be for; nil where that has been seen to.
    ///   - authorities: a PEM file; nil for the authorities of the system.
    /// - Returns: nil where nothing is wrong with it, or the server or the file cannot be asked.
    package static func examine(
        address: String, port: String, host: String?, authorities: String?, prelude: Prelude
    ) -> CertificateFlaw? {
        var found = millrace_tls_certificate()
        let result = millrace_tls_examine(
            address, port, host, authorities, prelude == .postgres ? MILLRACE_TLS_POSTGRES : MILLRACE_TLS_DIRECT,
            timeoutSeconds, &found)
        guard result == 0 else { return nil }
        let kind: Kind
        switch found.flaw {
        case MILLRACE_TLS_GOOD: return nil
        case MILLRACE_TLS_EXPIRED: kind = .expired
        case MILLRACE_TLS_NOT_YET_VALID: kind = .notYetValid
        case MILLRACE_TLS_UNTRUSTED: kind = .untrusted
        case MILLRACE_TLS_OTHER_NAME: kind = .otherName
        default: kind = .other
        }
        return CertificateFlaw(
            kind: kind, reason: text(&found.reason), subject: text(&found.subject), issuer: text(&found.issuer),
            beginning: text(&found.not_before), expiry: text(&found.not_after))
    }

    /// What is to be done about it.
    ///
    /// - Parameters:
    ///   - server: as people know it: `the server`, `the broker localhost:9093`.
    ///   - host: the name that was connected to, and where that is written.
    ///   - authorities: the file, and the setting that names it.
    package func remedy(
        server: String, host: (name: String, place: String), authorities: (file: String, setting: String)
    ) -> String {
        switch kind {
        case .expired:
            "the certificate '\(subject)' of \(server) expired at \(expiry): have it renewed (if it was, this machine's clock is wrong)"
        case .notYetValid:
            "the certificate '\(subject)' of \(server) is valid from \(beginning) on: this machine's clock, or the one it was made by, is wrong"
        case .untrusted:
            "the certificate of \(server) was issued by '\(issuer)', which is not an authority of \(authorities.file): name that "
                + "authority's PEM file in \(authorities.setting); \(reason)"
        case .otherName:
            "the certificate of \(server) is for '\(subject)', not for the host '\(host.name)': write a name of the certificate into "
                + "\(host.place), or have the server given a certificate for '\(host.name)'"
        case .other: "the certificate '\(subject)' of \(server) is not good: \(reason)"
        }
    }

    /// The characters of a C array up to its zero byte.
    private static func text<Array>(_ array: inout Array) -> String {
        withUnsafeBytes(of: &array) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
