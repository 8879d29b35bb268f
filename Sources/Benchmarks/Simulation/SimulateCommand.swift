internal import ArgumentParser
internal import TestKit

/// Histories of the exactly-once protocol, simulated from seeds.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Simulates histories of the exactly-once protocol with faults, and checks every sink in each.",
        discussion: """
            The protocol is the service's own; Kafka, PostgreSQL and the checkpoint store are models on a virtual clock. A history follows \
            from its seed alone. Ends with status 1 when a promise was broken: then it prints the shortest form of that history.
            """)

    @Option(help: "Histories to simulate.")
    var histories = 20_000

    @Option(help: "The first history's seed; the others follow.")
    var seed: UInt64 = 1

    @Option(help: "Only this variant: \(SimulationVariant.allCases.map(\.rawValue).joined(separator: ", ")).")
    var variant: String?

    @Option(help: "A step of the protocol to break: \(Mutant.allCases.map(\.rawValue).joined(separator: ", ")).")
    var mutant: String?

    @Option(help: "Threads.")
    var jobs = 2

    @Flag(help: "Print what happens in the one history of the seed.")
    var trace = false

    func run() throws {
        let variants = try chosen(variant, of: SimulationVariant.self).map { [$0] } ?? SimulationVariant.allCases
        let mutant = try chosen(mutant, of: Mutant.self)
        if trace {
            let one = variants[Int(seed % UInt64(variants.count))]
            return try show(Simulation.trace(seed: seed, variant: one, mutant: mutant))
        }
        let simulation = Simulation(variants: variants, mutant: mutant)
        let start = ContinuousClock.now
        let result = simulation.run(historyCount: histories, seed: seed, threadCount: max(1, jobs))
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        print(
            "\(result.historyCount) histories from seed \(seed) in \(rounded(elapsed)) s, "
                + "\(rounded(elapsed * 1000 / Double(max(1, result.historyCount)))) ms each, \(jobs) threads")
        for item in SimulationCoverage.Item.allCases { print("  \(item): \(result.coverage[item])") }
        guard let failure = result.failures.first else {
            print("0 violations")
            return
        }
        print("broken with seed \(failure.seed), \(failure.variant.rawValue): \(failure.violation.text)")
        let shortest = Simulation.shortestTrace(seed: failure.seed, variant: failure.variant, mutant: mutant)
        try show((shortest.lines, shortest.violation))
    }

    private func show(_ history: (lines: [String], violation: Violation?)) throws {
        for line in history.lines { print(line) }
        if history.violation != nil { throw ExitCode(1) }
    }

    private func chosen<Choice: RawRepresentable<String>>(_ text: String?, of: Choice.Type) throws -> Choice? {
        guard let text else { return nil }
        guard let choice = Choice(rawValue: text) else { throw ValidationError("'\(text)' is none of the choices") }
        return choice
    }

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
