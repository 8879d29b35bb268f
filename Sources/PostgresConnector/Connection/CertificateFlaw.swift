internal import CPostgres
internal import Foundation

/// What is wrong with a server's certificate. libpq says "certificate verify failed" of everything but the name.
struct CertificateFlaw: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case expired, notYetValid
        /// No authority of the file has signed it.
        case untrusted
        case other
    }

    var kind: Kind
    /// OpenSSL's words.
    var reason = ""
    /// Whom the certificate that does not pass is for, and who has issued it.
    var subject = ""
    var issuer = ""
    /// From and until when it is valid, for people.
    var beginning = ""
    var expiry = ""

    private static let timeoutSeconds: Int32 = 5

    /// Connects as a client with this file of authorities would, and looks at the certificate; no login, nothing secret is sent.
    ///
    /// - Returns: nil where nothing is wrong with it, or the server or the file cannot be asked.
    static func examine(address: String, port: String, authorities: String) -> CertificateFlaw? {
        var found = millrace_pg_certificate()
        guard millrace_pg_examine_certificate(address, port, authorities, timeoutSeconds, &found) == 0 else {
            return nil
        }
        let kind: Kind
        switch found.flaw {
        case MILLRACE_PG_CERTIFICATE_GOOD: return nil
        case MILLRACE_PG_CERTIFICATE_EXPIRED: kind = .expired
        case MILLRACE_PG_CERTIFICATE_NOT_YET_VALID: kind = .notYetValid
        case MILLRACE_PG_CERTIFICATE_UNTRUSTED: kind = .untrusted
        default: kind = .other
        }
        return CertificateFlaw(
            kind: kind, reason: text(&found.reason), subject: text(&found.subject), issuer: text(&found.issuer),
            beginning: text(&found.not_before), expiry: text(&found.not_after))
    }

    /// The file of authorities that a connection uses, whoever named it.
    static func authorities(of handle: OpaquePointer) -> String {
        if let options = PQconninfo(handle) {
            defer { PQconninfoFree(options) }
            var option = options
            while let keyword = option.pointee.keyword {
                if String(cString: keyword) == "sslrootcert", let value = option.pointee.val {
                    let path = String(cString: value)
                    if !path.isEmpty { return path }
                }
                option += 1
            }
        }
        return NSHomeDirectory() + "/.postgresql/root.crt"
    }

    /// The characters of a C array up to its zero byte.
    private static func text<Array>(_ array: inout Array) -> String {
        withUnsafeBytes(of: &array) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
