internal import HTTPService

extension ServiceConfiguration {
    /// The configuration in force for the page, secrets masked.
    func httpEntries() -> [ConfigurationEntry] {
        let meanings = Dictionary(
            ConfigurationKey.all.map { ($0.variable, $0.meaning) }, uniquingKeysWith: { first, _ in first })
        return entries().map { row in
            ConfigurationEntry(
                variable: row.variable, value: SecretMask.masked(row.value), meaning: meanings[row.variable] ?? "")
        }
    }
}
