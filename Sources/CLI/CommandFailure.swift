internal import ArgumentParser
internal import Foundation
internal import JobService

extension ServiceConfiguration {
    /// What this process's environment says.
    static func ofProcess() throws(JobServiceError) -> ServiceConfiguration {
        try ServiceConfiguration(
            environment: ProcessInfo.processInfo.environment,
            workingDirectory: FileManager.default.currentDirectoryPath)
    }
}

/// Turns errors into a message on standard error and the documented exit status.
enum CommandFailure {
    static func exiting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw exit(for: error)
        }
    }

    /// - Parameter secrets: what the message must not hold beside what is secret in the environment.
    static func exit(for error: any Error, secrets: SecretValues = .none) -> ExitCode {
        let hidden = SecretValues(environment: ProcessInfo.processInfo.environment)
        let text = secrets.redacted(hidden.redacted("millrace: \(error)\n"))
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
        return ExitCode(ExitStatus.of(error).rawValue)
    }
}
