internal import ArgumentParser

/// Executable `Benchmarks`, one file per benchmark.
@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks",
        abstract: "Measures kernels, operators, state and whole jobs.",
        discussion: "Build with -c release. Figures are medians of CPU time unless a line says otherwise.",
        subcommands: [
            ExpressionsBenchmark.self, JSONBenchmark.self, PostgresBenchmark.self, RuntimeBenchmark.self,
        ])
}
