internal import Dataflow
internal import Foundation
internal import HTTPService

extension ServiceConfiguration {
    /// The configuration in force as aligned text, secrets as `(set)`.
    package func report() -> String {
        let rows = entries()
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "\($0.0.padding(toLength: width, withPad: " ", startingAt: 0))  \($0.1)" }
            .joined(separator: "\n")
    }

    /// Variables and their values in force, secrets as `(set)`.
    func entries() -> [(variable: String, value: String)] {
        let mask = { (value: String?) in value == nil ? "(not set)" : "(set)" }
        var rows: [(String, String)] = [
            (ConfigurationKey.jobName.variable, jobName ?? "(from the SQL file)"),
            (
                ConfigurationKey.kafkaBootstrapServers.variable,
                kafkaProperties["bootstrap.servers"] ?? "(not set)"
            ),
            (ConfigurationKey.postgresURL.variable, mask(postgresURL)),
            (ConfigurationKey.checkpointURI.variable, checkpointURI),
            (
                ConfigurationKey.checkpointInterval.variable,
                checkpointIntervalMilliseconds.map(DurationText.text) ?? "(from the SQL file, else 1s)"
            ),
            (ConfigurationKey.checkpointRetained.variable, String(checkpointRetained)),
            (
                ConfigurationKey.checkpointMinimumFree.variable,
                CheckpointReport.byteCount(checkpointMinimumFreeByteCount)
            ),
            (
                ConfigurationKey.parallelism.variable,
                parallelism.map(String.init) ?? "(from the SQL file, else the cores)"
            ),
            (ConfigurationKey.memoryLimit.variable, memoryLimit.map(CheckpointReport.byteCount) ?? "(none)"),
            (ConfigurationKey.restartAttempts.variable, String(restartAttempts)),
            (ConfigurationKey.shutdownTimeout.variable, DurationText.text(shutdownTimeoutMilliseconds)),
            (ConfigurationKey.logLevel.variable, logLevel),
            (ConfigurationKey.logFormat.variable, logFormat.rawValue),
            (ConfigurationKey.statusFile.variable, statusFile ?? "(not set)"),
            (ConfigurationKey.httpAddress.variable, http.map { "\($0.address)" } ?? "(none)"),
            (ConfigurationKey.httpToken.variable, mask(http?.token)),
            (ConfigurationKey.httpRead.variable, http?.readPolicy.rawValue ?? "open"),
        ]
        for property in kafkaProperties.keys.sorted() where property != "bootstrap.servers" {
            rows.append((Self.variable(ofProperty: property), "(set)"))
        }
        for override in tableOverrides { rows.append((override.variable, "(set)")) }
        return rows
    }

    static func variable(ofProperty name: String) -> String {
        "MILLRACE_KAFKA_" + name.uppercased().replacingOccurrences(of: ".", with: "_")
    }

    /// The keys with defaults and meanings as a Markdown table: the README's.
    package static func documentation() -> String {
        var lines = ["| variable | default | meaning |", "|---|---|---|"]
        for key in ConfigurationKey.all {
            lines.append("| `\(key.variable)` | \(key.defaultText ?? "-") | \(key.meaning) |")
        }
        return lines.joined(separator: "\n")
    }
}
