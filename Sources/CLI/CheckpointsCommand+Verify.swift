internal import ArgumentParser
internal import Foundation
internal import JobService

extension CheckpointsCommand {
    /// `millrace checkpoints verify`: whether what is kept could be started from.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read every file of the kept checkpoints and say what does not hold.",
            discussion: """
                Lengths, checksums, the state's structure, lineage and parents, offsets, files that nobody needs. With one \
                number the state is restored as a job would. Changes nothing; a running job may go on.
                Exit status: 0 no problems, 3 problems (one line each, with the command that helps).
                """)
        @Argument(help: "The checkpoint's number, or 'all'.")
        var checkpoint: String = "all"
        @OptionGroup var target: JobOption
        @Flag(help: "Ask Kafka and PostgreSQL too: retention, committed offsets, last records, bookkeeping.")
        var online = false
        @Flag(help: "Print a JSON document.")
        var json = false

        func run() async throws {
            let report = try CommandFailure.exiting {
                let epoch = checkpoint == "all" ? nil : Int64(checkpoint)
                guard checkpoint == "all" || epoch ?? 0 > 0 else {
                    throw JobServiceError(.invalidInput, "'\(checkpoint)' is neither a checkpoint's number nor 'all'")
                }
                let configuration = try ServiceConfiguration.ofProcess()
                let job = try target.name(configuration)
                let repository = try CheckpointLocation.repository(uri: configuration.checkpointURI, job: job)
                var verification = CheckpointVerification(repository, job: job)
                var report = try verification.run(epoch: epoch)
                if online {
                    var online = OnlineVerification(repository, configuration: configuration, job: job)
                    try online.run(epoch: epoch, into: &report)
                }
                print(json ? try report.json() : report.text)
                return report
            }
            if report.problemCount > 0 { throw ExitCode(JobServiceError.ExitStatus.refused.rawValue) }
        }
    }
}
