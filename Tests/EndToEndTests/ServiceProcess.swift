import Foundation
import Synchronization

/// The `millrace` program as a process, killed and started again at will, by several tests at once.
///
/// Not Foundation's `Process`: that learns of an end by a socket that every process started meanwhile inherits and holds open.
final class ServiceProcess: Sendable {
    let processIdentifier: pid_t
    private let log: String
    /// Nil until the end of the process has been collected.
    private let status = Mutex<Int32?>(nil)

    /// The program that was built together with the tests.
    static let program: URL = {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let folder = (bundle ?? URL(fileURLWithPath: CommandLine.arguments[0])).deletingLastPathComponent()
        return folder.appendingPathComponent("millrace")
    }()

    init(_ arguments: [String], environment: [String: String] = [:], log: String) throws {
        self.log = log
        let variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
            .merging(environment) { $1 }
        processIdentifier = try Self.spawn(
            [Self.program.path] + arguments, environment: variables.map { "\($0.key)=\($0.value)" }, log: log)
    }

    /// Starts a process that has no other open files than its log.
    private static func spawn(_ arguments: [String], environment: [String], log: String) throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO)
        // Those that are not open are passed over.
        for descriptor in STDERR_FILENO + 1..<512 { posix_spawn_file_actions_addclose(&files, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What the test's own threads block or ignore is nothing to the program.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var child: pid_t = 0
        let result = posix_spawn(&child, arguments[0], &files, &attributes, words, variables)
        guard result == 0 else {
            throw TestSystem.Failure(
                description: "\(arguments[0]) cannot be started: \(String(cString: strerror(result)))")
        }
        return child
    }

    var isRunning: Bool { collect(WNOHANG) == nil }

    /// Stops the process where it is, until `thaw`.
    func freeze() { send(SIGSTOP) }

    func thaw() { send(SIGCONT) }

    /// Asks a process to read its files again.
    func hangUp() { send(SIGHUP) }

    /// What Ctrl-C sends.
    func interrupt() { send(SIGINT) }

    /// Ends it as `kill -9` does.
    func crash() {
        send(SIGKILL)
        _ = wait()
    }

    /// Asks for an orderly end; returns the exit status.
    func stop() -> Int32 {
        send(SIGTERM)
        return wait()
    }

    /// Sends a signal, unless the process has ended.
    private func send(_ signal: Int32) {
        status.withLock { status in
            // Before its end is collected the number means no other process.
            if status == nil { _ = kill(processIdentifier, signal) }
        }
    }

    /// Waits for an end that comes by itself; returns the exit status, 128 more than the signal's number after a signal.
    func wait() -> Int32 {
        var information = siginfo_t()
        while waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        return collect(0) ?? -1
    }

    private func collect(_ options: Int32) -> Int32? {
        status.withLock { status in
            if let status { return status }
            var raw: Int32 = 0
            while true {
                let result = waitpid(processIdentifier, &raw, options)
                if result == 0 { return nil }
                if result == processIdentifier { break }
                if errno != EINTR { return nil }
            }
            let signal = raw & 0x7f
            status = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
            return status
        }
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
