internal import ArgumentParser
internal import Foundation
internal import JobService
internal import KernelBenchmarks

/// Whole jobs over a broker in another process: what an event costs the `millrace` process, and whether the result is right.
struct EndToEndBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end-to-end",
        abstract: "CPU per input event, events a second, peak memory of whole jobs, each with its result proven.",
        discussion: """
            Needs the release build of millrace beside this program. Produces known events into topics of 4 partitions, up to 1 s out of \
            order, runs each case as a bounded job in a process of its own, and compares what came out with the right answer: rows, \
            matches, and a checksum that does not depend on the order; of the blackhole only the rows. Ends with status 1 when one is wrong.

            --only takes words separated by commas: pass-through, filter, enrichment, as-of-join; kafka, postgres, blackhole; \
            exactly-once, at-least-once; p1, p2. Of a kind that is not named all are run.

            The column 'of p1' is the throughput per used core, that is per CPU second of the process, as a share of that of the same case \
            with one worker, where both were run.
            """)

    @OptionGroup var options: MeasurementOptions
    @Option(help: "Which cases, for example filter,kafka,exactly-once,p2.") var only = ""
    @OptionGroup var amounts: EventOptions
    @Option(help: "Time between checkpoints.") var interval = "1s"
    @Flag(help: "Count allocations in one more run of each case, inside this process.")
    var allocations =
        false
    @Flag(help: "After each run one more whose metrics and status are read over HTTP every second: what it costs.")
    var watched =
        false
    @Option(name: .customLong("set"), help: "A variable of the measured jobs, NAME=VALUE; may be repeated.")
    var settings: [EnvironmentSetting] = []
    @Flag(help: "Sample one more run of each case with perf, and print its top costs.")
    var profile =
        false
    @Option(help: "A cluster to use instead of a broker in another process.") var bootstrapServers: String?

    func validate() throws { try EnvironmentSetting.validate(settings) }

    func run() throws {
        let cases = try JobCase.chosen(by: only).filter { options.includes($0.name) }
        guard !cases.isEmpty else { throw ValidationError("--only \(only) leaves no case") }
        let system = try JobSystem(amounts.configuration, bootstrapServers: bootstrapServers)
        defer { system.tearDown() }
        var report = CaseReport(options: options)
        var answers: [JobCase.Job: Answer] = [:]
        for one in cases {
            let expected = answers[one.job] ?? Answer(system.events, job: one.job)
            answers[one.job] = expected
            try system.load(one.job, system.places())
            report.add(try measure(one, expected, system))
        }
        report.finish()
        if !report.isRight { throw ExitCode.failure }
    }

    private func measure(_ one: JobCase, _ expected: Answer, _ system: JobSystem) throws -> CaseResult {
        let events = Double(system.eventCount(one.job))
        var result = CaseResult(one, events: Int(events), expected: expected)
        let settings = JobSystem.Settings(
            parallelism: one.parallelism, interval: interval, environment: self.settings)
        for round in 0..<options.warmUp + options.jobRepetitions {
            let (outcome, answer) = try prove(one, system) { try system.run($0, settings) }
            if round >= options.warmUp { result.add(outcome) }
            result.check(answer, rowCount: outcome.status.rowsOut)
            if watched { try watch(one, system, settings, &result, counts: round >= options.warmUp) }
        }
        if profile {
            var sampled = settings
            sampled.isProfiled = true
            let (outcome, answer) = try prove(one, system) { try system.run($0, sampled) }
            result.profile = outcome.profile
            result.check(answer, rowCount: outcome.status.rowsOut)
        }
        if allocations {
            let (outcome, answer) = try prove(one, system) { try system.countAllocations($0, settings) }
            result.allocationsPerEvent = outcome.count.map { Double($0) / events }
            result.check(answer, rowCount: outcome.status.rowsOut)
        }
        return result
    }

    private func watch(
        _ one: JobCase, _ system: JobSystem, _ settings: JobSystem.Settings, _ result: inout CaseResult, counts: Bool
    ) throws {
        var settings = settings
        settings.isWatched = true
        let (outcome, answer) = try prove(one, system) { try system.run($0, settings) }
        if counts { result.addWatched(outcome) }
        result.check(answer, rowCount: outcome.status.rowsOut)
    }

    /// Runs a case into a new output, reads what is there, and removes it.
    private func prove<Outcome>(
        _ one: JobCase, _ system: JobSystem, run: (JobText) throws -> Outcome
    ) throws -> (outcome: Outcome, answer: Answer?) {
        let text = JobText(job: one.job, target: one.target, guarantee: one.guarantee, places: system.places())
        try system.prepareOutput(text)
        let outcome = try run(text)
        let answer = try system.answer(of: text)
        try system.removeOutput(text)
        return (outcome, answer)
    }
}

/// How many events there are, of what.
struct EventOptions: ParsableArguments {
    @Option(help: "Ratings to produce: versions of the as-of join.") var ratings = 2_000_000
    @Option(help: "Plays to produce.") var plays = 5_000_000
    @Option(help: "Keys: films of the enrichment, pairs of user and film of the as-of join.") var keys = 1_000_000
    @Option(help: "Another seed gives other events.") var seed: UInt64 = 1

    var configuration: KnownEvents.Configuration {
        var configuration = KnownEvents.Configuration()
        (configuration.ratingCount, configuration.playCount) = (ratings, plays)
        (configuration.keyCount, configuration.seed) = (keys, seed)
        return configuration
    }

    func validate() throws {
        if ratings < 0 || plays < 1 || ratings + plays >= 1 << 31 {
            throw ValidationError("--ratings and --plays must be at least 0 and 1, and together below 2^31")
        }
        if keys < 20 || keys >= 1 << 31 { throw ValidationError("--keys must be 20 to 2^31 - 1") }
    }
}
