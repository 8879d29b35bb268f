internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace config`: the configuration in force, or the list of what can be configured.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print the configuration that the environment makes, secrets masked.")

    @Flag(help: "Print every variable with its default and meaning as a Markdown table instead.")
    var reference = false

    @Flag(help: "Print the whole reference, settings and options too, as a Markdown article instead.")
    var markdown = false

    func run() async throws {
        if markdown {
            print(try CommandFailure.exiting { try ConfigurationReference.article() }, terminator: "")
            return
        }
        if reference {
            print(ServiceConfiguration.documentation())
            return
        }
        let configuration = try CommandFailure.exiting { try ServiceConfiguration.ofProcess() }
        print(configuration.report())
    }
}
