internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace replay`: what a pipeline makes of the past, held against what is in the sinks.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run a pipeline over past offsets, write nothing, and compare its rows with the sinks.",
        discussion: """
            Reads the topics again from a kept checkpoint (or from nothing) up to what is committed, with the pipeline as it is \
            now, and reports row by row what differs from what the running version wrote. No sink is written, no group joined, \
            no checkpoint kept: the running job goes on undisturbed.
            Exit status: 0 no differences, 3 differences or a checkpoint whose state does not fit, 2 wrong SQL or options.
            """)

    @Argument(help: "The SQL file.")
    var file: String

    @Option(help: "Where to start: a checkpoint's number, or 'none' for nothing.")
    var fromCheckpoint: String = "none"

    @Option(help: "Where to end: a checkpoint's number, or 'latest' for what is committed now.")
    var until: String = "latest"

    @Flag(inversion: .prefixedNo, help: "Compare with what the sinks hold.")
    var diff = true

    @Option(help: "Columns that rows of tables without a primary key are paired by, with ',' between them.")
    var key: String?

    @Option(help: "Rows shown of each kind of difference.")
    var examples: Int = 10

    @Option(help: "Write the replayed rows to this file as JSON lines.")
    var output: String?

    @Flag(help: "Print a JSON document.")
    var json = false

    func run() async throws {
        let command = self
        let code = await OwnThread.run(named: "replay") {
            let report = try command.replay()
            print(command.json ? try report.json() : report.text)
            return report.differenceCount == 0 ? 0 : JobServiceError.ExitStatus.refused.rawValue
        }
        if code != 0 { throw ExitCode(code) }
    }

    private func replay() throws -> ReplayReport {
        let configuration = try ServiceConfiguration.ofProcess()
        let pipeline = try Pipeline(
            path: file, configuration: configuration, environment: ProcessInfo.processInfo.environment)
        var options = Replay.Options()
        options.from = try Self.number(fromCheckpoint, none: "none", of: "--from-checkpoint")
        options.until = try Self.number(until, none: "latest", of: "--until")
        options.keys = (key ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        options.exampleCount = examples
        options.comparesSinks = diff
        options.outputPath = output
        return try Replay(pipeline, configuration: configuration).run(options)
    }

    private static func number(_ text: String, none: String, of option: String) throws(JobServiceError) -> Int64? {
        if text == none { return nil }
        guard let number = Int64(text), number > 0 else {
            throw JobServiceError(.invalidInput, "\(option): '\(text)' is neither a checkpoint's number nor '\(none)'")
        }
        return number
    }
}
