internal import Dataflow
internal import Foundation
internal import HTTPService
internal import SQL

extension ServiceConfiguration {
    /// The configuration in force for the page: values of what is not secret, secrets masked.
    ///
    /// - Parameters:
    ///   - decided: what came of settings that the SQL file or the machine decides, by variable.
    ///   - secrets: what no value may show.
    func httpEntries(decided: [String: String] = [:], secrets: SecretValues = .none) -> [ConfigurationEntry] {
        let meanings = Dictionary(
            ConfigurationKey.all.map { ($0.variable, $0.meaning) }, uniquingKeysWith: { first, _ in first })
        var values = decided
        func isShown(_ name: String) -> Bool { !SecretMask.isSecret(name) && !SecretMask.isLogin(name) }
        for (property, value) in kafkaProperties where isShown(property) {
            values[Self.variable(ofProperty: property)] = value
        }
        for override in tableOverrides {
            let option = override.name.replacingOccurrences(of: "_", with: ".").lowercased()
            if isShown(option) { values[override.variable] = override.value }
        }
        // Its user, host and database are no secrets, and its password is masked below.
        if let postgresURL { values[ConfigurationKey.postgresURL.variable] = postgresURL }
        return entries().map { row in
            ConfigurationEntry(
                variable: row.variable,
                value: secrets.redacted(SecretMask.masked(values[row.variable] ?? row.value)),
                meaning: meanings[row.variable] ?? "")
        }
    }

    /// What a job has made of settings that its SQL file or the machine decides, by variable.
    func decided(by run: JobRun, _ settings: JobSettings) -> [String: String] {
        [
            ConfigurationKey.jobName.variable: run.name,
            ConfigurationKey.checkpointInterval.variable: DurationText.text(run.checkpointIntervalMilliseconds),
            ConfigurationKey.checkpointRetained.variable: String(settings.retainedCheckpoints ?? checkpointRetained),
            ConfigurationKey.checkpointURI.variable: settings.checkpointURL ?? checkpointURI,
            ConfigurationKey.parallelism.variable: String(run.parallelism),
        ]
    }
}
