internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import JobService
internal import KafkaConnector
internal import KernelBenchmarks

/// A job with much state, killed again and again: how long until it commits anew, and how long checkpoints keep it from working.
struct RestartBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract:
            "From kill -9 and a new start to the first committed output, by state size, and the pause per checkpoint.",
        discussion: """
            Needs the release build of millrace beside this program. Loads ratings until the as-of join holds the wanted state, keeps ratings \
            and plays coming, starts the job anew, notes the pauses of its checkpoints, and then kills the job, once a repetition. The time \
            ends when a reader of committed records gets the first row. The pauses while the state was loaded, at full speed, are told apart.
            """)

    @OptionGroup var options: MeasurementOptions
    @Option(help: "State to build, in MiB; several sizes separated by commas.") var state = "64,256,1024"
    @Option(help: "Bytes of text in each rating.") var textBytes = 200
    @Option(help: "Seconds of work under load in which pauses are noted.") var seconds = 120.0
    @Option(help: "Records a second that keep coming.") var rate = 5_000
    @Option(help: "Worker threads of the job.") var parallelism = 2
    @Option(help: "Time between checkpoints.") var interval = "1s"
    @Option(help: "Where the checkpoints go; a temporary folder if not given.") var directory: String?

    func run() throws {
        let sizes = try NumberList.parse(state, option: "--state")
        var report = MeasurementReport(options: options)
        for size in sizes { try measure(size, &report) }
        report.finish()
    }

    private func measure(_ size: Int, _ report: inout MeasurementReport) throws {
        let folder = (directory ?? NSTemporaryDirectory()) + "/millrace-restart-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = try BrokerProcess()
        defer { broker.stop() }
        let load = try RestartLoad(address: broker.address, textBytes: textBytes)
        let job = RestartJob(
            program: try JobSystem.program, folder: folder, address: broker.address, parallelism: parallelism,
            interval: interval)
        var process = try job.start()
        defer { kill(process.processID, SIGKILL) }
        try job.fill(load, megabytes: size, textBytes: textBytes)
        let name = "state of \(size) MiB"
        addPauses(try job.status(), "\(name), pause while loading", &report)
        let feeder = load.feed(rate: rate)
        defer { feeder.stop() }
        let rows = CommittedRows(address: broker.address)
        // A process counts its own pauses: those of the next one are all with the whole state.
        kill(process.processID, SIGKILL)
        _ = process.wait()
        process = try job.start()
        try job.wait { $0.stateByteCount >= size << 20 }
        Thread.sleep(forTimeInterval: seconds)
        try addState(name, job, &report)
        var times: [Double] = []
        var peaks: [Double] = []
        for repetition in 0..<options.warmUp + options.repetitions {
            let peak = Double(process.peakByteCount ?? 0) / 1e6
            kill(process.processID, SIGKILL)
            _ = process.wait()
            let start = Measurement.nanoseconds(.wall)
            process = try job.start()
            // What the process before had committed has been read by then.
            usleep(100_000)
            let before = rows.count
            while rows.count == before {
                usleep(2000)
                guard kill(process.processID, 0) == 0, Measurement.nanoseconds(.wall) - start < 120_000_000_000 else {
                    throw MeasuredProcess.Failure(description: "the job did not come back; see \(job.log)")
                }
            }
            guard repetition >= options.warmUp else { continue }
            times.append(Double(Measurement.nanoseconds(.wall) - start) / 1e9)
            // The first process has built the state, the others have restored it.
            if repetition > 0 { peaks.append(peak) }
        }
        rows.stop()
        process.terminate()
        _ = process.wait()
        report.add(
            Measurement(name: "\(name), kill -9 to the first committed output", unit: "s wall", samples: times))
        if !peaks.isEmpty {
            report.add(Measurement(name: "\(name), peak memory after restoring", unit: "MB", samples: peaks))
        }
    }

    private func addState(_ name: String, _ job: RestartJob, _ report: inout MeasurementReport) throws {
        let status = try job.status()
        report.add(
            Measurement(name: "\(name), in memory", unit: "MiB", samples: [Double(status.stateByteCount) / 1_048_576]))
        report.add(
            Measurement(name: "\(name), in files", unit: "MiB", samples: [Double(job.storedByteCount()) / 1_048_576]))
        addPauses(status, "\(name), pause per checkpoint", &report)
    }

    private func addPauses(_ status: StatusReport, _ name: String, _ report: inout MeasurementReport) {
        guard let pauses = status.checkpointPauses else { return }
        for (share, value) in [("p50", pauses.p50), ("p99", pauses.p99), ("max", pauses.maximum)] {
            report.add(
                Measurement(
                    name: "\(name) \(share) of \(pauses.count)", unit: "ms", samples: [value]))
        }
    }
}
