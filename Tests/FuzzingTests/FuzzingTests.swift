import Foundation
import FuzzTargets
import TestKit
import Testing

/// Every target on its seeds, on what once broke it (`Tests/Fuzzing/Corpus`), and on mutations of both: five minutes of
/// processor time in all.
///
/// `MILLRACE_TEST_FUZZ_SECONDS` makes it longer, `MILLRACE_TEST_FUZZ_SEED` makes it another; `docker/fuzz.sh` searches
/// with libFuzzer.
struct FuzzingTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let budget = environment["MILLRACE_TEST_FUZZ_SECONDS"].flatMap { Double($0) } ?? 27
    private static let seed =
        environment["MILLRACE_TEST_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    /// No input may take longer, on a busy machine and without optimization.
    private static let slowest = Duration.seconds(20)

    @Test(arguments: FuzzTarget.allCases)
    func whatOnceBrokeATargetDoesNoMore(target: FuzzTarget) throws {
        for (name, bytes) in RepositoryFiles.named("Tests/Fuzzing/Corpus/\(target)") {
            #expect(throws: Never.self, "\(target)/\(name)") { try target.run(bytes) }
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func seedsDoNoHarm(target: FuzzTarget) throws {
        let seeds = try target.seeds()
        #expect(!seeds.isEmpty && seeds.allSatisfy { $0.count <= target.maximumByteCount })
        for (number, bytes) in seeds.enumerated() {
            #expect(throws: Never.self, "\(target), seed \(number)") { try target.run(bytes) }
        }
    }

    @Test(.timeLimit(.minutes(30)), arguments: FuzzTarget.allCases)
    func mutationsDoNoHarm(target: FuzzTarget) throws {
        let corpus = try target.seeds() + RepositoryFiles.read("Tests/Fuzzing/Corpus/\(target)")
        let mutator = FuzzMutator(target, corpus: corpus)
        let current = try CurrentInput("\(target)-\(Self.seed)", capacity: target.maximumByteCount)
        var random = SeededRandom(seed: Self.seed)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(Self.budget)
        var count = 0
        while clock.now < end {
            let input = mutator.input(&random)
            current.set(input)
            let start = clock.now
            do {
                try target.run(input)
            } catch {
                Issue.record(
                    "\(target), seed \(Self.seed), input \(count): \(error)\n\(Data(input).base64EncodedString())"
                )
                return
            }
            let time = clock.now - start
            if time > Self.slowest {
                Issue.record(
                    "\(target), seed \(Self.seed), input \(count) took \(time)\n\(Data(input).base64EncodedString())"
                )
                return
            }
            count += 1
        }
        #expect(count > 0)
    }
}
