internal import ArgumentParser
internal import Foundation
internal import HTTPService

/// `millrace stop`: ends a running job after a last checkpoint.
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "End a running job after a last checkpoint, and wait for it.")

    @OptionGroup var job: JobAddressOption
    @Flag(help: "Keep the last checkpoint until somebody deletes it, and print how to start from it.")
    var savepoint = false
    @Option(help: "Seconds to wait for the end.")
    var timeout = 60

    func run() async throws {
        let client = try job.client()
        do {
            let answer = try await client.post("/api/v1/stop", ActionRequest(savepoint: savepoint))
            let last = try await end(client, after: answer.epoch)
            print("stopped after checkpoint \(last.epoch)")
            guard savepoint else { return }
            guard let kept = last.lastSavepoint, kept == last.epoch else {
                throw HTTPServiceError(
                    .unexpectedAnswer,
                    "the job did not run, so that its last checkpoint is one from before: see millrace checkpoints list"
                )
            }
            print("savepoint \(kept): millrace run PIPELINE.sql --from-checkpoint \(kept)")
        } catch {
            throw CommandFailure.exit(for: error)
        }
    }

    /// What the job said last.
    private func end(_ client: JobClient, after epoch: Int64) async throws -> JobState {
        let deadline = ContinuousClock.now + .seconds(timeout)
        var last: JobState?
        while ContinuousClock.now < deadline {
            do throws(HTTPServiceError) {
                last = try await client.get("/api/v1/job", as: JobState.self)
                if let last, last.phase == "stopped" { return last }
                if let last, last.phase == "failed" {
                    throw HTTPServiceError(.refused, "the job has failed: \(last.lastError ?? "no error was given")")
                }
            } catch {
                guard error.code == .unreachable, let last else { throw error }
                return last
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw HTTPServiceError(.unreachable, "the job has not ended within \(timeout) s; see millrace status")
    }
}
