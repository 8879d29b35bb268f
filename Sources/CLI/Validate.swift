internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace validate`: everything that is wrong with a SQL file.
struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a SQL file: all errors, with line, column and caret.")

    @Argument(help: "The SQL file.")
    var file: String

    @Flag(help: "Ask the brokers and databases too: topics, tables, types, rights.")
    var online = false

    func run() async throws {
        try CommandFailure.exiting {
            let pipeline = try Pipeline(
                path: file, configuration: try ServiceConfiguration.ofProcess(),
                environment: ProcessInfo.processInfo.environment)
            if online {
                let problems = pipeline.onlineProblems()
                guard problems.isEmpty else {
                    throw JobServiceError(.invalidInput, problems.joined(separator: "\n"))
                }
            }
            print("\(file): no errors; the job's name is \(pipeline.name)")
        }
    }
}
