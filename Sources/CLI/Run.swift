internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace run`: a job in the foreground.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a SQL file until it ends or is asked to stop.",
        discussion: """
            SIGTERM or SIGINT takes a last checkpoint and stops; a second SIGINT stops at once.
            Exit status: \(JobServiceError.ExitStatus.summary).
            """)

    @Argument(help: "The SQL file.")
    var file: String

    @Option(help: "Where to start: a checkpoint's number, 'latest', or 'none'; the last committed one if not given.")
    var fromCheckpoint: StartingPointArgument?

    func run() async throws {
        let file = file
        let point = fromCheckpoint?.point ?? .committed
        // The job blocks its thread for as long as it runs: that is not a thread of the cooperative pool.
        let code: Int32 = await withCheckedContinuation { continuation in
            let thread = Thread {
                var secrets = SecretValues.none
                do {
                    let configuration = try ServiceConfiguration.ofProcess()
                    let pipeline = try Pipeline(
                        path: file, configuration: configuration, environment: ProcessInfo.processInfo.environment)
                    secrets = pipeline.secrets
                    try ForegroundJob(pipeline, configuration: configuration, startingPoint: point).run()
                    continuation.resume(returning: 0)
                } catch {
                    continuation.resume(returning: CommandFailure.exit(for: error, secrets: secrets).rawValue)
                }
            }
            thread.name = "coordinator"
            thread.start()
        }
        if code != 0 { throw ExitCode(code) }
    }
}
