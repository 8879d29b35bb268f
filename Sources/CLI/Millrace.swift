internal import ArgumentParser

/// The command line of the service: one subcommand per file.
@main
struct Millrace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace",
        abstract: "Streaming ETL in SQL: Kafka in, exactly once to PostgreSQL and Kafka out.",
        subcommands: [
            InitCommand.self, Validate.self, Explain.self, TestCommand.self, Run.self, StatusCommand.self,
            TopCommand.self, StopCommand.self,
            ConfigCommand.self, CheckpointsCommand.self, DeadLettersCommand.self,
            ReplayCommand.self, AuditCommand.self, Broker.self,
            DemoCommand.self,
            Healthcheck.self, Version.self,
        ])
}
