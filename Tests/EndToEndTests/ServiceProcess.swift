import Foundation

/// The `millrace` program as a process, killed and started again at will.
final class ServiceProcess: Sendable {
    private let process = Process()
    private let log: String

    /// The program that was built together with the tests.
    static let program: URL = {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let folder = (bundle ?? URL(fileURLWithPath: CommandLine.arguments[0])).deletingLastPathComponent()
        return folder.appendingPathComponent("millrace")
    }()

    init(_ arguments: [String], environment: [String: String] = [:], log: String) throws {
        self.log = log
        process.executableURL = Self.program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
            .merging(environment) { $1 }
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        try output.seekToEnd()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var processIdentifier: Int32 { process.processIdentifier }

    /// Stops the process where it is, until `thaw`.
    func freeze() { kill(process.processIdentifier, SIGSTOP) }

    func thaw() { kill(process.processIdentifier, SIGCONT) }

    /// Asks a process to read its files again.
    func hangUp() { kill(process.processIdentifier, SIGHUP) }

    func crash() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks for an orderly end; returns the exit status.
    func stop() -> Int32 {
        if process.isRunning { process.terminate() }
        return wait()
    }

    /// Waits for an end that comes by itself.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// What it has printed so far, all runs with the same log.
    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let log = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString).log")
            .path
        defer { try? FileManager.default.removeItem(atPath: log) }
        let process = try ServiceProcess(arguments, environment: environment, log: log)
        let status = process.wait()
        return (status, process.output)
    }
}
