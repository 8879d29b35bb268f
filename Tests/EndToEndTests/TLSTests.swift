import DevPostgres
import Foundation
import TestKit
import Testing

/// A whole job against PostgreSQL over TLS, configured as a container is: the url in a file.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct TLSTests {
    private static let canary = "canary-of-the-password"
    private static let sql = """
        CREATE TABLE generated (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000');
        CREATE TABLE kept (id BIGINT) WITH ('connector' = 'postgres', 'sink.create-table' = 'true');
        INSERT INTO kept SELECT id FROM generated;
        """

    private func run(_ url: String) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (pipeline, secret) = (folder.appendingPathComponent("tls.sql"), folder.appendingPathComponent("url"))
        try Data(Self.sql.utf8).write(to: pipeline)
        try Data((url + "\n").utf8).write(to: secret)
        return try ServiceProcess.run(
            ["run", pipeline.path],
            environment: [
                "MILLRACE_POSTGRES_URL_FILE": secret.path,
                "MILLRACE_CHECKPOINT_URI": "file://\(folder.path)/checkpoints",
                "MILLRACE_CHECKPOINT_INTERVAL": "100ms", "MILLRACE_HTTP_ADDRESS": "", "MILLRACE_LOG_LEVEL": "debug",
            ])
    }

    private func server(_ pair: Certificates.Pair) throws -> PostgresServer {
        var configuration = PostgresServer.Configuration()
        configuration.password = Self.canary
        configuration.certificate = .init(certificate: pair.certificate, key: pair.key)
        return try PostgresServer(configuration)
    }

    private static func url(
        _ server: PostgresServer, host: String = "localhost", password: String = canary, authority: URL
    ) -> String {
        "postgres://postgres:\(password)@\(host):\(server.port)/postgres?hostaddr=127.0.0.1&sslmode=verify-full"
            + "&sslrootcert=\(authority.path)"
    }

    @Test func aJobCommitsOverTLSAndSaysWhatIsWrongWithIt() throws {
        let authority = try Certificates()
        let server = try server(authority.issue(for: "localhost"))
        defer { server.stop() }
        func url(host: String = "localhost", password: String = Self.canary, authority: URL) -> String {
            Self.url(server, host: host, password: password, authority: authority)
        }

        let well = try run(url(authority: authority.authority))
        #expect(well.status == 0, "\(well.output)")
        #expect(try server.query("SELECT count(*) FROM kept") == "1000")

        let other = try Certificates(authority: "another authority")
        let refusals = [
            (url(authority: other.authority), "which is not an authority of \(other.authority.path)"),
            (
                url(host: "db.example.com", authority: authority.authority),
                "not for the host 'db.example.com' of the url"
            ),
            (url(password: "wrong", authority: authority.authority), "the server refuses user or password"),
        ]
        for (url, said) in refusals {
            let refused = try run(url)
            #expect(refused.status == 2 && refused.output.contains(said), "\(refused.output)")
            #expect(!refused.output.contains(Self.canary))
        }
        #expect(try server.query("SELECT count(*) FROM kept") == "1000")
    }

    @Test func anExpiredCertificateEndsTheJobWithItsDate() throws {
        let authority = try Certificates()
        let server = try server(authority.issue(for: "localhost", days: -1))
        defer { server.stop() }
        let refused = try run(Self.url(server, authority: authority.authority))
        #expect(refused.status == 2, "\(refused.output)")
        #expect(
            refused.output.contains("the certificate 'CN=localhost' of the server expired at 20"), "\(refused.output)")
        #expect(!refused.output.contains(Self.canary))
    }
}
