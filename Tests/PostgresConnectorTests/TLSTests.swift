internal import DevPostgres
internal import Foundation
internal import PostgresConnector
internal import TestKit
internal import Testing

/// A server that takes logins over TLS with scram only: what works, and what is said where something is wrong.
@Suite(.timeLimit(.minutes(5)))
struct TLSTests {
    private static let password = "canary-secret"
    private static let authority = Result { try Certificates() }
    /// One server for all tests; each gives it the certificate that it wants.
    private static let server = Result {
        var configuration = PostgresServer.Configuration()
        configuration.password = password
        let pair = try authority.get().issue(for: "localhost")
        configuration.certificate = .init(certificate: pair.certificate, key: pair.key)
        return try PostgresServer(configuration)
    }

    private func url(
        _ server: PostgresServer, host: String = "localhost", password: String = password,
        sslmode: String = "verify-full",
        authority: URL? = nil
    ) throws -> String {
        let file = try authority ?? Self.authority.get().authority
        // By name, and all the same at the address that the server listens on.
        return "postgres://postgres:\(password)@\(host):\(server.port)/postgres?hostaddr=127.0.0.1&sslmode=\(sslmode)"
            + "&sslrootcert=\(file.path)"
    }

    private func connect(_ url: String) throws -> PostgresConnection {
        try PostgresConnection(ConnectionParameters(url: url), session: SessionSettings(applicationName: "test"))
    }

    /// What a refusal says; never the password, and it is not to be tried again.
    private func refusal(_ url: String) throws -> PostgresConnectorError {
        let error = try #require(throws: PostgresConnectorError.self) { _ = try connect(url) }
        #expect(!error.isRetriable)
        #expect(error.description.contains("no connection to PostgreSQL: "))
        #expect(!String(reflecting: error).contains(Self.password))
        return error
    }

    @Test func aServerWithTheRightCertificateIsBelieved() throws {
        let server = try Self.server.get()
        for mode in ["require", "verify-ca", "verify-full"] {
            let connection = try connect(url(server, sslmode: mode))
            let row = try connection.query("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", [])
            #expect(row.text(0, 0) == "t" && row.text(0, 1)?.hasPrefix("TLSv1.") == true)
        }
        let rules = try server.query(
            "SELECT count(*) FROM pg_hba_file_rules WHERE type = 'host' OR auth_method = 'md5'")
        #expect(rules == "0")
    }

    @Test func theJavaDriversUrlsWorkToo() throws {
        let server = try Self.server.get()
        let file = try Self.authority.get().authority
        let connection = try connect(
            "jdbc:postgresql://localhost:\(server.port)/postgres?user=postgres&password=\(Self.password)&ssl=true"
                + "&sslrootcert=\(file.path)")
        #expect(try connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", []).text(0, 0) == "t")
    }

    @Test func anAuthorityThatIsNotTheServersIsNamed() throws {
        let server = try Self.server.get()
        let other = try Certificates(authority: "another authority")
        let error = try refusal(url(server, authority: other.authority))
        #expect(error.code == .configuration)
        #expect(
            error.description.contains(
                "the certificate of the server was issued by 'CN=test authority', which is not an authority of \(other.authority.path)"
            ))
        #expect(error.description.contains("sslrootcert"))
    }

    @Test func aWrongHostNameIsSaidWithTheNameOfTheCertificate() throws {
        let server = try Self.server.get()
        let error = try refusal(url(server, host: "db.example.com"))
        #expect(error.code == .configuration)
        #expect(error.description.contains("is for \"localhost\""))
        #expect(error.description.contains("not for the host 'db.example.com' of the url"))
        // Who checks no names gets on.
        _ = try connect(url(server, host: "db.example.com", sslmode: "verify-ca"))
    }

    @Test func anExpiredCertificateIsSaidWithItsDate() throws {
        let authority = try Self.authority.get()
        var configuration = PostgresServer.Configuration()
        configuration.password = Self.password
        let pair = try authority.issue(for: "localhost", days: -1)
        configuration.certificate = .init(certificate: pair.certificate, key: pair.key)
        let server = try PostgresServer(configuration)
        defer { server.stop() }
        let error = try refusal(url(server))
        #expect(error.code == .configuration)
        #expect(error.description.contains("the certificate 'CN=localhost' of the server expired at 20"))
        #expect(error.description.contains("have it renewed"))
    }

    @Test func aWrongPasswordIsSaidWithTheUser() throws {
        let server = try Self.server.get()
        let error = try refusal(url(server, password: "wrong-secret"))
        #expect(error.sqlState == SQLState("28P01"))
        #expect(error.description.contains("the server refuses user or password: correct those of 'postgres'"))
        #expect(!String(reflecting: error).contains("wrong-secret"))
    }

    @Test func whoDoesNotEncryptIsToldToDoSo() throws {
        let error = try refusal(url(Self.server.get(), sslmode: "disable"))
        #expect(error.description.contains("takes this user over TLS only: add sslmode=verify-full"))
    }

    @Test func aMissingFileOfTheAuthorityIsNamed() throws {
        let missing = URL(fileURLWithPath: "/nowhere/authority.pem")
        let error = try refusal(url(Self.server.get(), authority: missing))
        #expect(error.code == .configuration)
        #expect(error.description.contains("/nowhere/authority.pem is not one: name its PEM file in sslrootcert"))
    }

    @Test func aServerWithoutTLSIsSaidToHaveNone() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let error = try refusal(url(server))
        #expect(error.description.contains("the server has no TLS, which the url's sslmode asks for"))
    }

    @Test func aDatabaseThatIsNotThereIsNoMatterOfTheUser() throws {
        let server = try Self.server.get()
        let error = try refusal(url(server).replacingOccurrences(of: "/postgres?", with: "/nothing?"))
        #expect(error.sqlState == SQLState("3D000") && error.description.contains("no such database"))
    }
}
