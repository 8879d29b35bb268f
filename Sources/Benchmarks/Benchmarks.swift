internal import ArgumentParser

/// Executable `Benchmarks`, one file per benchmark.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks",
        abstract: "Measures kernels, operators, state and whole jobs.",
        discussion: "Build with -c release. Figures are medians of CPU time unless a line says otherwise.",
        subcommands: [
            EndToEndBenchmark.self, ExpressionsBenchmark.self, JoinBenchmark.self, JSONBenchmark.self,
            KafkaBenchmark.self,
            PostgresBenchmark.self, RecoveryBenchmark.self, RuntimeBenchmark.self, SimulateCommand.self,
            SoakBenchmark.self, StateBenchmark.self, BrokerCommand.self,
        ])
}
