internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import JobService
internal import KernelBenchmarks

/// What a version costs in memory that the as-of join holds.
struct HeldVersionsBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "held-versions",
        abstract: "Bytes per held version of the as-of join: of the whole process, and of its state alone.",
        discussion: """
            Needs the release build of millrace beside this program. Runs the as-of join over ratings and next to no plays until it holds them \
            all; from the resident memory that of the same job without ratings is taken off.
            """)

    @OptionGroup var options: MeasurementOptions
    @Option(help: "Versions; several counts separated by commas.") var versions = "2000000"
    @Option(help: "Keys, of which each has as many versions as come out even.") var keys = 1_000_000
    @Option(help: "Worker threads of the job.") var parallelism = 1

    func run() throws {
        var report = MeasurementReport(options: options)
        let empty = try hold(20, keys: 20)
        for count in try NumberList.parse(versions, option: "--versions") {
            var resident: [Double] = []
            var own: [Double] = []
            for _ in 0..<options.jobRepetitions {
                let held = try hold(count, keys: keys)
                resident.append(Double(held.resident - empty.resident) / Double(count))
                own.append(Double(held.state) / Double(count))
            }
            let name = "\(count) versions of \(keys) keys"
            report.add(Measurement(name: "\(name), resident memory", unit: "bytes/version", samples: resident))
            report.add(Measurement(name: "\(name), the state's own", unit: "bytes/version", samples: own))
        }
        report.finish()
    }

    /// All versions are within the retention, so that as many are held as there are ratings.
    private func hold(_ count: Int, keys: Int) throws -> (resident: Int, state: Int) {
        var configuration = KnownEvents.Configuration()
        (configuration.ratingCount, configuration.playCount, configuration.keyCount) = (count, 1, keys)
        let system = try JobSystem(configuration, bootstrapServers: nil)
        defer { system.tearDown() }
        let text = JobText(
            job: .asOfJoin, target: .blackhole, guarantee: .exactlyOnce, places: system.places(), isBounded: false)
        try system.load(.asOfJoin, text.places)
        let job = try system.start(text, JobSystem.Settings(parallelism: parallelism))
        defer {
            kill(job.process.processID, SIGKILL)
            _ = job.process.wait()
        }
        let deadline = Date(timeIntervalSinceNow: 300)
        while Date() < deadline {
            Thread.sleep(forTimeInterval: 0.2)
            guard let status = job.statusFile.read(), status.lag == 0, status.rowsIn > count else { continue }
            // What was in transit is given back, and a job without records takes no more checkpoints.
            Thread.sleep(forTimeInterval: 3)
            guard let last = job.statusFile.read(), let resident = job.process.residentByteCount else { break }
            return (resident, last.stateByteCount)
        }
        throw MeasuredProcess.Failure(description: "the job does not hold \(count) versions:\n\(job.lastWords)")
    }
}
