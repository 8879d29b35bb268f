internal import ArgumentParser
internal import DevPostgres
internal import Foundation
internal import KernelBenchmarks

/// How long an event takes at a given rate from the producer to where others can read it.
struct LatencyBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "End-to-end latency at a rate: from an event's own timestamp to its row being readable in the sink.",
        discussion: """
            Needs the release build of millrace beside this program. A thread produces events, each with the time at which it was made; a job \
            copies them; another thread reads what is committed in the output topic, or asks PostgreSQL every 2 ms, and notes the difference. \
            A repetition is a stretch of --seconds within one run. Ends with status 1 when a row is missing or comes twice.
            """)

    enum Target: String, ExpressibleByArgument {
        case kafka, postgres
    }

    @OptionGroup var options: MeasurementOptions
    @Option(help: "Events a second.") var rate = 50_000
    @Option(help: "exactly-once or at-least-once.") var guarantee = JobCase.Guarantee.atLeastOnce
    @Option(help: "kafka or postgres.") var sink = Target.kafka
    @Option(help: "Seconds of a repetition.") var seconds = 10.0
    @Option(help: "Worker threads of the job.") var parallelism = 1
    @Option(help: "Time between checkpoints.") var interval = "1s"
    @Flag(help: "Read the input topic itself: what producer, broker and reader take without a job.") var withoutJob =
        false
    @Option(help: "A cluster to use instead of a broker in another process.") var bootstrapServers: String?

    func validate() throws {
        if rate < 100 { throw ValidationError("--rate must be at least 100") }
        if seconds <= 0 { throw ValidationError("--seconds must be positive") }
        if withoutJob && sink != .kafka { throw ValidationError("--without-job reads a topic") }
    }

    func run() throws {
        let broker = bootstrapServers == nil ? try BrokerProcess() : nil
        defer { broker?.stop() }
        let postgres = sink == .postgres ? try PostgresServer() : nil
        defer { postgres?.stop() }
        let address = bootstrapServers ?? broker?.address ?? ""
        let job = try LatencyJob(
            address: address, postgres: postgres, guarantee: guarantee, interval: interval, parallelism: parallelism)
        defer { job.removeFiles() }
        let process = withoutJob ? nil : try job.start()
        defer {
            if let process {
                process.terminate()
                _ = process.wait()
            }
        }
        let windows = options.warmUp + options.jobRepetitions
        let recorder = LatencyRecorder(windowSeconds: seconds, windowCount: windows)
        let feeder = LatencyFeeder(address: address, topic: job.input, rate: rate)
        if let postgres {
            try LatencyTable(postgres.socketUrl(), job.output).follow(recorder)
        } else {
            LatencyTopic(address: address, topic: withoutJob ? job.input : job.output).follow(recorder)
        }
        if process != nil { try job.awaitRunning() }
        feeder.start(recorder, seconds: seconds * Double(windows))
        var cpu: [Double] = []
        for _ in 0..<windows {
            let before = process?.cpuSeconds ?? 0
            Thread.sleep(forTimeInterval: seconds)
            cpu.append((process?.cpuSeconds ?? 0) - before)
        }
        let sent = try feeder.awaitEnd()
        try recorder.awaitRows(sent / (sink == .postgres ? LatencyTable.share : 1), seconds: 60)
        report(recorder, cpu: Array(cpu.dropFirst(options.warmUp)))
        if let problem = recorder.problem { throw MeasuredProcess.Failure(description: problem) }
    }

    private func report(_ recorder: LatencyRecorder, cpu: [Double]) {
        var report = MeasurementReport(options: options)
        let what = withoutJob ? "no job" : "\(sink.rawValue), \(guarantee.rawValue), p\(parallelism)"
        let windows = recorder.windows.dropFirst(options.warmUp).filter { !$0.isEmpty }
        if !withoutJob {
            report.add(
                Measurement(
                    name: "\(what), \(rate) events/s, job", unit: "CPU us/event",
                    samples: cpu.map { $0 * 1e6 / (Double(rate) * seconds) }))
        }
        for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)] {
            let samples = windows.map { Measurement.quantile($0, share) }
            guard !samples.isEmpty else { continue }
            report.add(Measurement(name: "\(what), \(rate) events/s, latency \(name)", unit: "ms", samples: samples))
        }
        report.finish()
    }
}
