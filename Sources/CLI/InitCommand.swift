internal import ArgumentParser
internal import Starter

/// `millrace init`: a folder to start from.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a folder to start from: a pipeline, its tests, configuration and a compose file.",
        discussion: """
            \(StarterExample.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n\n"))
            """)

    @Argument(help: "The folder; made where it is missing.")
    var directory: String

    @Option(help: "The pipeline to start from: \(StarterExample.all.map(\.name).joined(separator: ", ")).")
    var example: String = StarterExample.all[0].name

    @Flag(help: "Replace files that are there already.")
    var force = false

    func run() async throws {
        try CommandFailure.exiting {
            let chosen = try StarterDirectory.example(named: example)
            let files = try StarterDirectory(chosen).write(to: directory, existing: force ? .replace : .refuse)
            print("\(directory): \(files.joined(separator: ", "))")
            print("next: millrace test \(directory)")
        }
    }
}
