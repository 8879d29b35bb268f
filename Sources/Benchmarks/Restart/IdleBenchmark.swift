internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import JobService
internal import KernelBenchmarks

/// A job that holds state and has nothing to do.
struct IdleBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: "CPU and memory of a job that holds state and gets no records.",
        discussion: """
            Needs the release build of millrace beside this program. Loads ratings until the as-of join holds the wanted state, waits until \
            the job is quiet, and then notes its CPU time over --seconds, once a repetition. With --watched it does so again while its metrics and \
            status are read over HTTP every second, as an open page and Prometheus do.
            """)

    @OptionGroup var options: MeasurementOptions
    @Option(help: "State to build, in MiB; several sizes separated by commas.") var state = "1024"
    @Option(help: "Bytes of text in each rating.") var textBytes = 200
    @Option(help: "Seconds of a repetition.") var seconds = 10.0
    @Option(help: "Worker threads of the job.") var parallelism = 2
    @Option(help: "Time between checkpoints.") var interval = "1s"
    @Flag(help: "Look at it over HTTP, too.")
    var watched =
        false

    func run() throws {
        var report = MeasurementReport(options: options)
        for size in try NumberList.parse(state, option: "--state") { try measure(size, &report) }
        report.finish()
    }

    private func measure(_ size: Int, _ report: inout MeasurementReport) throws {
        let folder = NSTemporaryDirectory() + "/millrace-idle-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = try BrokerProcess()
        defer { broker.stop() }
        let job = RestartJob(
            program: try JobSystem.program, folder: folder, address: broker.address, parallelism: parallelism,
            interval: interval, httpAddress: watched ? "127.0.0.1:0" : "")
        let load = try RestartLoad(address: broker.address, textBytes: textBytes)
        let process = try job.start()
        defer {
            kill(process.processID, SIGKILL)
            _ = process.wait()
        }
        try job.fill(load, megabytes: size, textBytes: textBytes)
        let name = "state of \(size) MiB"
        report.add(Measurement(name: "\(name), idle", unit: "CPU % of a core", samples: try shares(process, job)))
        if watched {
            let watcher = JobWatcher(log: job.log)
            let samples = try shares(process, job)
            guard watcher.stop() > 0 else {
                throw MeasuredProcess.Failure(description: "the job did not answer over HTTP; see \(job.log)")
            }
            report.add(Measurement(name: "\(name), idle and watched", unit: "CPU % of a core", samples: samples))
        }
        let status = try job.status()
        let resident = Double(process.residentByteCount ?? 0) / 1_048_576
        report.add(Measurement(name: "\(name), resident memory", unit: "MiB", samples: [resident]))
        report.add(
            Measurement(
                name: "\(name), the state's own", unit: "MiB", samples: [Double(status.stateByteCount) / 1_048_576]))
    }

    /// CPU time in percent of a core, one a repetition.
    private func shares(_ process: MeasuredProcess, _ job: RestartJob) throws -> [Double] {
        var shares: [Double] = []
        for repetition in 0..<max(1, options.warmUp) + options.jobRepetitions {
            let before = process.cpuSeconds ?? 0
            let start = Measurement.nanoseconds(.wall)
            Thread.sleep(forTimeInterval: seconds)
            guard let after = process.cpuSeconds else {
                throw MeasuredProcess.Failure(description: "the job has ended; see \(job.log)")
            }
            // The first stretch writes out what the filling has changed.
            guard repetition >= max(1, options.warmUp) else { continue }
            shares.append((after - before) / Double(Measurement.nanoseconds(.wall) - start) * 1e11)
        }
        return shares
    }
}
