import Foundation
import TestKit
import Testing

/// Everything around the service fails at random moments, and the service itself is stopped and replaced.
///
/// `MILLRACE_TEST_FAULTS` is the number of faults a variant, `MILLRACE_TEST_SEED` repeats a run's choices.
@Suite(.timeLimit(.minutes(90)))
struct CrashFarmFaultTests {
    static let faults = CrashFarmTests.environment["MILLRACE_TEST_FAULTS"].flatMap { Int($0) } ?? 16

    @Test(arguments: FarmVariant.allCases)
    func everyRowIsThereOnceAndRightAfterFaults(variant: FarmVariant) async throws {
        let seed = CrashFarmTests.seed ?? UInt64.random(in: 1...1_000_000_000)
        let report = try await CrashFarmTests.onItsOwnThread {
            let farm = try Farm(variant, seed: seed, durable: true)
            farm.toleratesSilence()
            defer { farm.tearDown() }
            var random = SeededRandom(seed: seed)
            var life = try farm.start()
            var kinds: [FarmFault] = []
            for _ in 0..<Self.faults {
                if kinds.isEmpty { kinds = FarmFault.allCases.shuffled(using: &random) }
                TestSystem.pass(milliseconds: Int.random(in: 0..<600, using: &random))
                life = try farm.inflict(kinds.removeLast(), on: life, &random)
                if farm.report.violations.count > 20 { break }
            }
            farm.waitForProgress("the last fault")
            farm.checkAim()
            try farm.conclude(life)
            return farm.report
        }
        print(report.line)
        #expect(report.violations.isEmpty, "\(report.line)\n\(report.violations.prefix(20).joined(separator: "\n"))")
    }

    @Test(arguments: [FarmVariant.kafka, .kafkaAndPostgres])
    func everyRowIsThereOnceAndRightAfterEachBrokerFault(variant: FarmVariant) async throws {
        let seed = CrashFarmTests.seed ?? UInt64.random(in: 1...1_000_000_000)
        let report = try await CrashFarmTests.onItsOwnThread {
            let farm = try Farm(variant, seed: seed)
            farm.toleratesSilence()
            defer { farm.tearDown() }
            var random = SeededRandom(seed: seed)
            var life = try farm.start()
            farm.waitForProgress("the start")
            for script in FaultScripts.all {
                try farm.troubleBroker(script, milliseconds: 2000, &random)
                farm.count("broker faults")
                farm.waitForProgress("'\(script)'")
                if !life.process.isRunning {
                    farm.violate("'\(script)': it ended with \(life.process.wait()): \(life.notableLines.suffix(1500))")
                    life = try farm.start()
                }
            }
            try farm.conclude(life)
            return farm.report
        }
        print(report.line)
        #expect(report.violations.isEmpty, "\(report.line)\n\(report.violations.prefix(20).joined(separator: "\n"))")
    }

    /// Longer than the group's session and the open transaction live: the cluster has given both up when the process goes on.
    @Test(arguments: [FarmVariant.kafka, .kafkaAndTwoDatabases, .postgres])
    func aProcessThatWasStoppedForLongDoesNoHarm(variant: FarmVariant) async throws {
        let seed = CrashFarmTests.seed ?? UInt64.random(in: 1...1_000_000_000)
        let report = try await CrashFarmTests.onItsOwnThread {
            let farm = try Farm(variant, seed: seed)
            farm.job.further = [
                "MILLRACE_KAFKA_SESSION_TIMEOUT_MS": "6000", "MILLRACE_KAFKA_TRANSACTION_TIMEOUT_MS": "10000",
            ]
            defer { farm.tearDown() }
            var life = try farm.start()
            farm.waitForProgress("the start")
            farm.count("zombie after 11 s")
            life = try farm.replace(life, frozenMilliseconds: 11_000)
            farm.waitForProgress("the zombie")
            farm.count("frozen for 11 s")
            life.process.freeze()
            TestSystem.pass(milliseconds: 11_000)
            life.process.thaw()
            farm.waitForProgress("a long stop")
            try farm.conclude(life)
            return farm.report
        }
        print(report.line)
        #expect(report.violations.isEmpty, "\(report.line)\n\(report.violations.prefix(20).joined(separator: "\n"))")
    }
}
