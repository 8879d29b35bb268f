internal import Foundation
package import HTTPService

/// Everything that the environment says, read once at the start and passed down.
package struct ServiceConfiguration: Sendable {
    /// How lines of the log are written.
    package enum LogFormat: String, Sendable {
        case text, json
    }

    /// An override of a table's option whose table and option names are still as the variable spells them.
    package struct TableOverride: Hashable, Sendable {
        /// What follows `MILLRACE_TABLE_`, for example `PLAYS_SCAN_STARTUP_MODE`.
        package var name: String
        package var value: String
        /// The variable as the user wrote it, for messages.
        package var variable: String
    }

    package var jobName: String?
    /// librdkafka properties for every Kafka table, `bootstrap.servers` among them. Values may be secret.
    package var kafkaProperties: [String: String] = [:]
    /// The variables that set `kafkaProperties`, for messages.
    package var kafkaVariables: [String: String] = [:]
    /// Secret.
    package var postgresURL: String?
    package var checkpointURI: String
    package var checkpointIntervalMilliseconds: Int?
    package var checkpointRetained = 10
    package var checkpointMinimumFreeByteCount = 64 << 20
    package var parallelism: Int?
    /// Bytes that the process may take; nil for no limit.
    package var memoryLimit: Int?
    package var restartAttempts = 1_000_000
    package var shutdownTimeoutMilliseconds = 30_000
    package var logLevel = "info"
    package var logFormat = LogFormat.text
    package var statusFile: String?
    /// Where and for whom HTTP is served; nil for nowhere.
    package var http: HTTPConfiguration?
    /// Whether the address was set, so that it has to be that one.
    package var isHTTPAddressChosen = false
    package var tableOverrides: [TableOverride] = []

    /// - Parameter environment: all variables; those without the prefix `MILLRACE_` do not matter.
    /// - Throws: `JobServiceError(.invalidInput)` naming every variable that is wrong.
    package init(environment: [String: String], workingDirectory: String) throws(JobServiceError) {
        var reader = EnvironmentReader(environment)
        jobName = reader.text(.jobName)
        postgresURL = reader.text(.postgresURL)
        checkpointURI = reader.text(.checkpointURI) ?? "file://\(workingDirectory)/.millrace/checkpoints"
        checkpointIntervalMilliseconds = reader.milliseconds(.checkpointInterval)
        checkpointRetained = reader.integer(.checkpointRetained) ?? checkpointRetained
        checkpointMinimumFreeByteCount = reader.byteCount(.checkpointMinimumFree) ?? checkpointMinimumFreeByteCount
        parallelism = reader.integer(.parallelism)
        memoryLimit = reader.memoryLimit()
        restartAttempts = reader.integer(.restartAttempts) ?? restartAttempts
        shutdownTimeoutMilliseconds = reader.milliseconds(.shutdownTimeout) ?? shutdownTimeoutMilliseconds
        logLevel = reader.choice(.logLevel) ?? logLevel
        statusFile = reader.text(.statusFile)
        logFormat = reader.choice(.logFormat).flatMap(LogFormat.init) ?? logFormat
        readHTTP(&reader)
        if let jobName, !Self.isValidJobName(jobName) {
            reader.problems.append(
                ConfigurationProblem(
                    variable: ConfigurationKey.jobName.variable,
                    message: "'\(jobName)' is not a name: 1 to 100 letters, digits, '.', '_' or '-'"))
        }
        let kafkaPrefix = "MILLRACE_KAFKA_"
        let tablePrefix = "MILLRACE_TABLE_"
        for (name, value) in reader.values {
            if name.hasPrefix(kafkaPrefix) && name.count > kafkaPrefix.count {
                let property = name.dropFirst(kafkaPrefix.count).lowercased().replacingOccurrences(of: "_", with: ".")
                kafkaProperties[property] = value
                kafkaVariables[property] = reader.origins[name] ?? name
            } else if name.hasPrefix(tablePrefix) && name.count > tablePrefix.count {
                tableOverrides.append(
                    TableOverride(
                        name: String(name.dropFirst(tablePrefix.count)), value: value,
                        variable: reader.origins[name] ?? name))
            }
        }
        tableOverrides.sort { $0.name < $1.name }
        reader.refuseUnknown(families: [kafkaPrefix, tablePrefix])
        guard reader.problems.isEmpty else {
            throw JobServiceError(
                .invalidInput,
                "the environment is wrong:\n" + reader.problems.map { "  \($0)" }.joined(separator: "\n"))
        }
    }

    /// What was set that may be secret, by names that say whether it is.
    var secretOptions: [String: String] {
        var options = kafkaProperties
        options["url"] = postgresURL
        options["http.token"] = http?.token
        for override in tableOverrides {
            options[override.name.replacingOccurrences(of: "_", with: ".").lowercased()] = override.value
        }
        return options
    }

    /// Whether a job may be called so: its name stands in file names, topics and consumer groups.
    package static func isValidJobName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || byte == 0x2e || byte == 0x5f || byte == 0x2d
            }
            && !name.hasPrefix(".")
    }
}
