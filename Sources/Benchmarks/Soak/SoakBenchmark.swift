internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import KernelBenchmarks

/// A job under steady load, with a fault every half minute, watched for growth and proven at the end.
struct SoakBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract:
            "Runs a job for long with a fault every so often; fails on growth, and on rows that are lost, doubled or wrong.",
        discussion: """
            Needs the release build of millrace beside this program. An as-of join of two topics into PostgreSQL and \
            Kafka; broker, PostgreSQL and job are processes of their own.
            """)

    @Option(help: "How long events are produced.") var minutes = 30.0
    @Option(help: "Seconds between two faults.") var faultInterval = 30.0
    @Option(help: "Events a second, a multiple of 1000.") var rate = 20_000
    @Option(help: "Seconds that the job may need at the end, from the last fault on, until everything is there.")
    var patience = 300.0
    @Flag(help: "Print one JSON object instead of tables.") var json = false

    func validate() throws {
        if rate < 1000 || rate % 1000 != 0 { throw ValidationError("--rate must be a multiple of 1000") }
        if faultInterval < 20 { throw ValidationError("--fault-interval must be at least 20: a pause lasts 15 s") }
    }

    func run() throws {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("millrace").path
        let system = try SoakSystem(program: program)
        defer { system.tearDown() }
        let events = SoakEvents(
            eventsPerMillisecond: rate / 1000, userCount: rate * 10,
            start: Int(Date().timeIntervalSince1970) * 1000)
        let load = SoakLoad(events, system.topics)
        var watch = SoakWatch(system)
        try system.startJob()
        load.start(system.address)
        try produce(load, &watch)
        let playCount = events.playCount(load.stop())
        if let failure = load.failure { watch.problems.append("producing failed: \(failure)") }
        let oracle = SoakOracle(system: system, events: events, playCount: playCount)
        let drained = try drain(oracle, &watch)
        let exitStatus = system.stopJob()
        if exitStatus != 0 { watch.problems.append("SIGTERM ended the job with \(exitStatus):\n\(system.lastWords)") }
        watch.problems += try oracle.problems()
        let report = SoakReport(watch, playCount: playCount, rate: rate, drainSeconds: drained)
        print(json ? report.json : report.text)
        if !report.isPassed { throw ExitCode.failure }
    }

    /// Samples every second and lets something go wrong every `faultInterval` seconds, until the time is over.
    private func produce(_ load: SoakLoad, _ watch: inout SoakWatch) throws {
        let end = minutes * 60
        var nextFault = faultInterval
        var ending: (fault: SoakFault, at: Double)?
        while watch.now < end {
            Thread.sleep(forTimeInterval: 1)
            try watch.sample()
            if let failure = load.failure { throw MeasuredProcess.Failure(description: "producing failed: \(failure)") }
            if let due = ending, watch.now >= due.at {
                try due.fault.end(watch.system)
                ending = nil
            }
            // The last fault leaves time to come back from it under load.
            guard watch.now >= nextFault, ending == nil, watch.now < end - faultInterval / 2 else { continue }
            let fault = SoakFault.at(watch.faults.count)
            try watch.begin(fault)
            ending = fault.seconds.map { (fault, watch.now + $0) }
            nextFault += faultInterval
        }
        try ending?.fault.end(watch.system)
    }

    /// Waits until every row is in the table; answers how many seconds that took, nil where they do not come.
    private func drain(_ oracle: SoakOracle, _ watch: inout SoakWatch) throws -> Double? {
        let began = watch.now
        while watch.now - began < patience {
            Thread.sleep(forTimeInterval: 1)
            try watch.sample()
            guard let lag = watch.samples.last?.lag, lag == 0 else { continue }
            if try oracle.rowCount() >= oracle.playCount { return watch.now - began }
        }
        watch.problems.append(
            "\(try oracle.rowCount()) of \(oracle.playCount) rows after \(Int(patience)) s:\n\(watch.system.lastWords)")
        return nil
    }
}
