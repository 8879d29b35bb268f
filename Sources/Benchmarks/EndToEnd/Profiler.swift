internal import Foundation
internal import KernelBenchmarks

/// `perf record` beside a process, from when it is made until the process ends.
struct Profiler {
    /// Costs that are shown of a run.
    static let shownCount = 20

    private let process: MeasuredProcess
    private let data: String
    private let log: String

    /// - Parameter directory: where its files lie.
    /// - Throws: when there is no `perf`.
    init(of job: MeasuredProcess, directory: String) throws {
        Self.waitForThreads(of: job)
        data = "\(directory)/perf.data"
        log = "\(directory)/perf.log"
        let words = ["perf", "record", "-e", "cpu-clock", "-g", "-o", data, "-p", String(job.processID)]
        process = try MeasuredProcess(
            "/usr/bin/env", words, environment: ProcessInfo.processInfo.environment, log: log)
    }

    /// Waits until a process starts no more threads: `perf` misses those that are started while it looks for them.
    private static func waitForThreads(of job: MeasuredProcess) {
        let deadline = Date() + 5
        var (count, since) = (0, Date())
        while Date() < deadline, Date().timeIntervalSince(since) < 0.2 {
            let path = "/proc/\(job.processID)/task"
            let now = (try? FileManager.default.contentsOfDirectory(atPath: path).count) ?? 0
            if now != count { (count, since) = (now, Date()) }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// Waits for the end of `perf`, which follows that of the process, and reads what it found.
    func finish() throws -> CostProfile {
        let status = process.wait().exitStatus
        let words = [
            "perf", "report", "-i", data, "--stdio", "--children", "-g", "none", "--field-separator", "|", "--fields",
            "overhead_children,overhead,dso,sym",
        ]
        guard status == 0, let report = Self.output(of: words) else {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw MeasuredProcess.Failure(
                description:
                    "perf record ended with status \(status); install linux-perf, and allow it by kernel.perf_event_paranoid:\n\(text)"
            )
        }
        let profile = CostProfile(report: report).top(Self.shownCount)
        return profile.renamed(Self.readable(profile.symbols.map(\.symbol)))
    }

    /// Swift's names as they are written in code; unchanged where no toolchain is there to do it.
    private static func readable(_ names: [String]) -> [String] {
        guard names.contains(where: { $0.hasPrefix("$s") }),
            let text = output(of: ["swift", "demangle", "--compact", "--simplified"] + names)
        else { return names }
        let lines = text.split(separator: "\n").map(String.init)
        return lines.count == names.count ? lines : names
    }

    /// What a command prints; nil when it fails.
    private static func output(of words: [String]) -> String? {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}
