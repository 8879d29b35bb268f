internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import JobService
internal import KafkaConnector

/// A job with much state, killed again and again: how long until it commits anew, and how long checkpoints keep it from working.
struct RecoveryBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract:
            "From kill -9 and a new start to the first committed epoch, and the pause of processing per checkpoint.",
        discussion: """
            Needs the release build of millrace beside this program. Loads ratings until the as-of join holds the wanted state, keeps ratings \
            and plays coming, notes the pauses of the checkpoints, and then kills the job.
            """)

    @Option(help: "State to build, in MiB.") var state = 1024
    @Option(help: "Bytes of text in each rating.") var textBytes = 200
    @Option(help: "How often to kill.") var kills = 20
    @Option(help: "Seconds of work under load before the first kill.") var seconds = 60
    @Option(help: "Records a second that keep coming.") var rate = 5_000
    @Option(help: "Worker threads of the job.") var parallelism = 2
    @Option(help: "Time between checkpoints.") var interval = "1s"
    @Option(help: "Where the checkpoints go; a temporary folder if not given.") var directory: String?

    private var program: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("millrace").path
    }

    func run() throws {
        let folder = (directory ?? NSTemporaryDirectory()) + "/millrace-recovery-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = try BrokerProcess()
        defer { broker.stop() }
        let load = try RecoveryLoad(address: broker.address, textBytes: textBytes)
        let job = RecoveryJob(
            program: program, folder: folder, address: broker.address, parallelism: parallelism, interval: interval)
        var process = try job.start()
        try fill(load, job)
        let feeder = load.feed(rate: rate)
        defer { feeder.stop() }
        Thread.sleep(forTimeInterval: Double(seconds))
        let status = try job.status()
        print("state \(status.stateByteCount >> 20) MiB in memory, \(job.storedByteCount() >> 20) MiB in files")
        if let pauses = status.checkpointPauses {
            print(
                String(
                    format: "pause of processing per checkpoint (ms, %d samples): p50 %.1f, p99 %.1f, max %.1f",
                    pauses.count, pauses.p50, pauses.p99, pauses.maximum))
        }
        var times: [Double] = []
        var peaks: [Double] = []
        for _ in 0..<kills {
            kill(process.processID, SIGKILL)
            peaks.append(Double(process.wait().peakByteCount) / 1e6)
            let before = job.newestAcknowledged()
            let start = Measurement.nanoseconds(.wall)
            process = try job.start()
            while job.newestAcknowledged() <= before {
                usleep(5000)
                guard kill(process.processID, 0) == 0, Measurement.nanoseconds(.wall) - start < 120_000_000_000 else {
                    throw MeasuredProcess.Failure(description: "the job did not come back; see \(job.log)")
                }
            }
            times.append(Double(Measurement.nanoseconds(.wall) - start) / 1e9)
        }
        process.terminate()
        peaks.append(Double(process.wait().peakByteCount) / 1e6)
        report(times, peaks)
    }

    private func report(_ times: [Double], _ peaks: [Double]) {
        guard !times.isEmpty else { return }
        let sorted = times.sorted()
        func quantile(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] }
        print(
            String(
                format: "start after kill -9 to the first committed epoch (s, %d kills): p50 %.2f, p99 %.2f, max %.2f",
                times.count, quantile(0.5), quantile(0.99), quantile(1)))
        // The first process has built the state, the others have restored it.
        let restored = peaks.dropFirst().max() ?? 0
        print(
            String(format: "peak memory of a process that restored: %.0f MB, of the first: %.0f MB", restored, peaks[0])
        )
    }

    /// Loads ratings until the job holds the state.
    private func fill(_ load: RecoveryLoad, _ job: RecoveryJob) throws {
        let target = state << 20
        let deadline = Date(timeIntervalSinceNow: 900)
        while Date() < deadline {
            let held = (try? job.status().stateByteCount) ?? 0
            if held >= target { return }
            // As many as are missing, and some more: entries have room of their own.
            let count = max(20_000, min(400_000, (target - held) / (textBytes + 120)))
            try load.ratings(count)
            try job.wait { ($0.lag ?? 1) == 0 && $0.rowsIn > 0 && $0.stateByteCount > held }
        }
        throw MeasuredProcess.Failure(description: "the state did not grow to \(state) MiB; see \(job.log)")
    }
}
