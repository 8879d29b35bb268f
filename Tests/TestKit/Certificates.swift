package import Foundation

/// An authority and certificates that it has signed, as PEM files in a temporary directory; made by `openssl`.
package final class Certificates: Sendable {
    /// `openssl` said no.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// A certificate with its key.
    package struct Pair: Sendable {
        package let certificate: URL
        package let key: URL
    }

    private let directory: URL
    /// The authority's own certificate, which clients trust.
    package let authority: URL

    /// - Parameter name: the authority's.
    package init(authority name: String = "test authority") throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-tls-\(UUID().uuidString)")
        authority = directory.appendingPathComponent("authority.pem")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try openssl(
            ["req", "-x509"] + Self.newKey + ["-keyout", "authority.key", "-out", "authority.pem", "-days", "30"]
                + ["-subj", "/CN=\(name)"])
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Signs a certificate for a host name.
    ///
    /// - Parameter days: how long it is valid from now on; -1 for one that expired a day ago.
    package func issue(for host: String, days: Int = 30) throws -> Pair {
        let name = UUID().uuidString
        try openssl(["req"] + Self.newKey + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(host)"])
        try Data("subjectAltName=DNS:\(host)\n".utf8).write(to: directory.appendingPathComponent("\(name).ext"))
        try openssl(
            [
                "x509", "-req", "-in", "\(name).csr", "-CA", "authority.pem", "-CAkey", "authority.key",
                // Not counted in a file, which certificates made at the same time would share.
                "-set_serial", "\(UInt32.random(in: 1 ... .max))",
            ]
                + ["-out", "\(name).pem", "-extfile", "\(name).ext", "-days", "\(days)"])
        return Pair(
            certificate: directory.appendingPathComponent("\(name).pem"),
            key: directory.appendingPathComponent("\(name).key"))
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = directory
        let problems = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = problems
        try process.run()
        let said = problems.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "openssl \(arguments[0]): \(String(decoding: said, as: UTF8.self))")
        }
    }
}
