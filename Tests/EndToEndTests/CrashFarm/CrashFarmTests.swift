import Foundation
import TestKit
import Testing

/// The service killed with SIGKILL at random moments, again and again, under the eyes of concurrent readers.
///
/// `MILLRACE_TEST_KILLS` is the number of kills a variant, `MILLRACE_TEST_SEED` repeats a run's moments.
@Suite(.timeLimit(.minutes(90)))
struct CrashFarmTests {
    static let environment = ProcessInfo.processInfo.environment
    static let kills = environment["MILLRACE_TEST_KILLS"].flatMap { Int($0) } ?? 25
    static let seed = environment["MILLRACE_TEST_SEED"].flatMap { UInt64($0) }

    @Test(arguments: FarmVariant.allCases)
    func everyRowIsThereOnceAndRightAfterKills(variant: FarmVariant) async throws {
        let seed = Self.seed ?? UInt64.random(in: 1...1_000_000_000)
        let report = try await Self.onItsOwnThread {
            let farm = try Farm(variant, seed: seed)
            defer { farm.tearDown() }
            var moments = FarmMoments(variant, seed: seed)
            var life = try farm.start()
            for _ in 0..<Self.kills {
                farm.kill(life, moments.next())
                farm.count("kills")
                life = try farm.start()
                // What is found wrong once is not looked for a thousand times.
                if farm.report.violations.count > 20 { break }
            }
            try farm.conclude(life)
            return farm.report
        }
        print(report.line)
        #expect(report.violations.isEmpty, "\(report.line)\n\(report.violations.prefix(20).joined(separator: "\n"))")
    }

    /// Farms mostly wait: each has a thread, so that some do so side by side.
    static func onItsOwnThread(_ body: @escaping @Sendable () throws -> FarmReport) async throws -> FarmReport {
        try await OwnThread.run {
            places.wait()
            defer { places.signal() }
            return try body()
        }
    }

    private static let places = DispatchSemaphore(value: 4)
}
