internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace checkpoints`: what a job could be started from.
struct CheckpointsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoints", abstract: "List, show and verify the checkpoints of a job.",
        subcommands: [List.self, Show.self, Verify.self]
    )

    struct JobOption: ParsableArguments {
        @Option(help: "The job's name; MILLRACE_JOB_NAME if not given.")
        var job: String?

        func name(_ configuration: ServiceConfiguration) throws -> String {
            guard let name = job ?? configuration.jobName, ServiceConfiguration.isValidJobName(name) else {
                throw JobServiceError(.invalidInput, "name the job: --job NAME (letters, digits, '.', '_', '-')")
            }
            return name
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line per checkpoint, newest last.")
        @OptionGroup var target: JobOption
        @Flag(help: "Print a JSON document.")
        var json = false

        func run() async throws {
            try CommandFailure.exiting {
                let configuration = try ServiceConfiguration.ofProcess()
                let repository = try CheckpointLocation.repository(
                    uri: configuration.checkpointURI, job: try target.name(configuration))
                let listing = try CheckpointListing(repository, now: Date())
                print(json ? try listing.json() : listing.text(now: Date()))
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Offsets, state and files of one checkpoint, with lengths and checksums.")
        @Argument(help: "The checkpoint's number.")
        var checkpoint: Int64
        @OptionGroup var target: JobOption
        @Flag(help: "Print a JSON document.")
        var json = false

        func run() async throws {
            try CommandFailure.exiting {
                let configuration = try ServiceConfiguration.ofProcess()
                let repository = try CheckpointLocation.repository(
                    uri: configuration.checkpointURI, job: try target.name(configuration))
                let details = try CheckpointDetails(repository, epoch: checkpoint)
                print(json ? try details.json() : details.text)
            }
        }
    }
}
