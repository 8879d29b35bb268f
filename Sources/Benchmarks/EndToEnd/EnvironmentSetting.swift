internal import ArgumentParser

/// A variable that measured jobs get: `NAME=VALUE`.
struct EnvironmentSetting: ExpressibleByArgument, Hashable, Sendable {
    /// Variables that the instrument sets itself, so that it finds the job, its rows and its cost.
    static let own: Set<String> = [
        "MILLRACE_JOB_NAME", "MILLRACE_KAFKA_BOOTSTRAP_SERVERS", "MILLRACE_CHECKPOINT_URI",
        "MILLRACE_CHECKPOINT_INTERVAL", "MILLRACE_PARALLELISM", "MILLRACE_STATUS_PATH", "MILLRACE_HTTP_ADDRESS",
        "MILLRACE_POSTGRES_URL",
    ]

    var name: String
    var value: String

    /// - Returns: nil for a text without a name and an equals sign.
    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
        name = String(argument[..<sign])
        value = String(argument[argument.index(after: sign)...])
    }

    /// - Throws: `ValidationError` for a variable that the instrument sets.
    static func validate(_ settings: [EnvironmentSetting]) throws {
        for setting in settings where own.contains(setting.name) {
            throw ValidationError(
                "--set \(setting.name): the benchmark sets it itself; use --interval, --only ...,p2 or --bootstrap-servers"
            )
        }
    }
}
