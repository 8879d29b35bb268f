internal import CPostgres
internal import Foundation
internal import TLSInspection

/// Why no session came about, said so that one knows what to do. libpq's own words follow in parentheses.
struct ConnectionRefusal {
    /// libpq's words on one line.
    let said: String
    let parameters: ConnectionParameters
    /// What is wrong with the certificate of the server at an address and port; nil: it could not be looked at.
    var examine: (_ address: String, _ port: String) -> CertificateFlaw?

    /// What a connection failed with.
    ///
    /// - Parameter handle: still open; its parameters are those in force, the environment's among them.
    init(_ handle: OpaquePointer, _ parameters: ConnectionParameters) {
        said = String(cString: PQerrorMessage(handle)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        self.parameters = parameters
        let authorities = Self.authorities(of: handle)
        // libpq says itself when it is for another host.
        examine = {
            CertificateFlaw.examine(address: $0, port: $1, host: nil, authorities: authorities, prelude: .postgres)
        }
    }

    init(
        said: String, _ parameters: ConnectionParameters,
        examine: @escaping (_ address: String, _ port: String) -> CertificateFlaw?
    ) {
        self.said = said
        self.parameters = parameters
        self.examine = examine
    }

    /// Not to be tried again where the server, its certificate or the url has to be changed first.
    var error: PostgresConnectorError {
        if let remedy = certificateRemedy { return error(.configuration, remedy) }
        if let (state, remedy) = loginRemedy { return error(.connectionFailed, remedy, state) }
        return PostgresConnectorError(
            .connectionFailed, "no connection to PostgreSQL: \(said)", place: "\(parameters)")
    }

    private func error(
        _ code: PostgresConnectorError.Code, _ remedy: String, _ state: SQLState? = nil
    ) -> PostgresConnectorError {
        PostgresConnectorError(
            code, "no connection to PostgreSQL: \(remedy) (\(said))", sqlState: state, place: "\(parameters)")
    }

    // MARK: TLS

    private var authorityFile: String { parameters.values["sslrootcert"] ?? "root.crt in ~/.postgresql" }

    /// What is to be done about the server's certificate, or the client's files; nil where it is about something else.
    private var certificateRemedy: String? {
        if said.contains("certificate verify failed") { return flawRemedy }
        if let match = said.firstMatch(of: /server certificate for (.+?) does not match host name "([^"]*)"/) {
            return
                "the server's certificate is for \(match.1), not for the host '\(match.2)' of the url: write a name of the certificate "
                + "there, or have the server given a certificate for '\(match.2)'"
        }
        if said.contains("root certificate file") {
            return
                "sslmode asks for an authority to check the server's certificate by, and \(authorityFile) is not one: name its PEM file "
                + "in sslrootcert, and see that it is mounted and readable"
        }
        if said.contains("server does not support SSL, but SSL was required") {
            return "the server has no TLS, which the url's sslmode asks for: switch it on at the server (ssl = on)"
        }
        if said.contains("no encryption") || said.contains("SSL off") {
            return "the server takes this user over TLS only: add sslmode=verify-full and sslrootcert=FILE to the url"
        }
        if said.contains("certificate") {
            return
                "the certificate or key that the url names (sslcert, sslkey) is missing, unreadable or not accepted by the server"
        }
        return nil
    }

    private var flawRemedy: String {
        let place = said.firstMatch(
            of:
                /connection to server at "([^"]*)"(?: \(([^)]*)\))?, port (\d+) failed: SSL error: certificate verify failed/
        )
        let flaw = place.flatMap { examine(String($0.2 ?? $0.1), String($0.3)) }
        guard let flaw else {
            return
                "the server's certificate does not pass the check by \(authorityFile): it has expired, or another authority has issued it"
        }
        return flaw.remedy(
            server: "the server", host: (parameters.values["host"] ?? "", "the url"),
            authorities: (authorityFile, "sslrootcert"))
    }

    /// The file of authorities that a connection uses, whoever named it.
    private static func authorities(of handle: OpaquePointer) -> String {
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

    // MARK: Login

    /// What the server said of user, password or database, with the state that it sends for it, which libpq does not hand on.
    private var loginRemedy: (SQLState, String)? {
        let user = parameters.values["user"].map { "'\($0)'" } ?? "the user"
        if said.contains("password authentication failed") {
            return (
                SQLState("28P01"),
                "the server refuses user or password: correct those of \(user) in the url (MILLRACE_POSTGRES_URL or the table's url, "
                    + "username and password), or set the password at the server"
            )
        }
        if said.contains("no password supplied") {
            return (
                SQLState("28P01"),
                "the server asks for a password and none is set: postgres://user:password@host/database, or the table's 'password'"
            )
        }
        if said.contains("no pg_hba.conf entry") {
            return (
                SQLState("28000"),
                "the server's pg_hba.conf does not let \(user) in from this machine: have a line added there"
            )
        }
        if said.contains(/role "[^"]*" does not exist/) {
            return (SQLState("28000"), "the server has no user \(user): create it or correct the url")
        }
        if said.contains("does not exist") {
            return (SQLState("3D000"), "the server has no such database: create it or correct the url")
        }
        return nil
    }
}
