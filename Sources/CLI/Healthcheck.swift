internal import ArgumentParser
internal import Foundation
internal import HTTPService
internal import JobService

/// `millrace healthcheck`: whether the job of this container is well.
struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Exit with 0 if the job is restored and processes rows, else with 1 and what is missing.",
        discussion: "Asks the job's HTTP service, or reads the file that MILLRACE_STATUS_PATH names where that is set.")

    @OptionGroup var job: JobAddressOption

    func run() async throws {
        let configuration = try CommandFailure.exiting { try ServiceConfiguration.ofProcess() }
        if job.url == nil, let path = configuration.statusFile {
            let (isHealthy, text) = StatusFile(path: path).health(now: Date())
            print(text)
            if !isHealthy { throw ExitCode(1) }
            return
        }
        let client = try job.client(timeoutSeconds: 5)
        do throws(HTTPServiceError) {
            let answer = try await client.send("GET", "/health/ready")
            print(answer.text.trimmingCharacters(in: .newlines))
            if answer.status == 200 { return }
        } catch {
            print("\(error)")
        }
        throw ExitCode(1)
    }
}
