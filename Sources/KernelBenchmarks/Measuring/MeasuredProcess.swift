internal import Foundation
package import Glibc
internal import Synchronization

/// A child process with what it cost.
package struct MeasuredProcess {
    /// What the operating system says of a process that has ended.
    package struct Usage {
        package var exitStatus: Int32
        package var wallSeconds: Double
        package var userSeconds: Double
        package var systemSeconds: Double
        /// Greatest resident memory.
        package var peakByteCount: Int

        package var cpuSeconds: Double { userSeconds + systemSeconds }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    package let processID: pid_t
    private let started = Measurement.nanoseconds(.wall)

    /// - Parameters:
    ///   - environment: the whole environment.
    ///   - log: a file that gets the output; it is emptied.
    package init(_ program: String, _ arguments: [String], environment: [String: String], log: String) throws {
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
    package func wait() -> Usage {
        // What the system says at the end includes the process that this one was split off from: the peak is looked up
        // while it lives.
        let peak = PeakMemory(processID)
        var status: Int32 = 0
        var usage = rusage()
        while wait4(processID, &status, 0, &usage) < 0 && errno == EINTR {}
        let exited = status & 0x7f == 0
        return Usage(
            exitStatus: exited ? (status >> 8) & 0xff : 128 + (status & 0x7f),
            wallSeconds: Double(Measurement.nanoseconds(.wall) - started) / 1e9,
            userSeconds: Self.seconds(usage.ru_utime), systemSeconds: Self.seconds(usage.ru_stime),
            peakByteCount: peak.stop())
    }

    /// The exit status of a process that has ended, which is then gone; nil while it runs.
    package func endedWith() -> Int32? {
        var status: Int32 = 0
        guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    package func terminate() {
        kill(processID, SIGTERM)
    }

    /// Resident memory now, in bytes; nil when the process is not there.
    package var residentByteCount: Int? { Self.memory("VmRSS", processID) }

    /// Greatest resident memory so far, in bytes; nil when the process is not there.
    package var peakByteCount: Int? { Self.memory("VmHWM", processID) }

    /// CPU seconds of all threads so far; nil when the process is not there.
    package var cpuSeconds: Double? { Measurement.nanoseconds(of: processID).map { Double($0) / 1e9 } }

    fileprivate static func memory(_ field: String, _ process: pid_t) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(field + ":") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}

/// A thread that looks at a process's greatest resident memory until it is stopped.
private final class PeakMemory: Sendable {
    private let peak = Atomic(0)
    private let isStopping = Atomic(false)

    package init(_ process: pid_t) {
        Thread { [self] in
            while !isStopping.load(ordering: .relaxed) {
                guard let bytes = MeasuredProcess.memory("VmHWM", process) else { return }
                peak.store(bytes, ordering: .relaxed)
                usleep(10_000)
            }
        }.start()
    }

    package func stop() -> Int {
        isStopping.store(true, ordering: .relaxed)
        return peak.load(ordering: .relaxed)
    }
}
