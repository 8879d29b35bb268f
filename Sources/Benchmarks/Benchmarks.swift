internal import ArgumentParser
internal import KernelBenchmarks

/// Executable `Benchmarks`: a folder for each group, a file for each command.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks",
        abstract: "Measures Millrace from a column kernel to whole jobs over Kafka and PostgreSQL.",
        discussion: """
            Build with -c release. CPU time of the measured process or thread comes first, medians with their spread; --json prints a line \
            for each figure instead of a table. What runs whole jobs needs .build/release/millrace too.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "In this process, one thread unless said:",
                subcommands: [
                    QuickBenchmark.self, ExpressionsBenchmark.self, JSONBenchmark.self, StateBenchmark.self,
                    OperatorsBenchmark.self, RuntimeBenchmark.self, CheckpointBenchmark.self,
                ]),
            CommandGroup(
                name: "Connectors against systems in other processes:",
                subcommands: [KafkaBenchmark.self, PostgresBenchmark.self]),
            CommandGroup(
                name: "Whole jobs, as processes of their own:",
                subcommands: [
                    EndToEndBenchmark.self, LatencyBenchmark.self, SizesBenchmark.self, HeldVersionsBenchmark.self,
                    RestartBenchmark.self, IdleBenchmark.self, CompareBenchmark.self, SoakBenchmark.self,
                ]),
            CommandGroup(name: "Of the protocol:", subcommands: [SimulateCommand.self, BrokerCommand.self]),
        ])
}
