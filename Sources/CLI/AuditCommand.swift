internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace audit`: whether there is a gap or a double in the sinks.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Prove from the sinks' own contents that no epoch is missing and none was written twice.",
        discussion: """
            Holds checkpoints, epoch markers, committed offsets and the rows of the sinks against each other. With --recompute \
            everything is computed anew from the topics and compared row by row. Writes nothing; a running job goes on.
            Exit status: 0 no gap and no double, 3 problems (one line each, with epoch and partition where they can be told).
            """)

    @Argument(help: "The SQL file.")
    var file: String

    @Flag(help: "Compute everything anew from the topics and compare row by row.")
    var recompute = false

    @Flag(
        help: "With --recompute: only from the oldest kept checkpoint on, for topics that no longer reach back further."
    )
    var fromOldest = false

    @Option(help: "Rows named of each kind of difference.")
    var examples: Int = 20

    @Flag(help: "Print a JSON document.")
    var json = false

    func run() async throws {
        let command = self
        let code = await OwnThread.run(named: "audit") {
            let configuration = try ServiceConfiguration.ofProcess()
            let pipeline = try Pipeline(
                path: command.file, configuration: configuration, environment: ProcessInfo.processInfo.environment)
            var audit = try Audit(pipeline, configuration: configuration)
            let report = try audit.run(
                recomputing: command.fromOldest ? .fromOldest : command.recompute ? .everything : .nothing,
                exampleCount: command.examples)
            print(command.json ? try report.json() : report.text)
            return report.problemCount == 0 ? 0 : JobServiceError.ExitStatus.refused.rawValue
        }
        if code != 0 { throw ExitCode(code) }
    }
}
