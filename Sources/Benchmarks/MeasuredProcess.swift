internal import Foundation
internal import Glibc

/// A child process with what it cost.
struct MeasuredProcess {
    /// What the operating system says of a process that has ended.
    struct Usage {
        var exitStatus: Int32
        var wallSeconds: Double
        var userSeconds: Double
        var systemSeconds: Double
        /// Greatest resident memory.
        var peakByteCount: Int

        var cpuSeconds: Double { userSeconds + systemSeconds }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let processID: pid_t
    private let started = Measurement.nanoseconds(.wall)

    /// - Parameters:
    ///   - environment: the whole environment.
    ///   - log: a file that gets the output; it is emptied.
    init(_ program: String, _ arguments: [String], environment: [String: String], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in words + variables { free(text) } }
        words.append(nil)
        variables.append(nil)
        var identifier = pid_t()
        let code = posix_spawn(&identifier, program, &actions, nil, words, variables)
        guard code == 0 else {
            throw Failure(description: "cannot start \(program): \(String(cString: strerror(code)))")
        }
        processID = identifier
    }

    /// Waits for the end.
    func wait() -> Usage {
        var status: Int32 = 0
        var usage = rusage()
        while wait4(processID, &status, 0, &usage) < 0 && errno == EINTR {}
        let exited = status & 0x7f == 0
        return Usage(
            exitStatus: exited ? (status >> 8) & 0xff : 128 + (status & 0x7f),
            wallSeconds: Double(Measurement.nanoseconds(.wall) - started) / 1e9,
            userSeconds: Self.seconds(usage.ru_utime), systemSeconds: Self.seconds(usage.ru_stime),
            peakByteCount: usage.ru_maxrss * 1024)
    }

    /// The exit status of a process that has ended, which is then gone; nil while it runs.
    func endedWith() -> Int32? {
        var status: Int32 = 0
        guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    func terminate() {
        kill(processID, SIGTERM)
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}
