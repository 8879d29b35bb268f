import TestKit
import Testing

@testable import Execution

/// The protocol in simulated histories: systems that fail, instances that stand still, crash and come back.
@Suite(.timeLimit(.minutes(10)))
struct SimulationTests {
    @Test func noHistoryLosesOrDoublesARow() {
        let result = Simulation().run(historyCount: 20_000, seed: 1, threadCount: 2)
        let failure = result.failures.first
        #expect(
            failure == nil,
            """
            seed \(failure?.seed ?? 0), \(failure?.variant.rawValue ?? ""): \(failure?.violation.text ?? "")
            \(failure.map { Simulation.shortestTrace(seed: $0.seed, variant: $0.variant).lines.joined(separator: "\n") } ?? "")
            """)
        // Histories in which nothing happens prove nothing.
        for item in SimulationCoverage.Item.allCases {
            #expect(result.coverage[item] > 0, "\(item) did not happen")
        }
    }

    @Test(arguments: Mutant.allCases) func everyBrokenStepIsNoticed(mutant: Mutant) {
        let result = Simulation(variants: mutant.variants, mutant: mutant).run(
            historyCount: 20_000, seed: 1, threadCount: 2)
        #expect(!result.failures.isEmpty, "\(mutant.rawValue) survived \(result.historyCount) histories")
    }

    @Test func everyDefectOfTheProtocolIsAMutant() {
        for defect in ProtocolDefect.allCases {
            #expect(Mutant(rawValue: defect.rawValue) != nil, "\(defect.rawValue)")
        }
    }

    @Test(arguments: [Mutant.readBeforeFence, .plainSelect, .reuseProducer, .ackBeforeSync])
    func aHistoryIsTheSameAgain(mutant: Mutant)
        throws
    {
        let failure = try #require(Simulation(mutant: mutant).run(historyCount: 20_000, seed: 1).failures.first)
        let first = Simulation.trace(seed: failure.seed, variant: failure.variant, mutant: mutant)
        let second = Simulation.trace(seed: failure.seed, variant: failure.variant, mutant: mutant)
        #expect(first.lines == second.lines)
        #expect(first.violation == failure.violation)
        #expect(first.lines.count > 10)
    }

    @Test func aBrokenHistoryIsShortened() throws {
        let failure = try #require(Simulation(mutant: .skipFence).run(historyCount: 20_000, seed: 1).failures.first)
        let shortest = Simulation.shortestTrace(seed: failure.seed, variant: failure.variant, mutant: .skipFence)
        #expect(shortest.violation != nil)
        #expect(shortest.leftOutCount > 0)
    }
}
