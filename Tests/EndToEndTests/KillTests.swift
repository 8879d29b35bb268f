import Foundation
import TestKit
import Testing

/// The service killed with SIGKILL at random moments; afterwards every row is there once and right.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct KillTests {
    static let killsPerVariant = ProcessInfo.processInfo.environment["MILLRACE_TEST_KILLS"].flatMap { Int($0) } ?? 11

    @Test(arguments: zip(FilmJob.Sinks.allCases, [2, 1, 2]))
    func everyRowIsThereOnceAndRight(sinks: FilmJob.Sinks, parallelism: Int) throws {
        let seed = UInt64.random(in: 1...1_000_000)
        let system = try TestSystem()
        defer { system.tearDown() }
        let kills = Self.killsPerVariant
        let films = Films(seed: seed, ratings: 600 * kills, plays: 1400 * kills)
        let job = try FilmJob(system, films, sinks: sinks, parallelism: parallelism)
        let producer = job.produce(overSeconds: Double(kills) * 1.5)
        var moments = SystemRandomNumberGenerator()
        var process = try job.start()
        for _ in 0..<kills {
            TestSystem.pass(milliseconds: Int.random(in: 100...2500, using: &moments))
            process.crash()
            process = try job.start()
        }
        let problems = try job.differences()
        #expect(
            problems.isEmpty,
            "seed \(seed), \(problems.count) problems: \(problems.prefix(5)); \(process.output.suffix(3000))")
        #expect(process.stop() == 0, "\(process.output.suffix(2000))")
        _ = producer
    }
}
