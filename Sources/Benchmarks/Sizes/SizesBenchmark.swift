internal import ArgumentParser
internal import Columnar
internal import Foundation
internal import KernelBenchmarks
internal import StateBackends

/// What an event costs with ever more keys: alone in the state table, and in whole jobs.
struct SizesBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sizes",
        abstract: "Event cost by number of keys: state tables in one thread, and whole jobs.",
        discussion: """
            Needs the release build of millrace beside this program, and for 30M keys about 12 GB of memory and 20 GB of disk. A job's cost per \
            play is the CPU of a run with all plays less that of a run with next to none, divided by the plays; what the loading of the \
            keys costs is given for itself. The results of the jobs are checked as in end-to-end.
            """)

    @OptionGroup var options: MeasurementOptions
    @Option(help: "Numbers of keys, separated by commas.") var keys = "1000000,10000000,30000000"
    @Option(help: "Plays of a job.") var plays = 5_000_000
    @Option(help: "Worker threads of the jobs.") var parallelism = 1
    @Flag(help: "Only the state tables.") var tablesOnly = false

    func run() throws {
        var report = SizesReport(options: options)
        for count in try NumberList.parse(keys, option: "--keys") {
            try measureTable(count, &report)
            if tablesOnly { continue }
            try measureJob(.enrichment, count, &report)
            try measureJob(.asOfJoin, count, &report)
        }
        report.finish()
    }

    /// Versions of every key put once, and found by random keys.
    private func measureTable(_ count: Int, _ report: inout SizesReport) throws {
        let accesses = 1_000_000
        let ratings = RatingBatches(keyCount: count, rowCount: accesses, seed: 1)
        var table = StateBenchmark.makeVersions()
        var puts: [Double] = []
        for round in 0..<options.warmUp + options.jobRepetitions {
            table = StateBenchmark.makeVersions()
            let start = Measurement.nanoseconds(.thread)
            for batch in ratings.everyKey { try table.put(batch, horizon: .min) }
            guard round >= options.warmUp else { continue }
            puts.append(Double(Measurement.nanoseconds(.thread) - start) / Double(count))
        }
        report.add(count, "state table, put", Measurement(name: "", unit: "ns/row", samples: puts))
        let matches = TableMatches(capacity: RecordBatch.maximumRowCount)
        let find = Measurement.run("", operations: accesses, unit: "ns/row", options: options) {
            for batch in ratings.random {
                table.find(batch, keys: RatingBatches.keys, time: RatingBatches.time, into: matches)
                _ = table.columns(matches, for: batch)
            }
        }
        report.add(count, "state table, find and read", find)
        let bytes = Double(table.byteCount) / Double(table.entryCount)
        report.add(count, "state table, memory", Measurement(name: "", unit: "bytes/key", samples: [bytes]))
    }

    private func measureJob(_ job: JobCase.Job, _ count: Int, _ report: inout SizesReport) throws {
        let loading = try cost(job, keys: count, plays: 1)
        let whole = try cost(job, keys: count, plays: plays)
        let base = Measurement.median(loading.cpu)
        let perPlay = whole.cpu.map { ($0 - base) * 1e6 / Double(plays) }
        report.add(count, "\(job.rawValue), play", Measurement(name: "", unit: "CPU us/event", samples: perPlay))
        let perKey = loading.cpu.map { $0 * 1e6 / Double(loading.events) }
        report.add(count, "\(job.rawValue), loading", Measurement(name: "", unit: "CPU us/event", samples: perKey))
        report.add(count, "\(job.rawValue), peak memory", Measurement(name: "", unit: "MB", samples: whole.peaks))
    }

    private func cost(
        _ job: JobCase.Job, keys: Int, plays: Int
    ) throws -> (cpu: [Double], peaks: [Double], events: Int) {
        var configuration = KnownEvents.Configuration()
        (configuration.keyCount, configuration.ratingCount, configuration.playCount) = (keys, keys, plays)
        if job == .enrichment { configuration.ratingCount = 0 }
        let system = try JobSystem(configuration, bootstrapServers: nil)
        defer { system.tearDown() }
        let expected = Answer(system.events, job: job)
        var (cpu, peaks): ([Double], [Double]) = ([], [])
        for round in 0..<options.warmUp + options.jobRepetitions {
            let text = JobText(job: job, target: .kafka, guarantee: .exactlyOnce, places: system.places())
            try system.load(job, text.places)
            try system.prepareOutput(text)
            let outcome = try system.run(text, JobSystem.Settings(parallelism: parallelism))
            let answer = try system.answer(of: text)
            guard answer == expected else {
                throw MeasuredProcess.Failure(
                    description:
                        "\(job.rawValue), \(keys) keys: \(answer.map { "\($0)" } ?? "nothing") instead of \(expected)")
            }
            try system.removeOutput(text)
            guard round >= options.warmUp else { continue }
            cpu.append(outcome.usage.cpuSeconds)
            peaks.append(Double(outcome.usage.peakByteCount) / 1e6)
        }
        return (cpu, peaks, system.eventCount(job))
    }
}
