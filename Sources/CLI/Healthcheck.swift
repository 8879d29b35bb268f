internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace healthcheck`: whether the job of this container is well.
struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Exit with 0 if the job that writes MILLRACE_STATUS_PATH is running, else with 1.")

    func run() async throws {
        let configuration = try CommandFailure.exiting { try ServiceConfiguration.ofProcess() }
        guard let path = configuration.statusFile else {
            throw CommandFailure.exit(
                for: JobServiceError(.invalidInput, "MILLRACE_STATUS_PATH is not set: it names the job's status file"))
        }
        let (isHealthy, text) = StatusFile(path: path).health(now: Date())
        print(text)
        if !isHealthy { throw ExitCode(1) }
    }
}
