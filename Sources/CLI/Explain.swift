internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace explain`: what a SQL file would run as.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the operators, keys, state, watermarks, and who decides a commit.")

    @Argument(help: "The SQL file.")
    var file: String

    func run() async throws {
        try CommandFailure.exiting {
            let pipeline = try Pipeline(
                path: file, configuration: try ServiceConfiguration.ofProcess(),
                environment: ProcessInfo.processInfo.environment)
            print(pipeline.explanation())
        }
    }
}
