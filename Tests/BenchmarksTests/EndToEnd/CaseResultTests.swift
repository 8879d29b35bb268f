import ArgumentParser
import JobService
import Testing

@testable import Benchmarks
@testable import KernelBenchmarks

@Suite struct CaseResultTests {
    private static func result(_ parallelism: Int, cpuSeconds: [Double], target: JobCase.Target = .kafka) -> CaseResult
    {
        let job = JobCase(job: .filter, target: target, guarantee: .exactlyOnce, parallelism: parallelism)
        var result = CaseResult(job, events: 1_000_000, expected: Answer())
        for seconds in cpuSeconds {
            result.add(
                MeasuredProcess.Usage(
                    exitStatus: 0, wallSeconds: 2, userSeconds: seconds * 0.75, systemSeconds: seconds * 0.25,
                    peakByteCount: 1_000_000))
        }
        return result
    }

    @Test func costsAreTakenApart() {
        let result = Self.result(1, cpuSeconds: [1, 2])
        #expect(result.cpu == [1, 2])
        #expect(result.userCPU == [0.75, 1.5])
        #expect(result.systemCPU == [0.25, 0.5])
        #expect(result.wallSeconds == [2, 2])
        #expect(result.rate == [500_000, 500_000])
    }

    @Test func throughputPerUsedCoreIsComparedWithThatOfOneWorker() {
        let one = Self.result(1, cpuSeconds: [0.9, 5, 0.8])
        let two = Self.result(2, cpuSeconds: [1, 1, 1])
        #expect(two.shareOfOneWorker(among: [one, two]) == 0.9)
        #expect(one.shareOfOneWorker(among: [one, two]) == nil)
        #expect(two.shareOfOneWorker(among: [Self.result(1, cpuSeconds: [1], target: .postgres), two]) == nil)
    }

    @Test func variablesOfTheJobAreNamesAndValues() throws {
        let setting = try #require(EnvironmentSetting(argument: "MILLRACE_TABLE_PLAYS_SCAN_PARALLELISM=4=5"))
        #expect(setting.name == "MILLRACE_TABLE_PLAYS_SCAN_PARALLELISM")
        #expect(setting.value == "4=5")
        #expect(EnvironmentSetting(argument: "NAME=")?.value == "")
        #expect(EnvironmentSetting(argument: "=value") == nil)
        #expect(EnvironmentSetting(argument: "NAME") == nil)
        try EnvironmentSetting.validate([setting])
        let own = try #require(EnvironmentSetting(argument: "MILLRACE_PARALLELISM=4"))
        #expect(throws: ValidationError.self) { try EnvironmentSetting.validate([own]) }
    }
}
