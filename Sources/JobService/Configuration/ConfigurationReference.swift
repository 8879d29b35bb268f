internal import Dataflow
internal import KafkaConnector
internal import SQL

/// The article `Configuration.md` of this target, made from the code.
package enum ConfigurationReference {
    /// Where the article lies in the repository.
    package static let path = "Sources/JobService/JobService.docc/Configuration.md"
    /// What writes it anew.
    package static let command = "swift run millrace config --markdown > \(path)"

    /// The whole article.
    ///
    /// - Throws: `JobServiceError`, which would be a bug: an empty environment is a valid one.
    package static func article() throws(JobServiceError) -> String {
        let configuration = try ServiceConfiguration(environment: [:], workingDirectory: "/")
        let connectors = try Pipeline.catalog(configuration).connectors
        return [introduction, variables, settings, options(connectors), properties].joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # Configuration

        Every environment variable, setting of the SQL file, table option and client property that a job takes.

        This article is made from the code: `millrace config --markdown`. `millrace config` prints the values in force, secrets masked.

        - Order: an environment variable goes before the SQL file, the file before the default, unless the table says otherwise.
        - `NAME_FILE` names a file whose content, less one final line break, is the value of `NAME`: the way to pass secrets. Setting
          both is an error.
        - An unknown name with the prefix `MILLRACE_` is an error, with the nearest known name: a slip never goes unnoticed. All
          mistakes are told at once, and the process ends with exit status 2 before it has read or written anything.
        """

    private static var variables: String {
        var lines = [
            "## Environment variables", "", "| variable | value | default | meaning |", "|---|---|---|---|",
        ]
        for key in ConfigurationKey.all {
            lines.append(
                "| `\(key.variable)` | \(key.value.expectation) | \(key.defaultText ?? "-") | \(key.meaning) |")
        }
        return lines.joined(separator: "\n")
    }

    private static var settings: String {
        var lines = [
            "## Settings of the SQL file", "", "Written as `SET 'name' = 'value';` before the tables.", "",
            "| setting | meaning |", "|---|---|",
        ]
        lines += JobSettings.documentation.map { "| `\($0.name)` | \($0.meaning) |" }
        return lines.joined(separator: "\n")
    }

    private static func options(_ connectors: [String: any Connector]) -> String {
        var lines = [
            "## Table options", "",
            """
            Options of `WITH (...)`, each of which `MILLRACE_TABLE_<TABLE>_<OPTION>` can set too, in capital letters with `_` for other
            characters. `millrace validate` says what a value should have been.
            """, "", "| connector | options |", "|---|---|",
        ]
        var seen: Set<String> = []
        for name in connectors.keys.sorted() where !seen.contains(name) {
            guard let connector = connectors[name] else { continue }
            seen.formUnion(connector.names)
            let names = connector.names.map { "`\($0)`" }.joined(separator: ", ")
            var options = connector.optionNames.subtracting(["connector"]).sorted().map { "`\($0)`" }
            if connector is KafkaConnector { options.append("`properties.*`") }
            lines.append("| \(names) | \(options.isEmpty ? "-" : options.joined(separator: ", ")) |")
        }
        for (prefix, tables) in [
            ("scan.watermark.", "any table with a `WATERMARK`"), ("json.", "tables whose `format` is `json`"),
        ] {
            let names = TableOverrides.furtherNames.filter { $0.hasPrefix(prefix) }
            lines.append("| \(tables) | \(names.map { "`\($0)`" }.joined(separator: ", ")) |")
        }
        return lines.joined(separator: "\n")
    }

    private static var properties: String {
        var lines = [
            "## Properties of the Kafka client", "",
            """
            `MILLRACE_KAFKA_<PROPERTY>` for every table, `properties.<property>` for one. Names of librdkafka are taken as they are; these
            of Kafka's own clients are understood or refused:
            """, "", "| property | what becomes of it |", "|---|---|",
        ]
        lines += KafkaConnector.propertyNotes.map { "| `\($0.name)` | \($0.note) |" }
        return lines.joined(separator: "\n")
    }
}
