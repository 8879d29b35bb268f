package import Foundation
internal import Glibc

/// A private PostgreSQL server in a temporary directory, on a socket there and on a free TCP port of the loopback
/// interface. It ends, and its directory goes, with `stop()` or with the process that started it, however that ends.
///
/// The superuser is `postgres`; `trust` on the socket and from the loopback interface unless a password is set.
package final class PostgresServer: Sendable {
    /// How the server is set up.
    package struct Configuration: Sendable {
        /// Whether commits reach the disk. Off is faster and enough where the machine itself does not fail.
        package var fsync = false
        /// When set, connections over TCP need it (scram-sha-256).
        package var password: String?
        /// When set, the server has TLS, and what needs a password needs TLS too.
        package var certificate: Certificate?
        /// Further lines of postgresql.conf.
        package var settings: [String: String] = [:]
        /// Where the program files are; nil: the newest under /usr/lib/postgresql.
        package var programs: URL?

        package init() {}
    }

    /// What the server proves by TLS that it is the right one: PEM files, which are copied.
    package struct Certificate: Sendable {
        package var certificate: URL
        package var key: URL

        package init(certificate: URL, key: URL) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// The server could not be started.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The directory of the socket, the log and the data.
    package let directory: URL
    /// The TCP port on 127.0.0.1.
    package let port: Int
    private let configuration: Configuration
    private let programs: URL
    private let keeper: Keeper

    /// Creates a cluster and starts it; takes one to two seconds.
    package convenience init(_ configuration: Configuration = Configuration()) throws {
        try self.init(configuration, create: "create")
    }

    /// Creates a physical copy of this server that follows it by streaming replication, as a standby that can be promoted.
    package func makeStandby() throws -> PostgresServer {
        try PostgresServer(configuration, create: "copy \(directory.path) \(port)")
    }

    private init(_ configuration: Configuration, create: String) throws {
        self.configuration = configuration
        programs = try configuration.programs ?? Self.newestPrograms()
        directory = URL(fileURLWithPath: "/tmp/millrace-pg-\(UUID().uuidString.prefix(8))")
        port = try Self.freePort()
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if getuid() == 0, let account = getpwnam("postgres") {
            chown(directory.path, account.pointee.pw_uid, account.pointee.pw_gid)
        }
        keeper = try Keeper(directory: directory, programs: programs)
        do {
            try keeper.ask(create)
            try writeConfiguration(isNew: create == "create")
            try keeper.ask("start")
        } catch {
            let log = self.log
            keeper.end()
            throw Failure(description: "PostgreSQL did not start: \(error)\n\(log)")
        }
    }

    /// A url for libpq over TCP.
    package func url(database: String = "postgres") -> String {
        let password = configuration.password.map { ":\($0)" } ?? ""
        return "postgres://postgres\(password)@127.0.0.1:\(port)/\(database)"
    }

    /// A url for libpq over the socket.
    package func socketUrl(database: String = "postgres") -> String {
        "postgresql:///\(database)?host=\(directory.path)&port=\(port)&user=postgres"
    }

    /// Runs statements with `psql` as the superuser and answers its rows, columns separated by `|`.
    @discardableResult
    package func query(_ sql: String, database: String = "postgres") throws -> String {
        let process = Process()
        process.executableURL = programs.appendingPathComponent("psql")
        process.arguments = [
            "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", socketUrl(database: database), "-f", "-",
        ]
        let input = Pipe()
        let output = Pipe()
        let problems = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = problems
        try process.run()
        input.fileHandleForWriting.write(Data(sql.utf8))
        try input.fileHandleForWriting.close()
        let rows = output.fileHandleForReading.readDataToEndOfFile()
        let said = problems.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: String(decoding: said, as: UTF8.self))
        }
        return String(decoding: rows, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// Creates an empty database and answers its name.
    package func createDatabase() throws -> String {
        let name = "d\(UUID().uuidString.prefix(8).lowercased())"
        try query("CREATE DATABASE \(name)")
        return name
    }

    /// Kills the postmaster as `kill -9` does; its sessions end with it.
    package func crash() throws {
        try keeper.ask("crash")
    }

    /// Stops the server: `fast` ends sessions and writes a checkpoint, `immediate` leaves the rest to recovery.
    package func halt(mode: String = "fast") throws {
        try keeper.ask("halt \(mode)")
    }

    /// Starts the server again after `crash()` or `halt(mode:)`, on the same port.
    package func start() throws {
        try keeper.ask("start")
    }

    /// Makes a standby a primary, with what it has received so far.
    package func promote() throws {
        try keeper.ask("promote")
    }

    /// Ends the server and removes its directory.
    package func stop() {
        keeper.end()
    }

    /// What the server logged.
    package var log: String {
        (try? String(contentsOf: directory.appendingPathComponent("log"), encoding: .utf8)) ?? ""
    }

    private func writeConfiguration(isNew: Bool) throws {
        var lines = [
            "listen_addresses = '127.0.0.1'", "port = \(port)", "unix_socket_directories = '\(directory.path)'",
            "fsync = \(configuration.fsync ? "on" : "off")", "max_connections = 60", "shared_buffers = '64MB'",
            "max_wal_size = '4GB'", "logging_collector = off", "timezone = 'UTC'", "lc_messages = 'C'",
        ]
        if !configuration.fsync { lines.append("full_page_writes = off") }
        if let certificate = configuration.certificate {
            lines += [
                "ssl = on", "ssl_cert_file = '\(try own(certificate.certificate, as: "server.pem"))'",
                "ssl_key_file = '\(try own(certificate.key, as: "server.key"))'",
            ]
        }
        lines += configuration.settings.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'" }
        let data = directory.appendingPathComponent("data")
        let file = try FileHandle(forWritingTo: data.appendingPathComponent("postgresql.auto.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
        try file.close()
        // A copy has the password with the rest.
        if isNew, let password = configuration.password {
            try keeper.ask("start")
            try query("ALTER USER postgres PASSWORD '\(password)'")
            try keeper.ask("halt fast")
            let kind = configuration.certificate == nil ? "host" : "hostssl"
            let rules = "local all all trust\n\(kind) all all 127.0.0.1/32 scram-sha-256\n"
            let path = data.appendingPathComponent("pg_hba.conf").path
            let rulesFile = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try rulesFile.truncate(atOffset: 0)
            try rulesFile.write(contentsOf: Data(rules.utf8))
            try rulesFile.close()
        }
    }

    /// Copies a file to where the server alone may read it, and answers its path.
    private func own(_ file: URL, as name: String) throws -> String {
        let path = directory.appendingPathComponent(name).path
        try Data(contentsOf: file).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
        if getuid() == 0, let account = getpwnam("postgres") {
            chown(path, account.pointee.pw_uid, account.pointee.pw_gid)
        }
        return path
    }

    private static func newestPrograms() throws -> URL {
        let root = URL(fileURLWithPath: "/usr/lib/postgresql")
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        guard let newest = versions.compactMap({ Int($0) }).max() else {
            throw Failure(description: "no PostgreSQL under \(root.path); install the package postgresql")
        }
        return root.appendingPathComponent("\(newest)/bin")
    }

    /// A port nobody listens on at the moment.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> UInt16? in
                guard bind(descriptor, generic, length) == 0, getsockname(descriptor, generic, &length) == 0 else {
                    return nil
                }
                return generic.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port.bigEndian }
            }
        }
        guard let port else { throw Failure(description: "no free port on the loopback interface") }
        return Int(port)
    }
}
