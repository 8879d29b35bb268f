internal import ArgumentParser
internal import Foundation
internal import KernelBenchmarks

/// The same SQL over the same topics by Millrace and by Flink, each with its result proven.
struct CompareBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Same SQL, same data, same broker: Millrace and, where it is installed, Flink.",
        discussion: """
            Needs the release build of millrace beside this program; docker/compare.sh installs and builds what is needed. Both write to \
            Kafka, with the same parallelism and checkpoint interval, each in one process; CPU is that of the whole process from its start to \
            its end. Flink runs with a cluster in the same process. Ends with status 1 when a result is wrong.
            """)

    @OptionGroup var options: MeasurementOptions
    @Option(help: "Which jobs, of pass-through, filter, as-of-join.") var only = "pass-through,filter,as-of-join"
    @OptionGroup var amounts: EventOptions
    @Option(help: "exactly-once or at-least-once.") var guarantee = JobCase.Guarantee.exactlyOnce
    @Option(help: "Parallelism of both.") var parallelism = 2
    @Option(help: "Time between checkpoints.") var interval = "1s"
    @Option(help: "Flink's folder, with lib.") var flink: String?
    @Option(help: "The jar of Flink's Kafka SQL connector (flink-sql-connector-kafka).") var flinkConnector: String?
    @Option(help: "The Java program that runs a SQL file in Flink.") var flinkDriver = "docker/FlinkSQL.java"
    @Option(help: "Options of Flink's JVM.") var flinkJvm = "-Xmx6g"
    @Option(help: "A folder that gets the SQL that was run.") var keepSQL: String?
    @Option(help: "A cluster to use instead of a broker in another process.") var bootstrapServers: String?

    func validate() throws {
        if (flink == nil) != (flinkConnector == nil) {
            throw ValidationError("--flink and --flink-connector belong together")
        }
        for path in [flinkConnector, flink.map { "\($0)/lib" }, flink.map { _ in flinkDriver }].compactMap({ $0 })
        where !FileManager.default.isReadableFile(atPath: path) {
            throw ValidationError("\(path) is not there")
        }
    }

    func run() throws {
        let jobs = try JobCase.chosen(by: "\(only),kafka,p1,exactly-once").map(\.job)
        guard !jobs.contains(.enrichment) else {
            throw ValidationError("Flink has no join with a table as of processing time: leave out enrichment")
        }
        let system = try JobSystem(amounts.configuration, bootstrapServers: bootstrapServers)
        defer { system.tearDown() }
        var report = CompareReport(options: options)
        for job in jobs {
            let expected = Answer(system.events, job: job)
            try system.load(job, system.places())
            report.add(try measure(job, "millrace", expected, system) { try system.run($0, settings).usage })
            guard let flink, let flinkConnector else { continue }
            let run = FlinkRun(
                home: flink, connector: flinkConnector, driver: flinkDriver, jvm: flinkJvm, directory: system.directory,
                parallelism: parallelism, interval: interval)
            report.add(try measure(job, "flink", expected, system) { try run.run($0) })
        }
        report.finish()
        if flink == nil, !options.json {
            print("Flink was not run: give docker/compare.sh --connector JAR, or --flink and --flink-connector")
        }
        if !report.isRight { throw ExitCode.failure }
    }

    private var settings: JobSystem.Settings { JobSystem.Settings(parallelism: parallelism, interval: interval) }

    private func measure(
        _ job: JobCase.Job, _ engine: String, _ expected: Answer, _ system: JobSystem,
        run: (JobText) throws -> MeasuredProcess.Usage
    ) throws -> CompareReport.Entry {
        let events = system.eventCount(job)
        var entry = CompareReport.Entry(job: job, engine: engine, events: events, expected: expected)
        for round in 0..<options.warmUp + options.jobRepetitions {
            var places = system.places()
            places.bootstrapServers = system.address
            let text = JobText(job: job, target: .kafka, guarantee: guarantee, places: places, dialect: .portable)
            if let keepSQL {
                try text.sql.write(toFile: "\(keepSQL)/\(job.rawValue).sql", atomically: true, encoding: .utf8)
            }
            try system.prepareOutput(text)
            let usage: MeasuredProcess.Usage
            do {
                usage = try run(text)
            } catch {
                entry.problem = "\(error)"
                return entry
            }
            if let answer = try system.answer(of: text), answer != expected {
                entry.problem = "\(answer) instead of \(expected)"
            }
            try system.removeOutput(text)
            guard round >= options.warmUp else { continue }
            entry.cpu.append(usage.cpuSeconds * 1e6 / Double(events))
            entry.rate.append(Double(events) / usage.wallSeconds)
            entry.peakMegabytes.append(Double(usage.peakByteCount) / 1e6)
        }
        return entry
    }
}
